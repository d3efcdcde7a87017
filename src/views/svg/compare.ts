import { formatHead } from "../../probe/head-address.ts";
import { formatFixed, formatWeight } from "../numbers.ts";
import { isolated, oneLine, quote, surface } from "../surface.ts";
import type { CompareReport } from "../text/compare.ts";
import { expectSvgOptions, type SvgOptions, svgBox, svgDocument, svgText } from "./frame.ts";
import { shortenToWidth, wrapToWidth } from "./text-measure.ts";

const margin = 20;
const headWidth = 62;
const numberWidth = 40;
const barHeight = 11;
const rowHeight = 2 * barHeight + 12;
const most = 12;

/** The same word in two sentences: a pair of bars for each head and target, then the distance layer by layer. */
export function compareSvg(report: CompareReport, options: SvgOptions = {}): string {
  expectSvgOptions(options, "compareSvg");
  const width = Math.max(280, options.width ?? 760);
  const title = `${quote(report.word)} in two sentences`;
  const elements = [
    svgText(shortenToWidth(title, width - 2 * margin, 15), {
      x: margin,
      y: margin + 12,
      size: 15,
      style: "strong",
    }),
  ];
  let y = margin + 26;
  for (const [side, text] of report.texts.entries()) {
    const lines = wrapToWidth(oneLine(text), width - 2 * margin - 18, 13).slice(0, 3);
    elements.push(
      svgBox({ x: margin, y: y + 3, width: 11, height: 11, style: styleOf(side), round: 2 }),
    );
    for (const line of lines) {
      elements.push(svgText(line, { x: margin + 18, y: y + 13, size: 13 }));
      y += 18;
    }
  }
  const heads = headElements(report, y + 18, width);
  elements.push(...heads.elements);
  let { bottom } = heads;
  for (const { first, second, heads } of report.differing ?? []) {
    const pair = { heads, targets: [`${first} | ${second}`], word: report.word };
    const placed = headElements(pair, bottom + 22, width);
    elements.push(...placed.elements);
    bottom = placed.bottom;
  }
  const distances = distanceElements(report, bottom + 26, width);
  elements.push(...distances.elements);
  return svgDocument({ width, height: distances.bottom + margin, title }, elements, options);
}

interface Placed {
  readonly elements: readonly string[];
  readonly bottom: number;
}

function styleOf(side: number): string {
  return side === 0 ? "first" : "second";
}

/** A column a target, a row a head, a bar a sentence, all on one scale from 0 to 1. */
function headElements(
  { heads, targets, word }: Pick<CompareReport, "heads" | "targets" | "word">,
  top: number,
  width: number,
): Placed {
  const room = (width - 2 * margin - headWidth) / targets.length;
  const track = Math.max(20, room - numberWidth - 12);
  const elements = [
    svgText("head", { x: margin, y: top, size: 11, style: "quiet" }),
    ...targets.map((target, index) => {
      const label = shortenToWidth(`weight on ${surface(target)}`, room - 8, 11);
      return svgText(label, {
        x: margin + headWidth + index * room,
        y: top,
        size: 11,
        style: "quiet",
      });
    }),
  ];
  const shown = heads.slice(0, most);
  for (const [row, head] of shown.entries()) {
    const y = top + 10 + row * rowHeight;
    elements.push(
      svgText(formatHead(head), { x: margin, y: y + barHeight + 5, size: 13, style: "ink" }),
    );
    for (const [index, target] of targets.entries())
      for (const [side, weights] of [head.first, head.second].entries()) {
        const weight = weights[index]!;
        const x = margin + headWidth + index * room;
        const barTop = y + side * (barHeight + 1);
        const length = Math.max(1, Math.min(1, weight) * track);
        const tooltip = `${formatHead(head)}: ${isolated(surface(word))} → ${isolated(surface(target))} ${weight.toFixed(4)} in sentence ${side + 1}`;
        elements.push(
          svgBox({
            x,
            y: barTop,
            width: length,
            height: barHeight,
            style: styleOf(side),
            round: 2,
            tooltip,
          }),
          svgText(formatWeight(weight), { x: x + length + 5, y: barTop + 9, size: 10 }),
        );
      }
  }
  return { elements, bottom: top + 10 + shown.length * rowHeight };
}

function distanceElements({ distances, word }: CompareReport, top: number, width: number): Placed {
  const largest = Math.max(0.001, ...distances.filter(Number.isFinite));
  const label = 110;
  const track = width - 2 * margin - label - numberWidth;
  const heading = `How far the vector of ${quote(word)} lies apart in the two sentences (cosine distance)`;
  const lines = wrapToWidth(heading, width - 2 * margin, 12);
  const first = top + lines.length * 16;
  const elements = lines.map((line, index) =>
    svgText(line, { x: margin, y: top + index * 16, size: 12, style: "strong" }),
  );
  for (const [layer, distance] of distances.entries()) {
    const y = first + layer * 18;
    const name = layer === 0 ? "entering layer 0" : `after layer ${layer - 1}`;
    const length = Number.isFinite(distance) ? Math.max(1, (distance / largest) * track) : 1;
    const tooltip = `${name}: ${formatFixed(distance, 5)}`;
    elements.push(
      svgText(name, { x: margin, y: y + 10, size: 11, style: "quiet" }),
      svgBox({
        x: margin + label,
        y,
        width: length,
        height: 12,
        style: "first",
        round: 2,
        tooltip,
      }),
      svgText(formatFixed(distance, 3), { x: margin + label + length + 5, y: y + 10, size: 10 }),
    );
  }
  return { elements, bottom: first + distances.length * 18 };
}
