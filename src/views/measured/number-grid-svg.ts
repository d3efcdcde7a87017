import { isolated, surface } from "../surface.ts";
import {
  colorSteps,
  expectSvgOptions,
  type SvgOptions,
  svgBox,
  svgDocument,
  svgText,
} from "../svg/frame.ts";
import { shortenToWidth, textWidth, wrapToWidth } from "../svg/text-measure.ts";
import { expectGrid, gridNumber, gridShares, type NumberGrid, placeName } from "./number-grid.ts";

const margin = 20;
const cellHeight = 22;
const longestLabel = 90;
/** From here on a cell has room for the beginning of a name. */
const leastLabel = 22;
const underlined = "underlined: negative";

/** Numbers in rows and columns as coloured cells with a tooltip each, the scale below them, and the notes. */
export function numberGridSvg(grid: NumberGrid, options: SvgOptions = {}): string {
  expectSvgOptions(options, "numberGridSvg");
  expectGrid("numberGridSvg", grid);
  const { title, rows, columns, values, beside, labels, notes = [] } = grid;
  const written = gridNumber(grid);
  const share = gridShares(grid);
  const rowWidth = Math.max(...rows.map((name) => textWidth(name, 11))) + 8;
  const besideWidth = beside
    ? Math.max(
        textWidth(beside.title, 11),
        ...Array.from(beside.values, (value) => textWidth(written(value), 11)),
      ) + 16
    : 0;
  const left = margin + rowWidth;
  const room = Math.max(240, options.width ?? 900) - left - margin - besideWidth;
  const cellText = (place: number) => labels?.[place] ?? written(values[place]!);
  const widestText =
    Math.max(...Array.from(values, (_, place) => textWidth(cellText(place), 10))) + 6;
  const cell = Math.min(60, Math.max(8, room / columns.length));
  // A name that is cut still tells heads and words apart; half a number says another one.
  const hasNumbers = widestText <= cell || (labels !== undefined && cell >= leastLabel);
  const names = columns.map((name) => shortenToWidth(surface(name), longestLabel, 11));
  const isTurned =
    names.some((name) => textWidth(name, 11) > cell - 4) &&
    !names.every((name) => /^H\d+$/.test(name));
  const stride = isTurned ? Math.max(1, Math.ceil(13 / cell)) : Math.max(1, Math.ceil(26 / cell));
  const width = Math.max(left + columns.length * cell + besideWidth + margin, 320);
  const headings = wrapToWidth(title, width - 2 * margin, 15);
  const headerHeight = isTurned ? Math.max(...names.map((name) => textWidth(name, 11))) + 8 : 20;
  const top = margin + headings.length * 20 + headerHeight;
  const bottom = top + rows.length * cellHeight;
  const elements = [
    ...headings.map((line, index) =>
      svgText(line, { x: margin, y: margin + 12 + index * 20, size: 15, style: "strong" }),
    ),
    ...names.flatMap((name, column) => {
      if (column % stride !== 0) return [];
      const middle = left + (column + 0.5) * cell;
      return isTurned
        ? [svgText(name, { x: middle + 4, y: top - 6, size: 11, turn: -90, style: "quiet" })]
        : [svgText(name, { x: middle, y: top - 6, size: 11, anchor: "middle", style: "quiet" })];
    }),
    ...rows.map((name, row) =>
      svgText(name, {
        x: left - 6,
        y: top + row * cellHeight + 15,
        size: 11,
        anchor: "end",
        style: "quiet",
      }),
    ),
    ...Array.from(values, (value, place) => {
      if (Number.isNaN(value)) return "";
      const [row, column] = [Math.floor(place / columns.length), place % columns.length];
      const step = Math.round(share(value) * colorSteps);
      const [x, y] = [left + column * cell, top + row * cellHeight];
      const label = labels?.[place];
      const tooltip = `${isolated(surface(placeName(grid, place)))}: ${label === undefined ? "" : `${label}, `}${written(value)}${grid.unit ? ` ${grid.unit}` : ""}`;
      const own = svgBox({
        x,
        y,
        width: cell - 1,
        height: cellHeight - 1,
        style: `w${step}`,
        tooltip,
      });
      // Colours say how far from 0; a line below says which way.
      const isBelow = grid.isSigned && value < 0;
      const line = { x, y: y + cellHeight - 4, width: cell - 1, height: 3, style: "second" };
      const box = isBelow ? own + svgBox(line) : own;
      return hasNumbers
        ? box +
            svgText(shortenToWidth(cellText(place), cell - 3, 10), {
              x: x + (cell - 1) / 2,
              y: y + 15,
              size: 10,
              anchor: "middle",
              style: `t${step}`,
            })
        : box;
    }).filter((element) => element !== ""),
    ...besideElements(grid, written, left + columns.length * cell + besideWidth, top),
  ];
  const besideScale = textWidth(grid.isSigned ? underlined : (grid.unit ?? ""), 10);
  const noteLines = notes.flatMap((note) => wrapToWidth(note, width - 2 * margin, 12));
  elements.push(
    ...scaleElements(
      grid,
      written,
      bottom + 14,
      Math.max(60, Math.min(200, width - 2 * margin - 8 - besideScale)),
    ),
  );
  elements.push(
    ...noteLines.map((line, index) =>
      svgText(line, { x: margin, y: bottom + 58 + index * 17, size: 12, style: "quiet" }),
    ),
  );
  const height = bottom + 44 + noteLines.length * 17 + margin;
  return svgDocument({ width, height, title }, elements, options);
}

function besideElements(
  { beside }: NumberGrid,
  written: (value: number) => string,
  right: number,
  top: number,
): string[] {
  if (!beside) return [];
  const text = (line: string, y: number) =>
    svgText(line, { x: right - 2, y, size: 11, anchor: "end", style: "quiet" });
  return [
    text(beside.title, top - 6),
    ...Array.from(beside.values, (value, row) => text(written(value), top + row * cellHeight + 15)),
  ];
}

/** The colours from the least to the largest number. */
function scaleElements(
  { values, range, isSigned, unit }: NumberGrid,
  written: (value: number) => string,
  y: number,
  width: number,
): string[] {
  const finite = Array.from(values).filter(Number.isFinite);
  const most = finite.reduce((a, b) => Math.max(a, isSigned ? Math.abs(b) : b), 0);
  const [low, high] = isSigned
    ? [0, most]
    : (range ?? [finite.reduce((a, b) => Math.min(a, b), 0), most]);
  const part = width / colorSteps;
  return [
    ...Array.from({ length: colorSteps }, (_, step) =>
      svgBox({ x: margin + step * part, y, width: part + 0.2, height: 9, style: `w${step + 1}` }),
    ),
    svgText(written(low), { x: margin, y: y + 21, size: 10, style: "quiet" }),
    svgText(`${isSigned ? "±" : ""}${written(high)}`, {
      x: margin + width,
      y: y + 21,
      size: 10,
      anchor: "end",
      style: "quiet",
    }),
    ...(isSigned
      ? [
          svgText(underlined, {
            x: margin + width + 8,
            y: y + 9,
            size: 10,
            style: "quiet",
          }),
        ]
      : []),
    ...(unit ? [svgText(unit, { x: margin + width + 8, y: y + 9, size: 10, style: "quiet" })] : []),
  ];
}
