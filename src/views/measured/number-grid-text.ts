import { oneLine, surface } from "../surface.ts";
import { displayWidth, packColumns, pad, shorten, wrap } from "../text/layout.ts";
import { expectTerminal, paint, type Terminal } from "../text/terminal.ts";
import {
  expectGrid,
  gridEnds,
  gridNumber,
  gridShares,
  type NumberGrid,
  placeName,
} from "./number-grid.ts";

const endsListed = 4;
const longestColumn = 14;

/** Numbers in rows and columns on coloured ground, then the largest and the smallest, then the notes. */
export function numberGridText(grid: NumberGrid, terminal: Terminal): string {
  expectTerminal(terminal, "numberGridText");
  expectGrid("numberGridText", grid);
  const { title, rows, columns, values, beside, labels, notes = [] } = grid;
  const written = gridNumber(grid);
  const share = gridShares(grid);
  const rowWidth = Math.max(...rows.map(displayWidth));
  const cellText = (place: number) => labels?.[place] ?? written(values[place]!);
  const widths = columns.map((name, column) =>
    Math.max(
      Math.min(longestColumn, displayWidth(surface(name))),
      ...rows.map((_, row) => displayWidth(cellText(row * columns.length + column))),
    ),
  );
  const besideTexts = beside && [beside.title, ...Array.from(beside.values, written)];
  const besideWidth = besideTexts ? Math.max(...besideTexts.map(displayWidth)) : 0;
  const room = terminal.width - rowWidth - 3;
  const quiet = (text: string) => paint(text, { quiet: true }, terminal);
  const lines = wrap(oneLine(title), terminal.width).map((line) =>
    paint(line, { strong: true }, terminal),
  );
  const blocks = packColumns(widths, 1, room - (besideWidth > 0 ? besideWidth + 2 : 0));
  for (const { start, end } of blocks) {
    const own = columns.slice(start, end);
    const header = own.map((name, n) =>
      pad(
        shorten(surface(name), widths[start + n]!, terminal.unicode),
        widths[start + n]!,
        "right",
      ),
    );
    const tail = besideTexts ? `  ${pad(besideTexts[0]!, besideWidth, "right")}` : "";
    lines.push("", quiet(` ${" ".repeat(rowWidth)}  ${header.join(" ")}${tail}`.trimEnd()));
    for (const [row, name] of rows.entries()) {
      const cells = own.map((_, n) => {
        const place = row * columns.length + start + n;
        const text = pad(cellText(place), widths[start + n]!, "right");
        // paint takes roots of weights; the shares of a grid are to be linear.
        return paint(text, { weight: share(values[place]!) ** 2 }, terminal);
      });
      const last = besideTexts
        ? `  ${quiet(pad(besideTexts[row + 1]!, besideWidth, "right"))}`
        : "";
      lines.push(` ${quiet(pad(name, rowWidth, "right"))}  ${cells.join(" ")}${last}`.trimEnd());
    }
  }
  const paragraphs = [...endsOf(grid), ...notes];
  if (paragraphs.length > 0) lines.push("");
  return [...lines, ...paragraphs.flatMap((note) => wrap(oneLine(note), terminal.width, " "))].join(
    "\n",
  );
}

function endsOf(grid: NumberGrid): string[] {
  if (grid.hasEnds === false || grid.values.length <= 2 * endsListed) return [];
  const { highest, lowest } = gridEnds(grid, endsListed);
  const written = gridNumber(grid);
  const unit = grid.unit ? ` ${grid.unit}` : "";
  const listed = (places: readonly number[]) =>
    places.map((place) => `${placeName(grid, place)} ${written(grid.values[place]!)}`).join(", ");
  if (highest.length === 0 && lowest.length === 0) return [];
  return [
    ...(highest.length > 0 ? [`Highest: ${listed(highest)}${unit}.`] : []),
    ...(lowest.length > 0 ? [`Lowest: ${listed(lowest)}${unit}.`] : []),
  ];
}
