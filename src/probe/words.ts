import { SiteError } from "../errors/errors.ts";
import type { Token } from "../tokens/tokenizer.ts";

/** One index or several: 3, [0, 2], "2..5" (2, 3, 4), { start, end }; for tokens a word, a contraction or a phrase: "it", "isn't", "the mat#2"; for heads an address: "L5H11". */
export type Which =
  | number
  | string
  | readonly (number | string)[]
  | { readonly start: number; readonly end: number };

/** A token of a run, with what it is in the text itself. */
export interface TextToken extends Token {
  /** The characters it stands for as they were typed, without blanks around: "cat" for "Ġcat"; the token's own text when it is special. */
  readonly surface: string;
  /** Whether a new word begins here: at a blank, at punctuation, or where the tokenizer split. */
  readonly startsWord: boolean;
  /** Whether it stands right behind the token before it, with no blank between: "'" and "t" of "isn't". */
  readonly glued?: boolean;
  /** Whether it stands for blanks and nothing else: then its surface is its own text, "Ċ". */
  readonly blank?: boolean;
}

/** A word of a text as it was typed, or several that were asked for as one: the pieces lie at these token indices. */
export interface Word {
  readonly text: string;
  readonly tokens: readonly number[];
}

/** The words of one row of tokens, in order; special tokens are no words. A character that two pieces cover is in the word once. */
export function wordsOf(tokens: readonly TextToken[]): Word[] {
  const words: { text: string; tokens: number[]; start: number; end: number }[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token.special) continue;
    const last = words.at(-1);
    if (last && !token.startsWord && last.tokens.at(-1) === index - 1) {
      last.tokens.push(index);
      const hasCharacters = token.end > token.start;
      // A blank, or a part of a character, that begins a word is none of its text; nor is a part of one that ends it.
      if (hasCharacters && (last.end === last.start || tokens[index - 1]!.blank))
        last.text = token.surface;
      else if (hasCharacters || last.end === last.start)
        last.text += token.surface.slice(Math.max(0, last.end - token.start));
      last.end = Math.max(last.end, token.end);
    } else {
      const { surface: text, start, end } = token;
      words.push({ text, tokens: [index], start, end });
    }
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

/**
 * The word a person means, matched in the text as it was typed, case-blind: a word, a piece of one, a special token by its text, or several
 * words in a row: a contraction ("isn't"), a phrase ("the mat"), which lies in one text. `the#2` is the second "the".
 */
export function findWord(name: string, tokens: readonly TextToken[], place: string): Word {
  const numbered = /^(.+)#(\d+)$/su.exec(name);
  const words = wordsOf(tokens);
  const exact = wordsNamed(name, words, tokens);
  if (exact.length === 1) return exact[0]!;
  if (exact.length > 1) {
    const choices = exact.map((word, n) => `${name}#${n + 1} (token ${word.tokens[0]})`);
    throw new SiteError(
      `${place}: "${name}" stands ${exact.length} times in the text. Say which: ${choices.join(", ")}`,
    );
  }
  const alike = numbered ? wordsNamed(numbered[1]!, words, tokens) : [];
  const chosen = alike[Number(numbered?.[2]) - 1];
  if (chosen) return chosen;
  if (/^\d+$/.test(name) && Number(name) < tokens.length)
    return { text: tokens[Number(name)]!.surface, tokens: [Number(name)] };
  if (alike.length > 0)
    throw new SiteError(
      `${place}: no word "${name}" in the text: "${numbered![1]}" stands ${alike.length === 1 ? "once" : `${alike.length} times, the last is ${numbered![1]}#${alike.length}`}`,
    );
  const special = [...new Set(tokens.filter((token) => token.special).map(({ text }) => text))];
  const others = special.length > 0 ? `; special tokens are ${special.join(" ")}` : "";
  throw new SiteError(
    `${place}: no word "${name}" in the text. Its words: ${words.map((word) => word.text).join(" ")}${others}`,
  );
}

/** Whether the tokens hold what a name means, once or several times. */
export function hasWord(name: string, tokens: readonly TextToken[]): boolean {
  const words = wordsOf(tokens);
  const bare = name.replace(/^(.+)#\d+$/su, "$1");
  const isToken = /^\d+$/.test(name) && Number(name) < tokens.length;
  return isToken || [name, bare].some((one) => wordsNamed(one, words, tokens).length > 0);
}

/** All that a name may mean: whole words before pieces, one before several in a row. */
function wordsNamed(name: string, words: readonly Word[], tokens: readonly TextToken[]): Word[] {
  const wanted = foldWord(name);
  if (wanted === "") return [];
  const found = words.filter((word) => foldWord(word.text) === wanted);
  if (found.length > 0) return found;
  const pieces = piecesOf(tokens);
  const named = pieces.flatMap((piece) =>
    foldWord(piece.text) === wanted
      ? [piece]
      : piece.tokens
          .filter((index) => tokens[index]!.text === name)
          .map((index) => ({ text: tokens[index]!.surface, tokens: [index] })),
  );
  if (named.length > 0) return named;
  const phrases = runsNamed(wanted, words, tokens);
  return phrases.length > 0 ? phrases : runsNamed(wanted, pieces, tokens);
}

/** Tokens one by one; those that share their characters, as bytes of an emoji do, are one. */
function piecesOf(tokens: readonly TextToken[]): Word[] {
  const pieces: { text: string; tokens: number[] }[] = [];
  for (const [index, { surface, start, end, sequence }] of tokens.entries()) {
    const before = tokens[index - 1];
    if (
      end > start &&
      before?.sequence === sequence &&
      before.start === start &&
      before.end === end
    )
      pieces.at(-1)!.tokens.push(index);
    else pieces.push({ text: surface, tokens: [index] });
  }
  return pieces;
}

/** Two units or more, one behind the other in one text, that read as the folded name. */
function runsNamed(wanted: string, units: readonly Word[], tokens: readonly TextToken[]): Word[] {
  return units.flatMap((unit, first) => {
    if (unit.tokens.every((index) => tokens[index]!.blank)) return [];
    for (let end = first + 1; end <= units.length; end++) {
      const run = units.slice(first, end);
      if (end > first + 1 && !isBehind(run.at(-2)!, run.at(-1)!, tokens)) return [];
      const joined = joinWords(run, tokens);
      const folded = foldWord(joined.text);
      if (folded === wanted && run.length > 1) return [joined];
      if (!wanted.startsWith(folded)) return [];
    }
    return [];
  });
}

/** Whether a unit comes right after another in the same text. */
function isBehind(before: Word, after: Word, tokens: readonly TextToken[]): boolean {
  const [last, next] = [tokens[before.tokens.at(-1)!]!, tokens[after.tokens[0]!]!];
  return (
    after.tokens[0] === before.tokens.at(-1)! + 1 &&
    !last.special &&
    !next.special &&
    last.sequence === next.sequence
  );
}

/** Words in a row as one, with a blank where one was typed. */
export function joinWords(words: readonly Word[], tokens: readonly TextToken[]): Word {
  const text = words.reduce((joined, word, n) => {
    const { glued, startsWord, blank } = tokens[word.tokens[0]!]!;
    if (blank && word.tokens.length === 1) return joined;
    return n === 0 || glued || !startsWord ? joined + word.text : `${joined} ${word.text}`;
  }, "");
  return { text, tokens: words.flatMap((word) => word.tokens) };
}

/** A word as it is compared: case-blind, compatible characters, marks in either form, apostrophes, hyphens and blanks alike. */
export function foldWord(text: string): string {
  return text
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll("ς", "σ")
    .replace(/[\u2018\u2019\u02bc]/g, "'")
    .replaceAll("\u2010", "-")
    .replace(/\s+/gu, " ")
    .trim();
}
