import { formatNumber } from "../numbers.ts";
import { isolated, surface } from "../surface.ts";
import {
  colorSteps,
  expectSvgOptions,
  type SvgOptions,
  svgBox,
  svgDocument,
  svgLines,
  svgText,
} from "../svg/frame.ts";
import { shortenToWidth, textWidth } from "../svg/text-measure.ts";
import { darkest, type ShadedWords } from "./shaded-words.ts";

const margin = 20;
const size = 15;
const padding = 5;
const boxHeight = 24;
const lineHeight = 48;

/** The text with each word shaded and its number below; a line under a word says that its number is negative. */
export function shadedWordsSvg(picture: ShadedWords, options: SvgOptions = {}): string {
  expectSvgOptions(options, "shadedWordsSvg");
  const { title, unit, sides, notes = [] } = picture;
  const width = Math.max(320, Math.min(options.width ?? 760, 1200));
  const room = width - 2 * margin;
  const most = darkest(picture);
  const elements: string[] = [];
  let y = svgLines(elements, title, {
    ...{ x: margin, y: margin + 12, width: room, size: 15 },
    style: "strong",
  });
  for (const { name, words } of sides) {
    if (name !== undefined && sides.length > 1)
      y = svgLines(elements, name, { x: margin, y: y + 8, width: room, size: 12, style: "quiet" });
    let x = margin;
    for (const { text, value, special } of words) {
      const label = shortenToWidth(surface(text), room - 2 * padding, size);
      const number = formatNumber(value, 2);
      const own = Math.max(textWidth(label, size), textWidth(number, 10)) + 2 * padding;
      if (x > margin && x + own > width - margin) {
        x = margin;
        y += lineHeight;
      }
      const step = most > 0 ? Math.round((Math.abs(value) / most) * colorSteps) : 0;
      const middle = x + own / 2;
      elements.push(
        svgBox({
          ...{ x, y, width: own, height: boxHeight, round: 3 },
          style: `w${step}`,
          tooltip: `${isolated(surface(text))}: ${formatNumber(value)}`,
        }),
        svgText(label, { x: middle, y: y + 17, size, anchor: "middle", style: `t${step}` }),
        svgText(number, {
          ...{ x: middle, y: y + boxHeight + 12, size: 10 },
          anchor: "middle",
          style: special ? "quiet" : "ink",
        }),
      );
      if (value < 0)
        elements.push(svgBox({ x, y: y + boxHeight - 3, width: own, height: 3, style: "second" }));
      x += own + 3;
    }
    y += lineHeight;
  }
  const isSigned = sides.some(({ words }) => words.some(({ value }) => value < 0));
  const legend = `darker: larger (${unit})${isSigned ? "; with a line below: negative" : ""}`;
  y += 14;
  for (const note of [legend, ...notes])
    y = svgLines(elements, note, { x: margin, y, width: room, size: 12, style: "quiet" });
  return svgDocument({ width, height: y + margin / 2, title }, elements, options);
}
