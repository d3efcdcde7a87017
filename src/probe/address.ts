import { SiteError } from "../errors/errors.ts";
import type { Token } from "../tokens/tokenizer.ts";

/** One index or several: 3, [0, 2], "2..5" (2, 3, 4), { start, end }; for tokens a word: "it", "the#2"; for heads an address: "L5H11". */
export type Which =
  | number
  | string
  | readonly (number | string)[]
  | { readonly start: number; readonly end: number };

/** A head's address: layer and head count from 0. */
export interface HeadAddress {
  readonly layer: number;
  readonly head: number;
}

/** "L5H11" → layer 5, head 11. */
export function parseHead(text: string): HeadAddress {
  const match = /^L(\d+)H(\d+)$/i.exec(text.trim());
  if (!match)
    throw new SiteError(
      `"${text}" is no head. A head is written L5H11: layer 5, head 11, both counted from 0`,
    );
  return { layer: Number(match[1]), head: Number(match[2]) };
}

/** Layer 5, head 11 → "L5H11". */
export function formatHead({ layer, head }: HeadAddress): string {
  return `L${layer}H${head}`;
}

/** A token of a run, with what it is in the text itself. */
export interface TextToken extends Token {
  /** The characters it stands for, without blanks around: "cat" for "Ġcat"; the token's own text when it is special. */
  readonly surface: string;
  /** Whether a new word begins here: at a blank, at punctuation, or where the tokenizer split. */
  readonly startsWord: boolean;
}

/** A word of a text: its pieces lie at these token indices. */
export interface Word {
  readonly text: string;
  readonly tokens: readonly number[];
}

/** The words of one row of tokens, in order; special tokens are no words. A character that two pieces cover is in the word once. */
export function wordsOf(tokens: readonly TextToken[]): Word[] {
  const words: { text: string; tokens: number[]; end: number }[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token.special) continue;
    const last = words.at(-1);
    if (last && !token.startsWord && last.tokens.at(-1) === index - 1) {
      last.tokens.push(index);
      last.text += token.surface.slice(Math.max(0, last.end - token.start));
      last.end = Math.max(last.end, token.end);
    } else words.push({ tokens: [index], text: token.surface, end: token.end });
  }
  return words.map(({ text, tokens }) => ({ text, tokens }));
}

/** Token indices a query or a key names in one row; several pieces of a word are all of them. */
export function tokensNamed(which: Which, tokens: readonly TextToken[], place: string): number[] {
  return indicesOf(which, tokens.length, place, (name) => findWord(name, tokens, place).tokens);
}

/** Indices named by number, list or range; `byName` resolves anything else that is text. */
export function indicesOf(
  which: Which,
  length: number,
  place: string,
  byName?: (name: string) => readonly number[],
): number[] {
  if (typeof which === "number") return [checkedIndex(which, length, place)];
  if (typeof which === "string") {
    const range = /^(\d+)\.\.(\d+)$/.exec(which);
    if (range) return indicesOf({ start: Number(range[1]), end: Number(range[2]) }, length, place);
    if (byName) return [...byName(which)];
    if (/^-?\d+$/.test(which)) return [checkedIndex(Number(which), length, place)];
    throw new SiteError(`${place}: "${which}" is neither an index nor a range such as 2..5`);
  }
  if (typeof which !== "object" || which === null)
    throw new SiteError(
      `${place}: needs an index, a list, a range or a word, got ${JSON.stringify(which)}`,
    );
  if ("start" in which) {
    const { start, end } = which;
    if (start >= end) throw new SiteError(`${place}: the range ${start}..${end} holds nothing`);
    checkedIndex(end - 1, length, place);
    return Array.from({ length: end - start }, (_, step) =>
      checkedIndex(start + step, length, place),
    );
  }
  if (which.length === 0) throw new SiteError(`${place}: an empty list names nothing`);
  return which.flatMap((one) => indicesOf(one, length, place, byName));
}

function checkedIndex(index: number, length: number, place: string): number {
  const counted = index < 0 ? index + length : index;
  if (!Number.isInteger(index) || counted < 0 || counted >= length)
    throw new SiteError(`${place}: index ${index}, but there are ${length}: 0 to ${length - 1}`);
  return counted;
}

/** The word a person means: case-blind; `the#2` is the second "the"; a special token by its text. */
export function findWord(name: string, tokens: readonly TextToken[], place: string): Word {
  const numbered = /^(.+)#(\d+)$/su.exec(name);
  const words = wordsOf(tokens);
  const matching = (text: string): Word[] => {
    const found = words.filter((word) => foldWord(word.text) === foldWord(text));
    return found.length > 0 ? found : piecesNamed(text, tokens);
  };
  const exact = matching(name);
  if (exact.length === 1) return exact[0]!;
  if (exact.length > 1) {
    const choices = exact.map((word, n) => `${name}#${n + 1} (token ${word.tokens[0]})`);
    throw new SiteError(
      `${place}: "${name}" stands ${exact.length} times in the text. Say which: ${choices.join(", ")}`,
    );
  }
  const chosen = numbered && matching(numbered[1]!)[Number(numbered[2]) - 1];
  if (chosen) return chosen;
  if (/^\d+$/.test(name) && Number(name) < tokens.length)
    return { text: tokens[Number(name)]!.surface, tokens: [Number(name)] };
  throw new SiteError(
    `${place}: no word "${name}" in the text. Its words: ${words.map((word) => word.text).join(" ")}`,
  );
}

function piecesNamed(text: string, tokens: readonly TextToken[]): Word[] {
  return [...tokens.entries()]
    .filter(([, token]) => token.text === text || foldWord(token.surface) === foldWord(text))
    .map(([index, token]) => ({ text: token.surface, tokens: [index] }));
}

/** A word as it is compared: case-blind, with compatible characters alike. */
export function foldWord(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}
