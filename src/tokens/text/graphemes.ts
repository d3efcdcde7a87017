import { codePointSet } from "./unicode.ts";

const pictograph = /^\p{Extended_Pictographic}/u;
const zeroWidthJoiner = 0x200d;

/**
 * Where the grapheme cluster that begins at a unit ends (Unicode Standard Annex 29). Flags and Indic conjuncts are left
 * apart: the only caller tells clusters of fewer than six bytes from longer ones, and those are longer either way.
 */
export function graphemeEnd(text: string, start: number): number {
  const extend = codePointSet("graphemeExtend");
  const control = codePointSet("graphemeControl");
  let previous = text.codePointAt(start)!;
  let end = start + widthOf(previous);
  if (previous === 0x0d && text.charCodeAt(end) === 0x0a) return end + 1;
  if (control.has(previous)) return end;
  let isPictograph = pictograph.test(text.slice(start, end));
  while (end < text.length) {
    const next = text.codePointAt(end)!;
    if (control.has(next)) break;
    const joins =
      extend.has(next) ||
      codePointSet("graphemePrepend").has(previous) ||
      isHangulPair(previous, next) ||
      (isPictograph && previous === zeroWidthJoiner && pictograph.test(text.slice(end, end + 2)));
    if (!joins) break;
    end += widthOf(next);
    if (!extend.has(next)) isPictograph = pictograph.test(String.fromCodePoint(next));
    previous = next;
  }
  return end;
}

function widthOf(codePoint: number): number {
  return codePoint > 0xffff ? 2 : 1;
}

type HangulType = "L" | "V" | "T" | "LV" | "LVT" | undefined;

function hangulType(codePoint: number): HangulType {
  if (codePoint < 0x1100 || codePoint > 0xd7fb) return undefined;
  if (codePoint <= 0x115f || (codePoint >= 0xa960 && codePoint <= 0xa97c)) return "L";
  if (codePoint <= 0x11a7 || (codePoint >= 0xd7b0 && codePoint <= 0xd7c6)) return "V";
  if (codePoint <= 0x11ff || codePoint >= 0xd7cb) return "T";
  if (codePoint < 0xac00 || codePoint > 0xd7a3) return undefined;
  return (codePoint - 0xac00) % 28 === 0 ? "LV" : "LVT";
}

function isHangulPair(first: number, second: number): boolean {
  const next = hangulType(second);
  if (next === undefined) return false;
  const type = hangulType(first);
  if (type === "L") return next !== "T";
  if (type === "LV" || type === "V") return next === "V" || next === "T";
  return (type === "LVT" || type === "T") && next === "T";
}
