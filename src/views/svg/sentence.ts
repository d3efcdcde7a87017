import { expectKeys } from "../../errors/options.ts";
import { formatHead, type HeadAddress } from "../../probe/head-address.ts";
import { expectCount } from "../expect-count.ts";
import { formatWeight } from "../numbers.ts";
import { expectTheme } from "../scale.ts";
import { isolated, quote, surface, type Word } from "../surface.ts";
import { colorStep, type SvgOptions, svgBox, svgDocument, svgOptions, svgText } from "./frame.ts";
import { legendHeight, svgLegend } from "./legend.ts";
import { shortenToWidth, textWidth, wrapToWidth } from "./text-measure.ts";

/** A sentence seen from one of its words, in one head. */
export interface SentencePicture extends HeadAddress {
  readonly tokens: readonly Word[];
  /** From the focus word to each token, 0 to 1; NaN where it cannot look. */
  readonly weights: ArrayLike<number>;
  /** Tokens of the word that looks. */
  readonly focus: readonly number[];
  /** The word that looks, for the heading. */
  readonly word: string;
}

/** How a sentence is drawn. */
export interface SentenceSvgOptions extends SvgOptions {
  /** The line above it; what is looked at in which head if not given, none where it is empty. */
  readonly heading?: string;
  /** How large the words are, in pixels: 17 if not given. */
  readonly wordSize?: number;
  /** Whether the scale of the colours stands below: true if not given. Every word has its number. */
  readonly hasLegend?: boolean;
}

const margin = 20;
const usualSize = 17;
const numberSize = 11;
const boxHeight = 30;
const rowHeight = 58;
const gap = 5;
const padding = 7;

interface PlacedWord {
  readonly index: number;
  readonly label: string;
  readonly x: number;
  readonly width: number;
}

/** The words on grounds coloured by how much the focus word looks at them, each with its number. */
export function sentenceSvg(picture: SentencePicture, options: SentenceSvgOptions = {}): string {
  expectKeys(
    options,
    { ...svgOptions, heading: true, wordSize: true, hasLegend: true },
    "sentenceSvg",
  );
  expectTheme(options.theme, "sentenceSvg");
  const { weights, tokens } = picture;
  expectCount("sentenceSvg", "weights (one a token)", weights.length, tokens.length);
  const width = Math.max(200, options.width ?? 840);
  const title = `What ${quote(picture.word)} looks at in ${formatHead(picture)} (layer ${picture.layer}, head ${picture.head})`;
  const { heading = title, wordSize = usualSize, hasLegend = true } = options;
  const headings = heading === "" ? [] : wrapToWidth(heading, width - 2 * margin, 15);
  const top = margin + (headings.length === 0 ? 0 : headings.length * 20 + 12);
  const rows = placeWords(tokens, width - 2 * margin, wordSize);
  const elements = headings.map((line, index) =>
    svgText(line, { x: margin, y: margin + 12 + index * 20, size: 15, style: "strong" }),
  );
  for (const [row, words] of rows.entries())
    for (const word of words)
      elements.push(...wordElements(picture, word, top + row * rowHeight, wordSize));
  const bottom = top + rows.length * rowHeight + 6;
  if (hasLegend)
    elements.push(...svgLegend(margin, bottom, Math.min(200, width - 2 * margin - 60)));
  const height = bottom + (hasLegend ? legendHeight : 0) + margin / 2;
  return svgDocument({ width, height, title }, elements, options);
}

/** Words set one after another, on as many rows as they need. */
function placeWords(tokens: readonly Word[], room: number, size: number): PlacedWord[][] {
  const rows: PlacedWord[][] = [[]];
  let x = 0;
  for (const [index, { text }] of tokens.entries()) {
    const label = shortenToWidth(surface(text), room - 2 * padding, size);
    const width = Math.max(textWidth(label, size) + 2 * padding, textWidth("0.00", numberSize) + 2);
    if (x > 0 && x + width > room) {
      rows.push([]);
      x = 0;
    }
    rows.at(-1)!.push({ index, label, x: margin + x, width });
    x += width + gap;
  }
  return rows;
}

function wordElements(
  { tokens, weights, focus, word: from }: SentencePicture,
  { index, label, x, width }: PlacedWord,
  top: number,
  size: number,
): string[] {
  const weight = weights[index]!;
  const step = colorStep(weight);
  const isFocus = focus.includes(index);
  const tooltip = `${isolated(surface(from))} → ${isolated(surface(tokens[index]!.text))}: ${Number.isNaN(weight) ? "cannot be looked at" : weight.toFixed(4)}`;
  const middle = x + width / 2;
  const box = { x, y: top, width, height: boxHeight, round: 5 };
  return [
    `<g>`,
    svgBox({ ...box, style: `w${step}`, tooltip }),
    ...(isFocus ? [svgBox({ ...box, style: "mark" })] : []),
    svgText(label, {
      x: middle,
      y: top + boxHeight / 2 + Math.round(0.35 * size),
      size,
      anchor: "middle",
      style: `t${step}`,
    }),
    svgText(formatWeight(weight), {
      x: middle,
      y: top + boxHeight + 14,
      size: numberSize,
      anchor: "middle",
      style: weight >= 0.05 ? "strong" : "quiet",
    }),
    "</g>",
  ];
}
