import { type Aligned, sourceEnd, sourceStart } from "./aligned.ts";
import type { Pattern } from "./pattern.ts";

/** A part of a text on its way to the model: what becomes a "word". */
export interface Piece {
  readonly text: string;
  readonly source: Aligned;
  /** The unit of the source that the piece begins at. */
  readonly from: number;
  /** How many units were put in front; they cover the first character. */
  readonly lead: number;
  /** For each unit of the piece the source unit of its character, where they do not run side by side. */
  readonly units?: readonly number[];
  /** Set when the piece is an added token, which no model sees. */
  readonly addedId?: number;
}

/** What becomes of the matches at which a piece is split. */
export type SplitBehavior =
  | "Removed"
  | "Isolated"
  | "MergedWithPrevious"
  | "MergedWithNext"
  | "Contiguous";

/** A whole text as one piece. */
export function wholePiece(source: Aligned): Piece {
  return { text: source.text, source, from: 0, lead: 0 };
}

/** The part [start, end) of a piece. */
export function slicePiece(piece: Piece, start: number, end: number): Piece {
  const text = piece.text.slice(start, end);
  if (piece.units) {
    return {
      text,
      source: piece.source,
      from: piece.from,
      lead: 0,
      units: piece.units.slice(start, end),
    };
  }
  const from = start > piece.lead ? piece.from + start - piece.lead : piece.from;
  return { text, source: piece.source, from, lead: Math.max(0, piece.lead - start) };
}

/** A piece with something put in front. */
export function prependPiece(piece: Piece, characters: string): Piece {
  if (piece.text === "") return piece;
  piece.source.growth.add(characters.length);
  return { ...piece, text: characters + piece.text, lead: piece.lead + characters.length };
}

/** The source unit of the character that a unit of the piece belongs to (its second half gives its second half). */
export function unitOf(piece: Piece, unit: number): number {
  if (piece.units) return piece.units[unit]!;
  return unit < piece.lead ? piece.from : piece.from + unit - piece.lead;
}

/** Where the part [start, end) of a piece begins in the given text, in UTF-16 units. */
export function pieceStart(piece: Piece, start: number): number {
  return sourceStart(piece.source, unitOf(piece, start));
}

/** Where the part [start, end) of a piece ends in the given text, in UTF-16 units. */
export function pieceEnd(piece: Piece, end: number): number {
  return sourceEnd(piece.source, unitOf(piece, end - 1));
}

/** A piece split at every match of a pattern; empty parts are left out. */
export function splitPiece(
  piece: Piece,
  pattern: Pattern,
  behavior: SplitBehavior,
  invert = false,
): Piece[] {
  const { text } = piece;
  const spans: Span[] = [];
  const push = (start: number, end: number, isMatch: boolean) => {
    if (start < end) spans.push({ start, end, isMatch: isMatch !== invert });
  };
  let last = 0;
  for (const match of pattern(text)) {
    push(last, match.start, false);
    last = match.end;
    push(match.start, last, true);
  }
  if (last === 0) return behavior === "Removed" && invert ? [] : [piece];
  push(last, text.length, false);
  return joinSpans(spans, behavior).map(({ start, end }) => slicePiece(piece, start, end));
}

interface Span {
  readonly start: number;
  readonly end: number;
  readonly isMatch: boolean;
}

function joinSpans(spans: readonly Span[], behavior: SplitBehavior): readonly Span[] {
  if (behavior === "Isolated") return spans;
  if (behavior === "Removed") return spans.filter((span) => !span.isMatch);
  const isBackward = behavior === "MergedWithNext";
  const joined: Span[] = [];
  let wasMatch = false;
  for (const span of isBackward ? spans.toReversed() : spans) {
    const joins = behavior === "Contiguous" ? span.isMatch === wasMatch : span.isMatch && !wasMatch;
    const last = joined.at(-1);
    wasMatch = span.isMatch;
    if (!joins || !last) {
      joined.push(span);
      continue;
    }
    const start = Math.min(last.start, span.start);
    joined[joined.length - 1] = { start, end: Math.max(last.end, span.end), isMatch: last.isMatch };
  }
  return isBackward ? joined.toReversed() : joined;
}
