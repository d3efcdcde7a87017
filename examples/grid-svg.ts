// Writes grid-svg.svg: all 72 heads of all-MiniLM-L6-v2, a small map each.
import { gridSvg } from "../src/views/svg/grid.ts";
import { heads, layers, tokens, weightsOf } from "./data/cat-sat.ts";
import { show } from "./data/show.ts";

/** All 72 heads of all-MiniLM-L6-v2. */
export function picture(): string {
  return gridSvg({
    title: "Every head: rows look, columns are looked at",
    layers,
    heads,
    queries: tokens,
    keys: tokens,
    weightsOf: ({ layer, head }) => weightsOf(layer, head),
    focus: { layer: 5, head: 11 },
  });
}

show(import.meta.url, picture);
