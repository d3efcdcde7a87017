// Writes image-page.html: a drawn landscape, where every patch can be asked what it looks at; made-up weights.
import { type ImagePage, imagePage } from "../src/views/page/image-page.ts";
import { columns, landscape, rows, weightsOf } from "./data/landscape.ts";
import { show } from "./data/show.ts";

const layers = 2;
const heads = 3;

/** Two layers of three heads over a landscape: every token looks where its head does, and a tenth of its weight at [CLS]. */
export function imagePagePicture(): ImagePage {
  const tokens = 1 + rows * columns;
  const weights = Array.from({ length: layers }, (_, layer) =>
    Array.from({ length: heads }, (_, head) => {
      const row = [0.1, ...weightsOf(layer, head)];
      return Array.from({ length: tokens }, () => row);
    }).flat(2),
  );
  return {
    name: "landscape.png",
    model: { name: "a vit", layers, heads, tokens },
    image: landscape(),
    rows,
    columns,
    leading: ["[CLS]"],
    weights,
    start: { token: 0, layer: 1, head: 2 },
  };
}

export function picture(): string {
  return imagePage(imagePagePicture());
}

show(import.meta.url, picture);
