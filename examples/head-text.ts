// Prints head L3H1 over the whole sentence: with numbers, with shades, and as a list.
import { type HeadPicture, headText } from "../src/views/text/head.ts";
import { tokens, weightsOf } from "./data/cat-sat.ts";
import { show } from "./data/show.ts";

/** L3H1 over the whole sentence. */
export function headPicture(): HeadPicture {
  return {
    layer: 3,
    head: 1,
    queries: tokens,
    keys: tokens,
    weights: weightsOf(3, 1),
    focus: 8,
  };
}

/** The heat map with numbers (100 columns), with shades (50), and as a list (36). */
export function picture(): string {
  return [100, 50, 36]
    .map((width) => headText(headPicture(), { width, color: 0, unicode: true }))
    .join("\n\n\n");
}

show(import.meta.url, picture);
