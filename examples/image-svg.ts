// Writes image-svg.svg: what the patch on the roof looks at in a drawn landscape; made-up weights.
import { type ImagePicture, imageSvg } from "../src/views/svg/image.ts";
import { columns, landscape, rows, weightsOf } from "./data/landscape.ts";
import { show } from "./data/show.ts";

/** One head over a landscape, from the patch on the roof. */
export function imagePicture(): ImagePicture {
  return {
    title: "L2H3: what patch 4,7 looks at",
    image: landscape(),
    rows,
    columns,
    weights: weightsOf(2, 3),
    query: { row: 4, column: 7 },
    others: [{ text: "[CLS]", weight: 0.1 }],
  };
}

export function picture(): string {
  return imageSvg(imagePicture());
}

show(import.meta.url, picture);
