import { formatNumber } from "../numbers.ts";
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
import { longestBar, type WordBars } from "./word-bars.ts";

const margin = 20;
const rowHeight = 20;
const size = 12;

/** Words with a bar each, one below the other in the order of the text; the number behind it, what it compares with as a line. */
export function wordBarsSvg(bars: WordBars, options: SvgOptions = {}): string {
  expectSvgOptions(options, "wordBarsSvg");
  const { title, rows, unit, besideTitle, notes = [] } = bars;
  const width = Math.max(320, Math.min(options.width ?? 640, 900));
  const labels = rows.map(({ text }) => shortenToWidth(surface(text), 150, size));
  const left = margin + Math.max(...labels.map((label) => textWidth(label, size))) + 8;
  const room = width - left - margin - 60;
  const longest = Math.max(longestBar(bars), ...rows.map(({ beside = 0 }) => Math.abs(beside)));
  const lengthOf = (value: number) => (longest > 0 ? (Math.abs(value) / longest) * room : 0);
  const headings = wrapToWidth(title, width - 2 * margin, 15);
  const top = margin + headings.length * 20 + 8;
  const elements = headings.map((line, index) =>
    svgText(line, { x: margin, y: margin + 12 + index * 20, size: 15, style: "strong" }),
  );
  for (const [row, { value, beside, special, isFocus, text }] of rows.entries()) {
    const y = top + row * rowHeight;
    const style = isFocus ? "strong" : special ? "quiet" : "ink";
    const tooltip = `${isolated(surface(text))}: ${formatNumber(value)}${beside === undefined ? "" : `, ${besideTitle} ${formatNumber(beside)}`}`;
    elements.push(
      svgText(labels[row]!, { x: left - 8, y: y + 14, size, anchor: "end", style }),
      svgBox({
        x: left,
        y: y + 3,
        width: Math.max(1, lengthOf(value)),
        height: rowHeight - 6,
        style: value < 0 ? "second" : `w${Math.round(0.75 * colorSteps)}`,
        tooltip,
      }),
      svgText(formatNumber(value), {
        x: left + Math.max(lengthOf(value), lengthOf(beside ?? 0)) + 6,
        y: y + 14,
        size: 11,
        style: "quiet",
      }),
    );
    if (beside !== undefined)
      elements.push(
        svgBox({
          x: left + lengthOf(beside) - 1,
          y: y + 1,
          width: 2,
          height: rowHeight - 2,
          style: "second",
        }),
      );
  }
  const bottom = top + rows.length * rowHeight + 6;
  const legend =
    besideTitle === undefined ? `bars: ${unit}` : `bars: ${unit}; upright lines: ${besideTitle}`;
  const lines = [legend, ...notes].flatMap((note) => wrapToWidth(note, width - 2 * margin, 12));
  elements.push(
    ...lines.map((line, index) =>
      svgText(line, { x: margin, y: bottom + 14 + index * 17, size: 12, style: "quiet" }),
    ),
  );
  return svgDocument(
    { width, height: bottom + lines.length * 17 + margin, title },
    elements,
    options,
  );
}
