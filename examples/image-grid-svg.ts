import { type ImageGridPicture, imageGridSvg } from "../src/views/svg/image.ts";
import { columns, landscape, rows, weightsOf } from "./landscape.ts";

/** Four layers of six heads over a landscape, from the class token. */
export function imageGridPicture(): ImageGridPicture {
  return {
    title: "What [CLS] looks at, in every head",
    image: landscape(),
    rows,
    columns,
    layers: 4,
    heads: 6,
    weightsOf: ({ layer, head }) => weightsOf(layer, head),
    focus: { layer: 2, head: 3 },
  };
}

export function picture(): string {
  return imageGridSvg(imageGridPicture());
}
