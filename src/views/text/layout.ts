import stringWidth from "string-width";
import { isRightToLeft } from "../surface.ts";

/** Printable characters of one column each that never join their neighbours: Latin letters, dashes, arrows, boxes, blocks. */
const narrow =
  /^[ -~\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2030-\u205e\u2190-\u21ff\u2500-\u259f]*$/;

/** Columns a text takes in a terminal: 2 for wide characters, 0 for combining ones. */
export function displayWidth(text: string): number {
  // The first look at anything else costs milliseconds: tables of emoji are set up.
  return narrow.test(text) ? text.length : stringWidth(text);
}

let segmenter: Intl.Segmenter | undefined;

/** The characters of a text as readers count them: a letter with its marks is one. */
export function graphemesOf(text: string): string[] {
  if (narrow.test(text)) return [...text];
  // Made where a text needs it: the first one has Node read tables for some 20 ms.
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** The text in a field of `width` columns; longer texts come back unchanged. */
export function pad(text: string, width: number, align: "left" | "right" | "center"): string {
  const missing = Math.max(0, width - displayWidth(text));
  const before = align === "left" ? 0 : align === "right" ? missing : missing >> 1;
  // A mark after right-to-left text keeps terminals that reorder from joining it with its neighbour.
  const mark = isRightToLeft(text) ? "\u200e" : "";
  return `${" ".repeat(before)}${text}${mark}${" ".repeat(missing - before)}`;
}

/** The text cut to at most `width` columns, whole characters, the last one an ellipsis when cut. */
export function shorten(text: string, width: number, unicode = true): string {
  if (displayWidth(text) <= width) return text;
  const ellipsis = unicode || width < 4 ? "…" : "...";
  let kept = "";
  let used = displayWidth(ellipsis);
  for (const segment of graphemesOf(text)) {
    used += displayWidth(segment);
    if (used > width) break;
    kept += segment;
  }
  return kept + ellipsis;
}

/** Lines of at most `width` columns, broken between words, or inside one that is longer than a line. */
export function wrap(text: string, width: number, indent = ""): string[] {
  const room = Math.max(1, width - displayWidth(indent));
  const lines: string[] = [];
  let line = "";
  for (const word of unbroken(text).flatMap((word) => pieces(word, room))) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && displayWidth(longer) > room) {
      lines.push(indent + line);
      line = word;
    } else line = longer;
  }
  return [...lines, indent + line];
}

/** The parts of a text between which a line may break; a number of seconds stays with its unit, "0.50 s". */
export function unbroken(text: string): string[] {
  return text.split(/ (?!(?<=\d )s\b)/);
}

/** A word cut into pieces that fit into `width` columns each. */
function pieces(word: string, width: number): string[] {
  if (displayWidth(word) <= width) return [word];
  const found: string[] = [];
  let piece = "";
  for (const segment of graphemesOf(word)) {
    if (displayWidth(piece + segment) > width) {
      found.push(piece);
      piece = "";
    }
    piece += segment;
  }
  return [...found, piece];
}

/** Ranges [start, end) of columns that stand side by side within `width`, at least one column each. */
export function packColumns(
  widths: readonly number[],
  gap: number,
  width: number,
): { readonly start: number; readonly end: number }[] {
  const blocks: { start: number; end: number }[] = [];
  let used = 0;
  for (const [index, column] of widths.entries()) {
    const last = blocks.at(-1);
    if (last && used + gap + column <= width) {
      last.end = index + 1;
      used += gap + column;
    } else {
      blocks.push({ start: index, end: index + 1 });
      used = column;
    }
  }
  return blocks;
}
