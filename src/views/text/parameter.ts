import { countOf, formatFixed, formatNumber } from "../numbers.ts";
import { blockMeans, statisticsOf } from "../statistics.ts";
import { oneLine } from "../surface.ts";
import { shading } from "./bar.ts";
import { wrap } from "./layout.ts";
import { type Column, tableLines } from "./table.ts";
import { expectTerminal, paint, type Terminal } from "./terminal.ts";

/** One learned matrix or vector with its values. */
export interface ParameterPicture {
  /** heed's name: "L3H1.q". */
  readonly name: string;
  /** Its name in the checkpoint file. */
  readonly stored: string;
  /** What it is, a phrase: "W^Q of layer 3, head 1: rows are inputs (C), columns the query (D)". */
  readonly meaning?: string;
  /** One length or two; more are shown as rows of the last. */
  readonly shape: readonly number[];
  /** Row-major. */
  readonly values: ArrayLike<number>;
}

const cornerRows = 6;
const shadeRows = 12;

/** One matrix: what it is, its statistics, the numbers of its first corner, and all of it as shades. */
export function parameterText(picture: ParameterPicture, terminal: Terminal): string {
  expectTerminal(terminal, "parameterText");
  const { name, stored, meaning, shape, values } = picture;
  const times = terminal.unicode ? " × " : " x ";
  const columns = shape.at(-1) ?? 1;
  const rows = columns === 0 ? 0 : values.length / columns;
  const size =
    shape.length === 0
      ? "one number"
      : shape.length === 1
        ? countOf(columns, "number")
        : shape.join(times);
  return [
    ...wrap(`${oneLine(name)}: ${size}`, terminal.width).map((line) =>
      paint(line, { strong: true }, terminal),
    ),
    ...wrap(`in the checkpoint: ${oneLine(stored)}`, terminal.width, " "),
    ...(meaning ? wrap(oneLine(meaning), terminal.width, " ") : []),
    ...wrap(statisticsLine(values), terminal.width, " "),
    "",
    ...cornerLines(values, rows, columns, terminal),
    ...(rows > 1 && columns > 1 ? ["", ...shadeLines(values, rows, columns, terminal)] : []),
  ].join("\n");
}

function statisticsLine(values: ArrayLike<number>): string {
  const { count, mean, deviation, smallest, largest, zeros } = statisticsOf(values);
  const range = `from ${formatNumber(smallest)} to ${formatNumber(largest)}`;
  const zero = zeros > 0 ? `, ${countOf(zeros, "zero")}` : "";
  return `${countOf(count, "value")} ${range}, mean ${formatNumber(mean)}, standard deviation ${formatNumber(deviation)}${zero}`;
}

/** The first rows and columns as numbers, with row and column indices. */
function cornerLines(
  values: ArrayLike<number>,
  rows: number,
  columns: number,
  terminal: Terminal,
): string[] {
  const across = Math.max(1, Math.min(columns, 12, Math.floor((terminal.width - 12) / 9)));
  const down = Math.min(rows, cornerRows);
  const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
  const dots = terminal.unicode ? "…" : "...";
  const table: Column[] = [
    {
      title: "",
      align: "right",
      cells: range(down).map((row) => ({ text: String(row), style: { quiet: true } })),
    },
    ...range(across).map(
      (column): Column => ({
        title: String(column),
        align: "right",
        cells: range(down).map((row) => ({
          text: formatFixed(values[row * columns + column]!, 4),
        })),
      }),
    ),
  ];
  if (columns > across) table.push({ title: dots, align: "left", cells: [] });
  const more = rows > down ? [` ${dots} ${countOf(rows - down, "more row")}`] : [];
  return [...tableLines(table, terminal), ...more];
}

/** The whole matrix in blocks, darker (or lighter) where values are larger in size. */
function shadeLines(
  values: ArrayLike<number>,
  rows: number,
  columns: number,
  terminal: Terminal,
): string[] {
  const blocks = blockMeans(values, rows, columns, shadeRows, Math.min(72, terminal.width - 4));
  const largest = Math.max(...blocks.values);
  const smallest = Math.min(...blocks.values);
  const lines: string[] = [];
  for (let row = 0; row < blocks.rows; row++) {
    const cells = Array.from({ length: blocks.columns }, (_, column) => {
      const value = blocks.values[row * blocks.columns + column]!;
      const share = largest > smallest ? (value - smallest) / (largest - smallest) : 0;
      return terminal.color > 4
        ? paint(" ", { weight: Math.max(0.005, share ** 2) }, terminal)
        : shading(share, terminal.unicode);
    });
    lines.push(` ${cells.join("")}`);
  }
  const each = `${formatFixed(rows / blocks.rows, 0)} by ${formatFixed(columns / blocks.columns, 0)}`;
  const legend = `All of it: mean size of blocks of about ${each} values, from ${formatNumber(smallest)} to ${formatNumber(largest)}`;
  return [
    ...wrap(legend, terminal.width, " ").map((line) => paint(line, { quiet: true }, terminal)),
    ...lines,
  ];
}
