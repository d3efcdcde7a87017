// Writes image-grid-svg.svg: what the class token looks at in a drawn landscape, in 24 heads with made-up weights.
import { type ImageGridPicture, imageGridSvg } from "../src/views/svg/image.ts";
import { columns, landscape, rows, weightsOf } from "./data/landscape.ts";
import { show } from "./data/show.ts";

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

show(import.meta.url, picture);
