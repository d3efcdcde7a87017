import type { NumberGrid } from "../../views/measured/number-grid.ts";
import { numberGridSvg } from "../../views/measured/number-grid-svg.ts";
import { numberGridText } from "../../views/measured/number-grid-text.ts";
import { formatNumber } from "../../views/numbers.ts";
import type { SvgOptions } from "../../views/svg/frame.ts";
import { headSvg } from "../../views/svg/head.ts";
import { headText } from "../../views/text/head.ts";
import { terminalOf } from "../terminal/terminal.ts";
import { withNotes } from "./notes.ts";

/** More rows than this are listed by their strongest columns; more cells are drawn as one image. */
const mostRows = 40;
const mostCells = 2500;

/** Numbers between words in a terminal: all of them, or of a long text each row's largest. */
export function matrixText(grid: NumberGrid): string {
  if (grid.rows.length <= mostRows && grid.columns.length <= mostRows)
    return numberGridText(grid, terminalOf(process.stdout));
  return withNotes(headText(headOf(grid, 1), terminalOf(process.stdout)), grid.notes ?? []);
}

/** The same as SVG: cells, or of a long text one image whose darkest colour is the largest number. */
export function matrixSvg(grid: NumberGrid, options: SvgOptions): string {
  if (grid.values.length <= mostCells) return numberGridSvg(grid, options);
  const most = Array.from(grid.values).reduce((a, b) => Math.max(a, b), 0);
  return headSvg(headOf(grid, most > 0 ? 1 / most : 1, ` (1 is ${formatNumber(most)})`), options);
}

function headOf({ title, rows, columns, values, noun }: NumberGrid, factor: number, said = "") {
  return {
    layer: 0,
    head: 0,
    title: title + said,
    strongest: "most",
    ...(noun && { noun }),
    queries: rows.map((text) => ({ text })),
    keys: columns.map((text) => ({ text })),
    weights: Float64Array.from(values, (value) => value * factor),
  };
}
