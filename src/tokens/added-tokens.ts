import { asDefinition, isIndex, mismatch, readBoolean, readString } from "./definition.ts";
import type { Normalizer } from "./normalizers.ts";
import type { Vocabulary } from "./subwords/vocabulary.ts";
import { type Aligned, sliceAligned, unmoved } from "./text/aligned.ts";
import { TextFinder } from "./text/automaton.ts";
import { Growth } from "./text/growth.ts";
import type { Pattern } from "./text/pattern.ts";
import { type Piece, wholePiece } from "./text/pieces.ts";
import { codePointSet } from "./text/unicode.ts";

/** A token found in the text as it stands, before any model sees it. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** The content as it is looked for and decoded: normalized where the token is. */
  readonly text: string;
  /** Left out when a decoder skips special tokens. */
  readonly isSpecial: boolean;
  /** Whether it is looked for in the normalized text. */
  readonly isNormalized: boolean;
  readonly isSingleWord: boolean;
  /** Whether it takes the white space before it, and after it. */
  readonly takesBefore: boolean;
  readonly takesAfter: boolean;
}

/** The `added_tokens` of a tokenizer.json; the model's own id goes before the one that is written there. */
export function readAddedTokens(
  value: unknown,
  { ids }: Vocabulary,
  normalize: Normalizer,
  place: string,
): AddedToken[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw mismatch(place, "a list", value);
  const length = value.reduce((sum, entry) => {
    const content: unknown = entry?.content;
    return sum + (typeof content === "string" ? content.length : 0);
  }, 0);
  const growth = new Growth(length);
  return value.map((entry, index) => {
    const here = `${place}[${index}]`;
    const from = asDefinition(entry, here);
    const content = readString(from, "content", here);
    const id = ids.get(content) ?? from.id;
    if (!isIndex(id)) throw mismatch(`${here}.id`, "an id (a whole number)", id);
    const isSpecial = readBoolean(from, "special", here, false);
    const isNormalized = readBoolean(from, "normalized", here, !isSpecial);
    return {
      id,
      content,
      text: isNormalized ? normalize(unmoved(content, growth)).text : content,
      isSpecial,
      isNormalized,
      isSingleWord: readBoolean(from, "single_word", here, false),
      takesBefore: readBoolean(from, "lstrip", here, false),
      takesAfter: readBoolean(from, "rstrip", here, false),
    };
  });
}

/** Cuts added tokens out of a text and normalizes the rest. */
export type Extractor = (text: string) => Piece[];

/** The extractor of some added tokens: first those looked for in the raw text, then those in the normalized one. */
export function makeExtractor(
  tokens: readonly AddedToken[],
  normalize: Normalizer,
  leading?: Leading,
): Extractor {
  const raw = makeFinder(tokens.filter((token) => !token.isNormalized));
  const normalized = makeFinder(tokens.filter((token) => token.isNormalized));
  return (text) =>
    raw(unmoved(text))
      .flatMap((piece) =>
        leading && piece.addedId === undefined ? cutLeading(piece, leading) : [piece],
      )
      .flatMap((piece) =>
        piece.addedId === undefined ? normalized(normalize(piece.source)) : [piece],
      );
}

/** What a text may begin with that is one token, whatever stands in it: the language it is to be translated to. */
export interface Leading {
  readonly pattern: Pattern;
  readonly idOf: (text: string) => number;
}

function cutLeading({ source }: Piece, { pattern, idOf }: Leading): Piece[] {
  const [first] = pattern(source.text);
  if (first?.start !== 0) return [wholePiece(source)];
  const code = wholePiece(sliceAligned(source, 0, first.end));
  const rest = sliceAligned(source, first.end, source.text.length);
  return [{ ...code, addedId: idOf(code.text) }, ...(rest.text === "" ? [] : [wholePiece(rest)])];
}

type Finder = (source: Aligned) => Piece[];

function makeFinder(tokens: readonly AddedToken[]): Finder {
  const byText = new Map(tokens.map((token) => [token.text, token]));
  byText.delete("");
  if (byText.size === 0) return (source) => (source.text === "" ? [] : [wholePiece(source)]);
  const listed = [...byText.values()];
  const finder = new TextFinder(listed.map((token) => token.text));
  return (source) => {
    const { text } = source;
    const pieces: Piece[] = [];
    const push = (from: number, to: number, addedId?: number) => {
      if (from < to) pieces.push({ ...wholePiece(sliceAligned(source, from, to)), addedId });
    };
    let last = 0;
    let spaceEnd = 0;
    for (const found of finder.find(text)) {
      const token = listed[found.index]!;
      let { start } = found;
      let end = start + token.text.length;
      if (token.isSingleWord && (isWordBefore(text, start) || isWordAfter(text, end))) continue;
      if (token.takesBefore) start = spaceBefore(text, start, last);
      // A run of white space is walked through once, however many tokens lie in it.
      if (token.takesAfter) end = spaceEnd = spaceEnd > end ? spaceEnd : spaceAfter(text, end);
      push(last, start);
      push(start, end, token.id);
      last = end;
    }
    push(last, text.length);
    return pieces;
  };
}

function isWordBefore(text: string, unit: number): boolean {
  if (unit === 0) return false;
  const isPair = unit > 1 && text.codePointAt(unit - 2)! > 0xffff;
  return codePointSet("word").has(text.codePointAt(isPair ? unit - 2 : unit - 1)!);
}

function isWordAfter(text: string, unit: number): boolean {
  return unit < text.length && codePointSet("word").has(text.codePointAt(unit)!);
}

function spaceBefore(text: string, unit: number, least: number): number {
  const whiteSpace = codePointSet("whiteSpace");
  let start = unit;
  while (start > least && whiteSpace.has(text.charCodeAt(start - 1))) start--;
  return start;
}

function spaceAfter(text: string, unit: number): number {
  const whiteSpace = codePointSet("whiteSpace");
  let end = unit;
  while (end < text.length && whiteSpace.has(text.charCodeAt(end))) end++;
  return end;
}
