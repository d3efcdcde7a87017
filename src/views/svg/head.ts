import { expectKeys } from "../../errors/options.ts";
import { expectCount } from "../expect-count.ts";
import { formatNarrowWeight } from "../numbers.ts";
import { expectTheme } from "../scale.ts";
import { isolated, surface, type Word } from "../surface.ts";
import { type HeadPicture, headTitle } from "../text/head.ts";
import {
  colorStep,
  coordinate,
  type SvgOptions,
  svgBox,
  svgDocument,
  svgOptions,
  svgText,
} from "./frame.ts";
import { legendHeight, svgLegend } from "./legend.ts";
import { shortenToWidth, textWidth, wrapToWidth } from "./text-measure.ts";
import { type Raster, rasterSteps, themedImages } from "./weight-raster.ts";

/** How a head is drawn. */
export interface HeadSvgOptions extends SvgOptions {
  /** The line above it; which head it is and how it is read if not given, none where it is empty. */
  readonly heading?: string;
}

const margin = 20;
const labelSize = 12;
const longestLabel = 130;
/** More cells than this are drawn as one image. */
const mostBoxes = 2500;

/** One head as a heat map: a row a query, a column a key, numbers where they fit, tooltips for all where it is small. */
export function headSvg(picture: HeadPicture, options: HeadSvgOptions = {}): string {
  expectKeys(options, { ...svgOptions, heading: true }, "headSvg");
  expectTheme(options.theme, "headSvg");
  const { queries, keys } = picture;
  const cells = queries.length * keys.length;
  expectCount("headSvg", "weights (queries × keys)", picture.weights.length, cells);
  const rowLabels = queries.map(labelOf);
  const keyLabels = keys.map(labelOf);
  const left = margin + widest(rowLabels) + 8;
  const room = Math.max(240, options.width ?? 900) - left - margin;
  const cell = cellSize(Math.max(keys.length, queries.length), room);
  const isTurned = keyLabels.some((label) => textWidth(label, labelSize) > cell - 4);
  const title = headTitle(picture);
  const width = Math.max(left + keys.length * cell + margin, 300);
  const { heading = title } = options;
  const headings = heading === "" ? [] : wrapToWidth(heading, width - 2 * margin, 15);
  const above = headings.length === 0 ? 0 : headings.length * 20 + 10;
  const top = margin + above + (isTurned ? widest(keyLabels) : labelSize) + 8;
  const bottom = top + queries.length * cell;
  const elements = [
    ...headings.map((line, index) =>
      svgText(line, { x: margin, y: margin + 12 + index * 20, size: 15, style: "strong" }),
    ),
    ...rowLabelElements(rowLabels, picture, left - 8, top, cell),
    ...keyLabelElements(keyLabels, left, top - 8, cell, isTurned),
    ...cellElements(picture, left, top, cell, options.theme),
    ...focusElements(picture, left, top, cell),
    ...svgLegend(margin, bottom + 14, Math.min(200, width - 2 * margin - 60)),
  ];
  const height = bottom + 14 + legendHeight + margin / 2;
  return svgDocument({ width, height, title }, elements, options);
}

function labelOf({ text }: Word): string {
  return shortenToWidth(surface(text), longestLabel, labelSize);
}

function widest(labels: readonly string[]): number {
  return Math.max(0, ...labels.map((label) => textWidth(label, labelSize)));
}

/** As large as the room allows, at most 40 pixels; fractions of a pixel only where whole ones do not fit. */
function cellSize(count: number, room: number): number {
  const fitting = room / Math.max(1, count);
  return fitting >= 2 ? Math.min(40, Math.floor(fitting)) : fitting;
}

/** Every label where cells are tall enough, else every second, third, …: labels never overlap. */
function labelStride(cell: number): number {
  return Math.max(1, Math.ceil((labelSize + 1) / cell));
}

function rowLabelElements(
  labels: readonly string[],
  { focus, queries }: HeadPicture,
  x: number,
  top: number,
  cell: number,
): string[] {
  const stride = labelStride(cell);
  return labels.flatMap((label, row) => {
    // The focus row is always named; its neighbours within a stride make way.
    const nearFocus = focus !== undefined && row !== focus && Math.abs(row - focus) < stride;
    if (row !== focus && (row % stride !== 0 || nearFocus)) return [];
    const style = row === focus ? "strong" : queries[row]!.special ? "quiet" : "ink";
    const y = top + (row + 0.5) * cell + labelSize * 0.35;
    return [svgText(label, { x, y, size: labelSize, anchor: "end", style })];
  });
}

function keyLabelElements(
  labels: readonly string[],
  left: number,
  y: number,
  cell: number,
  isTurned: boolean,
): string[] {
  const stride = isTurned ? labelStride(cell) : 1;
  return labels.flatMap((label, column) => {
    if (column % stride !== 0) return [];
    const middle = left + (column + 0.5) * cell;
    return [
      isTurned
        ? svgText(label, { x: middle + labelSize * 0.35, y, size: labelSize, turn: -90 })
        : svgText(label, { x: middle, y, size: labelSize, anchor: "middle" }),
    ];
  });
}

function cellElements(
  picture: HeadPicture,
  left: number,
  top: number,
  cell: number,
  theme: SvgOptions["theme"],
): string[] {
  const { queries, keys, weights } = picture;
  if (queries.length * keys.length > mostBoxes)
    return imageElements(picture, left, top, cell, theme);
  const hasNumbers = cell >= 26;
  const elements: string[] = [];
  for (const [row, query] of queries.entries())
    for (const [column, key] of keys.entries()) {
      const weight = weights[row * keys.length + column]!;
      if (Number.isNaN(weight)) continue;
      const step = colorStep(weight);
      const x = left + column * cell;
      const y = top + row * cell;
      const tooltip = `${isolated(surface(query.text))} → ${isolated(surface(key.text))}: ${weight.toFixed(4)}`;
      const inner = cell > 8 ? cell - 1 : cell;
      elements.push(svgBox({ x, y, width: inner, height: inner, style: `w${step}`, tooltip }));
      if (hasNumbers)
        elements.push(
          svgText(formatNarrowWeight(weight), {
            x: x + inner / 2,
            y: y + inner / 2 + 4,
            size: 11,
            anchor: "middle",
            style: `t${step}`,
          }),
        );
    }
  return elements;
}

function imageElements(
  { queries, keys, weights }: HeadPicture,
  left: number,
  top: number,
  cell: number,
  theme: SvgOptions["theme"],
): string[] {
  const raster: Raster = { weights, rows: queries.length, columns: keys.length };
  const place = `x="${coordinate(left)}" y="${coordinate(top)}" width="${coordinate(keys.length * cell)}" height="${coordinate(queries.length * cell)}" preserveAspectRatio="none" image-rendering="pixelated"`;
  return themedImages(rasterSteps(raster, 1024), theme).map(
    ({ theme, address }) => `<image class="only-${theme}" ${place} href="${address}"/>`,
  );
}

function focusElements(
  { focus, keys }: HeadPicture,
  left: number,
  top: number,
  cell: number,
): string[] {
  if (focus === undefined) return [];
  const box = {
    x: left - 1,
    y: top + focus * cell - 1,
    width: keys.length * cell + 1,
    height: cell + 1,
  };
  return [`<g pointer-events="none">${svgBox({ ...box, style: "mark" })}</g>`];
}
