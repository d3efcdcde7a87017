import { surface } from "../surface.ts";
import type { HeadNames } from "./head-names.ts";
import type { NumberGrid } from "./number-grid.ts";

/** Names of heads as a grid: a name in the place of a number, its colour how far the head stands out. */
export function nameGrid({ title, layers, firstLayer = 0, heads, names }: HeadNames): NumberGrid {
  return {
    title,
    rows: Array.from({ length: layers }, (_, layer) => `L${firstLayer + layer}`),
    columns: Array.from({ length: heads }, (_, head) => `H${head}`),
    values: names.map((name) => name?.excess ?? 0),
    labels: names.map((name) => (name ? surface(name.short) : "")),
    range: [0, 1],
    hasEnds: false,
    unit: "above what is expected",
  };
}
