import { displayWidth, graphemesOf, unbroken } from "../text/layout.ts";

/**
 * Width of a text in pixels at a font size, on the wide side of common sans-serif fonts: labels laid
 * out by it never overlap, whichever font the reader has.
 */
export function textWidth(text: string, size: number): number {
  let ems = 0;
  for (const segment of graphemesOf(text)) ems += emsOf(segment);
  return ems * size;
}

/** The text cut to a width in pixels, the last character an ellipsis when cut. */
export function shortenToWidth(text: string, width: number, size: number): string {
  if (textWidth(text, size) <= width) return text;
  let kept = "";
  let used = textWidth("…", size);
  for (const segment of graphemesOf(text)) {
    used += emsOf(segment) * size;
    if (used > width) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** Lines of at most `width` pixels, broken between words; longer words are cut. */
export function wrapToWidth(text: string, width: number, size: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of unbroken(text)) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && textWidth(longer, size) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line].map((whole) => shortenToWidth(whole, width, size));
}

/** Ems of one character; the figures are the larger of Arial's and DejaVu Sans's, rounded up. */
function emsOf(segment: string): number {
  if (/^[ijl.,:;'!|]$/.test(segment)) return 0.4;
  if (/^[ tfr()[\]I/-]$/.test(segment)) return 0.46;
  if (/^[mwMW@%—…]$/.test(segment)) return 1.02;
  if (/^[A-Z#&+=<>~]$/.test(segment)) return 0.84;
  const columns = displayWidth(segment);
  return columns >= 2 ? 0.55 * columns : 0.66 * Math.max(1, columns);
}
