import { formatFixed } from "../numbers.ts";
import { isolated, surface } from "../surface.ts";
import {
  colorStep,
  type SvgOptions,
  svgBox,
  svgDocument,
  svgLines,
  svgText,
} from "../svg/frame.ts";
import { shortenToWidth, textWidth } from "../svg/text-measure.ts";
import { modelLine } from "../text/focus.ts";
import { type EffectMap, type EffectMapReport, fullValue } from "./effect-map-text.ts";

const margin = 20;
const gap = 2;
const largestCell = 44;
const smallestCell = 9;
/** Of more rows than this cells are flat, so that a map of every head in every layer fits on a page. */
const mostSquareRows = 24;
const flatCell = 15;
/** From this side on a cell has room for its number. */
const numberedCell = 30;

/** Maps of effects, one below the other: a row a layer, a column a head or a word; negative cells are framed. */
export function effectMapSvg(report: EffectMapReport, options: SvgOptions = {}): string {
  const width = Math.max(320, options.width ?? 900);
  const room = width - 2 * margin;
  const elements: string[] = [];
  let y = margin + 12;
  const lines = (text: string, size: number, style: string) => {
    y = svgLines(elements, text, { x: margin, y, width: room, size, style });
  };
  lines(report.said, 15, "strong");
  for (const text of report.texts) lines(text, 13, "ink");
  lines(modelLine(report.model, true), 11, "quiet");
  for (const map of report.maps) {
    y += 12;
    lines(map.title, 12, "strong");
    y = drawMap(map, y, room, elements) + 8;
  }
  for (const note of report.notes) lines(note, 11, "quiet");
  return svgDocument({ width, height: y + margin / 2, title: report.said }, elements, options);
}

/** Draws a map from `top` on, and says where it ends. */
function drawMap(map: EffectMap, top: number, room: number, elements: string[]): number {
  const { columns, rows, values } = map;
  const most = fullValue(map);
  const side = Math.max(...rows.map((row) => textWidth(row, 11))) + 8;
  const cell = Math.max(
    smallestCell,
    Math.min(largestCell, Math.floor((room - side) / columns.length) - gap),
  );
  const pitch = cell + gap;
  const names = columns.map((column) => isolated(surface(column)));
  const isTurned = names.some((name) => textWidth(name, 10) > pitch);
  const heading = isTurned
    ? Math.min(90, Math.max(...names.map((name) => textWidth(name, 10)))) + 8
    : 16;
  const start = top + heading;
  for (const [column, name] of names.entries()) {
    const x = margin + side + column * pitch + cell / 2;
    elements.push(
      isTurned
        ? svgText(shortenToWidth(name, 90, 10), {
            x: x + 3,
            y: start - 5,
            size: 10,
            style: "quiet",
            turn: -90,
          })
        : svgText(name, { x, y: start - 5, size: 10, anchor: "middle", style: "quiet" }),
    );
  }
  const height = rows.length > mostSquareRows ? flatCell : Math.max(cell, 13);
  for (const [row, label] of rows.entries()) {
    const y = start + row * (height + gap);
    elements.push(
      svgText(label, {
        x: margin + side - 6,
        y: y + height / 2 + 4,
        size: 11,
        anchor: "end",
        style: "quiet",
      }),
    );
    for (const [column] of columns.entries()) {
      const value = values[row * columns.length + column]!;
      if (Number.isNaN(value)) continue;
      const x = margin + side + column * pitch;
      const step = colorStep(Math.min(1, Math.abs(value) / most));
      const tooltip = `${label} ${names[column]}: ${formatFixed(value, 5)}`;
      elements.push(svgBox({ x, y, width: cell, height, style: `w${step}`, round: 2, tooltip }));
      if (isFramed(value, most))
        elements.push(
          svgBox({
            x: x + 1,
            y: y + 1,
            width: cell - 2,
            height: height - 2,
            style: "mark",
            round: 2,
          }),
        );
      if (cell >= numberedCell)
        elements.push(
          svgText(shortNumber(value, most), {
            x: x + cell / 2,
            y: y + height / 2 + 4,
            size: 10,
            anchor: "middle",
            style: `t${step}`,
          }),
        );
    }
  }
  const end = start + rows.length * (height + gap) + 12;
  if (!Array.from(values).some((value) => isFramed(value, most))) return end;
  const legend = { x: margin + side, y: end, size: 10, style: "quiet" };
  elements.push(svgText("framed: negative", legend));
  return end + 14;
}

/** Whether a cell is far enough below 0 for its colour to be read with a sign. */
function isFramed(value: number, most: number): boolean {
  return value < 0 && Math.abs(value) / most > 0.01;
}

function shortNumber(value: number, most: number): string {
  const decimals = Math.max(2, Math.min(6, 2 - Math.ceil(Math.log10(most))));
  return formatFixed(value, decimals).replace(/^(-?)0\./, "$1.");
}
