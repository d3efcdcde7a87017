import { type Aligned, rewrite } from "./aligned.ts";
import { normalizeForm } from "./canonical.ts";
import { type Piece, slicePiece } from "./pieces.ts";
import { codePointSet } from "./unicode.ts";

/** What BERT does to a text before it is cut into words. */
export interface BertNormalization {
  readonly isCleaned: boolean;
  /** Whether Han characters are set apart by spaces. */
  readonly isHanApart: boolean;
  readonly isStripped: boolean;
  readonly isLowerCased: boolean;
}

/** BERT's normalization (Devlin et al. 2018, tokenization.py, as the Rust library has it). */
export function normalizeBert(source: Aligned, steps: BertNormalization): Aligned {
  if (/^[ -~]*$/.test(source.text)) {
    return steps.isLowerCased ? { ...source, text: source.text.toLowerCase() } : source;
  }
  const spaced = rewrite(source, (c) => cleaned(c, steps));
  if (!steps.isStripped && !steps.isLowerCased) return spaced;
  const accents = codePointSet("bertAccents");
  const decomposed = steps.isStripped ? normalizeForm(spaced, "NFD") : spaced;
  return rewrite(decomposed, (c) => {
    if (steps.isStripped && c > 0x7f && accents.has(c)) return "";
    return steps.isLowerCased ? lowerCased(c) : undefined;
  });
}

function cleaned(c: number, { isCleaned, isHanApart }: BertNormalization): string | undefined {
  if (c > 0x1f && c < 0x7f) return undefined;
  if (isCleaned) {
    if (codePointSet("bertRemoved").has(c)) return "";
    if (codePointSet("bertToSpace").has(c)) return " ";
  }
  return isHanApart && codePointSet("bertHan").has(c) ? ` ${String.fromCodePoint(c)} ` : undefined;
}

/** The lower case of one code point alone (so that Σ is always σ); undefined when it is itself. */
export function lowerCased(c: number): string | undefined {
  if (c < 0x80) return c > 0x40 && c < 0x5b ? String.fromCharCode(c + 32) : undefined;
  const character = String.fromCodePoint(c);
  const lower = character.toLowerCase();
  return lower === character ? undefined : lower;
}

/** Words as BERT cuts them: white space parts them, each punctuation mark is a word of its own. */
export function splitBert(piece: Piece): Piece[] {
  const { text } = piece;
  const words: Piece[] = [];
  let start = 0;
  const flush = (end: number) => {
    if (start < end) words.push(slicePiece(piece, start, end));
  };
  for (let unit = 0; unit < text.length; ) {
    const c = text.codePointAt(unit)!;
    const next = unit + (c > 0xffff ? 2 : 1);
    if (isWhiteSpace(c)) {
      flush(unit);
      start = next;
    } else if (isPunctuation(c)) {
      flush(unit);
      start = unit;
      flush(next);
      start = next;
    }
    unit = next;
  }
  flush(text.length);
  return words;
}

function isWhiteSpace(c: number): boolean {
  return c < 0x80 ? c === 0x20 || (c > 8 && c < 14) : codePointSet("whiteSpace").has(c);
}

function isPunctuation(c: number): boolean {
  if (c > 0x7f) return codePointSet("bertPunctuation").has(c);
  return (
    (c > 0x20 && c < 0x30) ||
    (c > 0x39 && c < 0x41) ||
    (c > 0x5a && c < 0x61) ||
    (c > 0x7a && c < 0x7f)
  );
}
