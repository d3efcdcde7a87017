// Prints how much "it" looks at "cat" in each of 72 heads, in a wide terminal and in a narrow one.
import { gridText, type HeadGrid } from "../src/views/text/grid.ts";
import { heads, layers, rowOf } from "./data/cat-sat.ts";
import { show } from "./data/show.ts";

/** How much "it" looks at "cat" in each head. */
export function headGrid(): HeadGrid {
  const values = Array.from(
    { length: layers * heads },
    (_, index) => rowOf(Math.floor(index / heads), index % heads, 8)[2]!,
  );
  return { title: '"it" looks at "cat"', layers, heads, values, focus: { layer: 5, head: 11 } };
}

/** All heads with two decimals (100 columns), and in a narrow terminal (44). */
export function picture(): string {
  return [100, 44]
    .map((width) => gridText(headGrid(), { width, color: 0, unicode: true }))
    .join("\n\n\n");
}

show(import.meta.url, picture);
