import type { ExplainedPicture, ExplainedStep, StepsPicture } from "../explain/explained.ts";
import { type Printed, type PrintedTable, printed } from "../explain/printed.ts";
import { stepsOf } from "../explain/steps-of.ts";
import { stripPath } from "../explain/strip.ts";
import { moreOf } from "../more-of.ts";
import { formatFixed } from "../numbers.ts";
import { oneLine, surface } from "../surface.ts";
import {
  colorStep,
  coordinate,
  expectSvgOptions,
  type SvgOptions,
  svgBox,
  svgDocument,
  svgText,
} from "./frame.ts";
import { shortenToWidth, textWidth, wrapToWidth } from "./text-measure.ts";

const margin = 24;
const gap = 36;
const lineHeight = 17;
const rowHeight = 16;
/** From here on steps stand in two columns. */
const twoColumns = 900;

interface Block {
  readonly elements: readonly string[];
  readonly bottom: number;
}

/** An explanation as one picture: the answer and the words on top, then every step with its numbers and bars. */
export function explainSvg(picture: ExplainedPicture, options: SvgOptions = {}): string {
  expectSvgOptions(options, "explainSvg");
  return stepsSvg(stepsOf(picture), options);
}

/** Steps as one picture; in two columns where there is room. */
export function stepsSvg(picture: StepsPicture, options: SvgOptions = {}): string {
  expectSvgOptions(options, "stepsSvg");
  const width = Math.max(320, options.width ?? 1080);
  const { title, about, texts, lines: said, steps } = picture;
  const inner = width - 2 * margin;
  const elements: string[] = [];
  let y = margin + 14;
  for (const line of wrapToWidth(oneLine(title), inner, 19)) {
    elements.push(svgText(line, { x: margin, y, size: 19, style: "strong" }));
    y += 24;
  }
  const source = texts.join(" / ");
  const subtitle = source === "" ? about : `${source}  (${about})`;
  for (const line of wrapToWidth(oneLine(subtitle), inner, 12).slice(0, 3)) {
    elements.push(svgText(line, { x: margin, y, size: 12, style: "quiet" }));
    y += lineHeight;
  }
  const words = wordElements(picture, y + 6, width);
  elements.push(...words.elements);
  y = words.bottom + 22;
  for (const sentence of said) {
    for (const [n, line] of wrapToWidth(oneLine(sentence), inner - 16, 14).entries()) {
      if (n === 0) elements.push(svgText("•", { x: margin, y, size: 14 }));
      elements.push(svgText(line, { x: margin + 16, y, size: 14 }));
      y += 20;
    }
    y += 3;
  }
  const columns = width >= twoColumns ? 2 : 1;
  const column = (inner - (columns - 1) * gap) / columns;
  const blocks = steps.map((step, n) => stepBlock(step, n + 1, column));
  const heights = blocks.map(({ bottom }) => bottom + 26);
  const half = heights.reduce((sum, height) => sum + height, 0) / columns;
  let [place, used, top] = [0, 0, y + 24];
  let bottom = top;
  for (const [n, { elements: own }] of blocks.entries()) {
    const isFull = place < columns - 1 && used > 0 && used + heights[n]! / 2 > half;
    if (isFull) [place, used] = [place + 1, 0];
    elements.push(
      `<g transform="translate(${coordinate(margin + place * (column + gap))} ${coordinate(top + used)})">`,
      ...own,
      "</g>",
    );
    used += heights[n]!;
    bottom = Math.max(bottom, top + used);
  }
  top = bottom;
  return svgDocument({ width, height: top, title: oneLine(title) }, elements, options);
}

/** The words with their weights, coloured, the two that are asked about marked. */
function wordElements({ words = [], noun }: StepsPicture, top: number, width: number): Block {
  if (words.length === 0) return { elements: [], bottom: top - 10 };
  const elements: string[] = [];
  let [x, y] = [margin, top];
  const shown =
    words.length <= 60
      ? words
      : words.filter(({ weight, role }) => role || weight >= 0.01).slice(0, 60);
  for (const { text, weight, role } of shown) {
    const label = shortenToWidth(surface(text), 160, 14);
    const number = formatFixed(weight, 2);
    const room = Math.max(textWidth(label, 14), textWidth(number, 10)) + 12;
    if (x + room > width - margin) [x, y] = [margin, y + 46];
    const step = colorStep(weight);
    elements.push(
      svgBox({
        x,
        y,
        width: room,
        height: 24,
        style: `w${step}`,
        round: 4,
        tooltip: `${surface(text)} ${formatFixed(weight, 4)}`,
      }),
      svgText(label, { x: x + room / 2, y: y + 17, size: 14, anchor: "middle", style: `t${step}` }),
      svgText(number, {
        x: x + room / 2,
        y: y + 36,
        size: 10,
        anchor: "middle",
        style: role ? "strong" : "quiet",
      }),
    );
    if (role === "target" || role === "against")
      elements.push(
        svgBox({
          x,
          y: y + 26,
          width: room,
          height: 2,
          style: role === "target" ? "first" : "second",
        }),
      );
    x += room + 4;
  }
  if (shown.length < words.length)
    elements.push(
      svgText(`… ${moreOf(words.length - shown.length, noun)}`, {
        x: margin,
        y: y + 58,
        size: 11,
        style: "quiet",
      }),
    );
  return { elements, bottom: y + (shown.length < words.length ? 64 : 42) };
}

function stepBlock(step: ExplainedStep, number: number, width: number): Block {
  const elements: string[] = [];
  let y = 14;
  const text = (content: string, size: number, style: string, height = lineHeight) => {
    for (const line of wrapToWidth(oneLine(content), width, size)) {
      elements.push(svgText(line, { x: 0, y, size, style }));
      y += height;
    }
  };
  text(`${number}  ${step.title}`, 15, "strong", 20);
  if (step.leftOut) {
    text(`Left out: ${step.leftOut}.`, 12, "quiet");
    return { elements, bottom: y };
  }
  text(step.sentence, 12, "ink");
  text(step.formula, 11, "quiet");
  for (const value of step.values) {
    const block = valueBlock(printed(value), y + 4, width);
    elements.push(...block.elements);
    y = block.bottom + 6;
  }
  return { elements, bottom: y };
}

function valueBlock(value: Printed, top: number, width: number): Block {
  if (value.kind === "note") {
    const lines = wrapToWidth(oneLine(value.text), width, 11);
    return {
      elements: lines.map((line, n) =>
        svgText(line, { x: 0, y: top + 11 + n * 15, size: 11, style: "quiet" }),
      ),
      bottom: top + lines.length * 15,
    };
  }
  if (value.kind === "vector") {
    const name = wrapToWidth(`${surface(value.name)}, ${value.about}`, width, 11);
    const style = value.role === "target" ? "first" : value.role === "against" ? "second" : "ink";
    const below = top + (name.length - 1) * lineOfTable;
    return {
      elements: [
        ...name.map((line, n) => svgText(line, { x: 0, y: top + 11 + n * lineOfTable, size: 11 })),
        `<path class="${style}" d="${stripPath(value.values, { x: 0, y: below + 15, width, height: 22 })}"/>`,
      ],
      bottom: below + 38,
    };
  }
  return value.isText ? listBlock(value, top, width) : tableBlock(value, top, width);
}

/** Rows of words, each cell under its title, longer ones on several lines. */
function listBlock({ caption, titles, rows }: PrintedTable, top: number, width: number): Block {
  const elements = wrapToWidth(oneLine(caption), width, 11).map((line, n) =>
    svgText(line, { x: 0, y: top + 11 + n * 14, size: 11, style: "strong" }),
  );
  const first =
    12 +
    Math.max(
      ...[titles[0]!, ...rows.map(({ label }) => label)].map((text) =>
        textWidth(surface(text), 11),
      ),
    );
  const room = (width - first) / Math.max(1, titles.length - 1);
  const left = (place: number) => (place === 0 ? 0 : first + (place - 1) * room);
  const headings = titles.map((title, place) =>
    wrapToWidth(surface(title), (place === 0 ? first : room) - 8, 11),
  );
  let y = top + elements.length * 14 + 12 + (longest(headings) - 1) * lineOfTable;
  for (const [place, lines] of headings.entries())
    elements.push(...headingOf(lines, y, { x: left(place) }));
  y += 3;
  for (const { label, cells } of rows) {
    let height = 1;
    for (const [place, cell] of [label, ...cells].entries()) {
      const lines = wrapToWidth(oneLine(cell), (place === 0 ? first : room) - 8, 11);
      height = Math.max(height, lines.length);
      for (const [n, line] of lines.entries())
        elements.push(svgText(line, { x: left(place), y: y + (n + 1) * lineOfTable, size: 11 }));
    }
    y += lineOfTable * height + 4;
  }
  return { elements, bottom: y + 4 };
}

const barRoom = 70;
const lineOfTable = 13;
const widestTitle = 90;

/** How many lines the longest of some headings takes. */
function longest(headings: readonly (readonly string[])[]): number {
  return Math.max(1, ...headings.map((lines) => lines.length));
}

/** A column's title, its last line at `y`. */
function headingOf(
  lines: readonly string[],
  y: number,
  place: Pick<Parameters<typeof svgText>[1], "x" | "anchor">,
): string[] {
  return lines.map((line, n) =>
    svgText(line, {
      ...place,
      y: y - (lines.length - 1 - n) * lineOfTable,
      size: 11,
      style: "quiet",
    }),
  );
}

function tableBlock({ caption, titles, rows }: PrintedTable, top: number, width: number): Block {
  const hasBars = rows.some(({ bar }) => bar !== undefined);
  const isSigned = rows.some(({ bar }) => (bar ?? 0) < 0);
  const headings = titles.slice(1).map((title) => wrapToWidth(surface(title), widestTitle, 11));
  const widths = headings.map(
    (lines, n) =>
      12 +
      Math.max(
        ...lines.map((line) => textWidth(line, 11)),
        ...rows.map(({ cells }) => textWidth(cells[n] ?? "", 11)),
      ),
  );
  // Columns that find no room are left out from the left: the last ones are what the rows lead to.
  const bars = hasBars ? barRoom : 0;
  let start = 0;
  const least = 90;
  const total = () => widths.slice(start).reduce((sum, own) => sum + own, 0);
  while (start < widths.length - 1 && total() + bars + least > width) start++;
  const label = width - total() - bars;
  const elements = wrapToWidth(oneLine(caption), width, 11).map((line, n) =>
    svgText(line, { x: 0, y: top + 11 + n * 14, size: 11, style: "strong" }),
  );
  const shown = headings.slice(start);
  let y = top + elements.length * 14 + 12 + (longest(shown) - 1) * lineOfTable;
  const rights = widths
    .slice(start)
    .map((_, n) => label + widths.slice(start, start + n + 1).reduce((a, b) => a + b, 0));
  for (const [n, right] of rights.entries())
    elements.push(...headingOf(shown[n]!, y, { x: right, anchor: "end" }));
  for (const row of rows) {
    y += rowHeight;
    const style =
      row.role === "target" || row.role === "against" || row.kind === "total"
        ? "strong"
        : row.kind === "rest" || row.special
          ? "quiet"
          : "ink";
    if (row.kind === "total")
      elements.push(svgBox({ x: 0, y: y - 12, width: width - bars, height: 0.7, style: "quiet" }));
    const named = wrapToWidth(surface(row.label), label - 6, 11);
    elements.push(
      ...named.map((line, n) => svgText(line, { x: 0, y: y + n * lineOfTable, size: 11, style })),
    );
    for (const [n, right] of rights.entries())
      elements.push(
        svgText(row.cells[start + n] ?? "", { x: right, y, size: 11, anchor: "end", style }),
      );
    if (row.bar !== undefined && Number.isFinite(row.bar)) {
      const room = barRoom - 10;
      const from = width - room + (isSigned ? room / 2 : 0);
      const length = row.bar * (isSigned ? room / 2 : room);
      elements.push(
        svgBox({
          x: Math.min(from, from + length),
          y: y - 9,
          width: Math.max(0.6, Math.abs(length)),
          height: 9,
          style: row.bar < 0 ? "second" : "first",
        }),
      );
    }
    y += (named.length - 1) * lineOfTable;
  }
  return { elements, bottom: y + 4 };
}
