// Prints what the patch on the roof looks at in a drawn landscape, as a map; made-up weights.
import { patchLook } from "../src/analysis/pictures/patch-focus.ts";
import type { HeadAddress } from "../src/probe/head-address.ts";
import { type ImageHead, imageText } from "../src/views/text/image.ts";
import { columns, rows, weightsOf } from "./data/landscape.ts";
import { show } from "./data/show.ts";

function headOf(address: HeadAddress): ImageHead {
  const row = Float32Array.of(0.1, ...weightsOf(address.layer, address.head));
  const { weights, strongest, ...look } = patchLook(address, row, rows * columns);
  const name = `${Math.floor(strongest / columns)},${strongest % columns}`;
  return { ...look, strongest: name, weight: weights[strongest]! };
}

/** The terminal's view of the same landscape, from the patch on the roof. */
export function picture(): string {
  const weights = weightsOf(2, 3);
  return imageText(
    {
      image:
        "landscape.png: 160 x 120 pixels, seen as 192 x 144, in 9 rows and 12 columns of patches",
      model: { name: "a vit", layers: 4, heads: 6, tokens: 1 + rows * columns },
      layer: 2,
      head: 3,
      query: "4,7",
      queryPatch: 4 * columns + 7,
      rows,
      columns,
      weights,
      others: [{ text: "[CLS]", weight: 0.1 }],
      heads: [
        { layer: 2, head: 3 },
        { layer: 3, head: 1 },
      ].map(headOf),
      notes: ["Patches are named row,column, from 0,0 at the top left."],
      more: ["--word 6,7", "--head L3H1"],
    },
    { width: 80, color: 0, unicode: true },
  );
}

show(import.meta.url, picture);
