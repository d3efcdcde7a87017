import { displayWidth, pad, shorten, wrap } from "./layout.ts";
import { paint, type Terminal, type TextStyle } from "./terminal.ts";

/** One cell: its text and how it is set. */
export interface Cell {
  readonly text: string;
  readonly style?: TextStyle;
}

/** One column of a table. */
export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
  readonly cells: readonly Cell[];
  /** May be shortened with an ellipsis when the terminal is too narrow. */
  readonly flexible?: boolean;
  /** A flexible column whose long cells go on in the next line instead of being shortened. */
  readonly wraps?: boolean;
}

/** How a table stands in the terminal. */
export interface TableLayout {
  readonly indent?: number;
}

const narrowest = 8;

/**
 * A table as lines. Titles wrap, then flexible columns shrink, then columns at the right are left
 * out, and a last line says how many.
 */
export function tableLines(
  columns: readonly Column[],
  terminal: Terminal,
  { indent = 1 }: TableLayout = {},
): string[] {
  const room = terminal.width - indent;
  const kept = [...columns];
  const gap = total(smallest(columns), 2) <= room ? 2 : 1;
  while (kept.length > 1 && total(smallest(kept), gap) > room) kept.pop();
  const widths = widthsIn(kept, room, gap);
  const titles = kept.map(({ title }, index) => wrapTitle(title, widths[index]!));
  const titleRows = Math.max(0, ...titles.map((lines) => lines.length));
  const rows: Cell[][] = [];
  if (kept.some(({ title }) => title !== ""))
    for (let row = 0; row < titleRows; row++)
      rows.push(titles.map((lines) => ({ text: lines[row + lines.length - titleRows] ?? "" })));
  const titleCount = rows.length;
  const count = Math.max(0, ...kept.map(({ cells }) => cells.length));
  for (let row = 0; row < count; row++) rows.push(...linesOfRow(row, kept, widths));
  const lines = rows.map((row, index) =>
    lineOf(row, kept, widths, { indent, gap, terminal, quiet: index < titleCount }),
  );
  const left = columns.length - kept.length;
  if (left > 0)
    lines.push(
      `${" ".repeat(indent)}(${left} more ${left === 1 ? "column" : "columns"}: widen the terminal)`,
    );
  return lines;
}

const empty: Cell = { text: "" };

/** A row of cells as one line, or as several where a cell wraps. */
function linesOfRow(row: number, columns: readonly Column[], widths: readonly number[]): Cell[][] {
  const parts = columns.map(({ cells, wraps }, index) => {
    const cell = cells[row] ?? empty;
    if (!wraps) return [cell];
    return wrap(cell.text, widths[index]!).map((text) => ({ ...cell, text }));
  });
  const height = Math.max(1, ...parts.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) => parts.map((lines) => lines[line] ?? empty));
}

interface LineLayout {
  readonly indent: number;
  readonly gap: number;
  readonly terminal: Terminal;
  readonly quiet: boolean;
}

function lineOf(
  row: readonly Cell[],
  columns: readonly Column[],
  widths: readonly number[],
  { indent, gap, terminal, quiet }: LineLayout,
): string {
  const parts = row.map(({ text, style }, index) => {
    const short = shorten(text, widths[index]!, terminal.unicode);
    const field = pad(short, widths[index]!, columns[index]!.align);
    return paintText(field, short, quiet ? { quiet: true } : style, terminal);
  });
  return (" ".repeat(indent) + parts.join(" ".repeat(gap))).trimEnd();
}

/** Colours the text, not the blanks around it. */
function paintText(
  field: string,
  text: string,
  style: TextStyle | undefined,
  terminal: Terminal,
): string {
  const start = text === "" ? -1 : field.indexOf(text);
  if (start < 0) return field;
  const end = start + text.length;
  return field.slice(0, start) + paint(text, style, terminal) + field.slice(end);
}

function total(widths: readonly number[], gap: number): number {
  return widths.reduce((sum, width) => sum + width, 0) + gap * Math.max(0, widths.length - 1);
}

function cellsWidth({ cells }: Column): number {
  return Math.max(0, ...cells.map(({ text }) => displayWidth(text)));
}

function smallest(columns: readonly Column[]): number[] {
  return columns.map((column) => {
    const words = column.title.split(" ").map(displayWidth);
    const cells = cellsWidth(column);
    return Math.max(column.flexible ? Math.min(narrowest, cells) : cells, ...words);
  });
}

/** Widths between the smallest and the natural ones: what room there is goes round a column at a time. */
function widthsIn(columns: readonly Column[], room: number, gap: number): number[] {
  const widths = smallest(columns);
  const natural = columns.map((column) => Math.max(cellsWidth(column), displayWidth(column.title)));
  let spare = room - total(widths, gap);
  // Cells come before titles: a wrapped title loses nothing, a shortened cell does.
  for (const wanted of [columns.map(cellsWidth), natural])
    for (let grew = true; grew && spare > 0; ) {
      grew = false;
      for (const [index, width] of wanted.entries())
        if (spare > 0 && widths[index]! < width) {
          widths[index] = widths[index]! + 1;
          spare--;
          grew = true;
        }
    }
  return widths;
}

/** Title lines; a title that a wider column could hold on one line stays on one line. */
function wrapTitle(title: string, width: number): string[] {
  return displayWidth(title) <= width ? [title] : wrap(title, width);
}
