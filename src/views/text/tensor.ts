import { formatNumber } from "../numbers.ts";
import { surface } from "../surface.ts";
import { wrap } from "./layout.ts";
import { type Column, tableLines } from "./table.ts";
import { expectTerminal, paint, type Terminal } from "./terminal.ts";

/** A matrix of numbers with named rows and columns. */
export interface MatrixPicture {
  /** "layers.5.q, head 11: (T, D)" */
  readonly title: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** Row-major. */
  readonly values: ArrayLike<number>;
}

const cellWidth = 9;
const mostRows = 200;

/** A matrix as a table of numbers: as many columns as fit, and how many do not. */
export function matrixText(
  { title, rows, columns, values }: MatrixPicture,
  terminal: Terminal,
): string {
  expectTerminal(terminal, "matrixText");
  const shownRows = rows.slice(0, mostRows);
  const room = Math.floor((terminal.width - 14) / cellWidth);
  const shownColumns = columns.slice(0, Math.max(1, room));
  const table: Column[] = [
    {
      title: "",
      align: "right",
      flexible: true,
      cells: shownRows.map((row) => ({ text: surface(row), style: { quiet: true } })),
    },
    ...shownColumns.map(
      (column, x): Column => ({
        title: surface(column),
        align: "right",
        flexible: true,
        cells: shownRows.map((_, y) => ({ text: formatNumber(values[y * columns.length + x]!) })),
      }),
    ),
  ];
  const left = [
    [columns.length - shownColumns.length, "columns"],
    [rows.length - shownRows.length, "rows"],
  ] as const;
  const rest = left.filter(([count]) => count > 0).map(([count, what]) => `${count} more ${what}`);
  return [
    ...wrap(title, terminal.width).map((line) => paint(line, { strong: true }, terminal)),
    ...tableLines(table, terminal),
    ...(rest.length > 0
      ? [paint(`${rest.join(", ")}; --format csv or json has them all`, { quiet: true }, terminal)]
      : []),
    "",
  ].join("\n");
}
