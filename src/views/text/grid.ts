import type { HeadAddress } from "../../probe/head-address.ts";
import { expectCount } from "../expect-count.ts";
import { formatNarrowWeight, formatWeight } from "../numbers.ts";
import { oneLine } from "../surface.ts";
import { packColumns, pad, wrap } from "./layout.ts";
import { expectTerminal, paint, type Terminal } from "./terminal.ts";

/** One number for each head of a model. */
export interface HeadGrid {
  /** What the numbers are: `"it" looks at "cat"`. */
  readonly title: string;
  readonly layers: number;
  readonly heads: number;
  /** (L, H) row-major, 0 to 1; NaN where a head has none. */
  readonly values: ArrayLike<number>;
  /** A head to point out. */
  readonly focus?: HeadAddress;
}

/** All heads as a table of numbers on coloured ground: a row a layer, a column a head. */
export function gridText(grid: HeadGrid, terminal: Terminal): string {
  expectTerminal(terminal, "gridText");
  const { layers, heads, title } = grid;
  expectCount("gridText", "values (layers × heads)", grid.values.length, layers * heads);
  const layerWidth = Math.max(2, `L${layers - 1}`.length);
  const room = terminal.width - layerWidth - 2;
  const isWide = heads * 6 <= room;
  const width = Math.max(isWide ? 4 : 3, `H${heads - 1}`.length);
  const columns = Array.from({ length: heads }, () => width + (isWide ? 1 : 0));
  const lines = wrap(oneLine(title), terminal.width).map((line) =>
    paint(line, { strong: true }, terminal),
  );
  for (const { start, end } of packColumns(columns, 1, room)) {
    const headers = range(start, end).map((head) => pad(`H${head}`, width, "right"));
    lines.push(
      "",
      paint(
        ` ${" ".repeat(layerWidth)} ${headers.join(isWide ? "  " : " ")}`,
        { quiet: true },
        terminal,
      ),
    );
    for (const layer of range(0, layers)) {
      const cells = range(start, end).map((head) =>
        gridCell(grid, { layer, head }, width, isWide, terminal),
      );
      const label = paint(pad(`L${layer}`, layerWidth, "right"), { quiet: true }, terminal);
      lines.push(` ${label} ${cells.join(isWide ? "  " : " ")}`);
    }
  }
  return [...lines, "", ...wrap(strongest(grid), terminal.width, " ")].join("\n");
}

function gridCell(
  { values, heads, focus }: HeadGrid,
  { layer, head }: HeadAddress,
  width: number,
  isWide: boolean,
  terminal: Terminal,
): string {
  const weight = values[layer * heads + head]!;
  const isFocus = focus?.layer === layer && focus.head === head;
  const text = isWide ? formatWeight(weight) : formatNarrowWeight(weight);
  return paint(
    pad(text, width, "right"),
    { weight, underline: isFocus, strong: isFocus },
    terminal,
  );
}

function strongest({ values, heads }: HeadGrid): string {
  const order = Array.from(values, (weight, index) => ({ weight, index }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .slice(0, 5)
    .map(
      ({ weight, index }) =>
        `L${Math.floor(index / heads)}H${index % heads} ${formatWeight(weight)}`,
    );
  return order.length === 0 ? "No head does." : `Strongest: ${order.join(", ")}.`;
}

function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, index) => start + index);
}
