import { alignWords } from "heed/analysis";
import type { SeenToken } from "heed/explore";
import { analysisTokens } from "../heads/analysis-tokens.ts";

/** A word of one text and what stands in its place in the other; one of them may be missing. Tokens by number. */
export interface Pair {
  readonly first: WordAt | undefined;
  readonly second: WordAt | undefined;
  /** Whether both are the same word, letter case aside. */
  readonly isSame: boolean;
}

/** A word as it was typed, and its tokens. */
export interface WordAt {
  readonly text: string;
  readonly tokens: readonly number[];
  readonly isSpecial: boolean;
}

/** The words of two texts side by side, in the order of the first; words that are in the second alone stand behind those they follow. */
export function pairsOf(first: readonly SeenToken[], second: readonly SeenToken[]): Pair[] {
  const { words } = alignWords(analysisTokens(first), analysisTokens(second));
  const [own, others] = [wordsOf(first), wordsOf(second)];
  const partnerOf = new Map(words.map(({ tokens, others }) => [tokens[0]!, others[0]!]));
  const pairs: Pair[] = [];
  let next = 0;
  const alone = (until: number): void => {
    while (next < others.length && others[next]!.tokens[0]! < until)
      pairs.push({ first: undefined, second: others[next++], isSame: false });
  };
  for (const word of own) {
    const partner = partnerOf.get(word.tokens[0]!);
    if (partner === undefined) {
      pairs.push({ first: word, second: undefined, isSame: false });
      continue;
    }
    alone(partner);
    const other = others[next++]!;
    const isSame = word.text.toLowerCase() === other.text.toLowerCase();
    pairs.push({ first: word, second: other, isSame });
  }
  alone(Number.POSITIVE_INFINITY);
  return pairs;
}

/** Tokens of the same word together; special tokens are each alone. */
export function wordsOf(tokens: readonly SeenToken[]): WordAt[] {
  const words: { text: string; tokens: number[]; isSpecial: boolean; word?: number }[] = [];
  for (const [token, { text, isSpecial, word }] of tokens.entries()) {
    const last = words.at(-1);
    if (last && word !== undefined && last.word === word) {
      last.text += text.replace(/^##/, "");
      last.tokens.push(token);
    } else words.push({ text, tokens: [token], isSpecial, word });
  }
  return words.map(({ text, tokens, isSpecial }) => ({ text, tokens, isSpecial }));
}

/** The pair that a token of the first or the second text is in. */
export function pairAt(
  pairs: readonly Pair[],
  side: "first" | "second",
  token: number,
): Pair | undefined {
  return pairs.find((pair) => pair[side]?.tokens.includes(token));
}

/** What a word of the first text is held against: itself where the second has it, in its place or once elsewhere, else what stands in its place. */
export function counterpart(
  pairs: readonly Pair[],
  own: WordAt,
  there: readonly WordAt[],
): WordAt | undefined {
  const pair = pairAt(pairs, "first", own.tokens[0]!);
  if (pair?.isSame) return pair.second;
  const same = there.filter(({ text }) => text.toLowerCase() === own.text.toLowerCase());
  return same.length === 1 ? same[0] : pair?.second;
}

/** How much is given to the words of a pair, and how much more in the second text. */
export interface PairWeights {
  readonly pair: Pair;
  readonly first: number;
  readonly second: number;
  readonly difference: number;
}

/** What one row gives each pair in two texts, (S) each; a missing word is given 0, and so is what cannot be looked at. */
export function pairWeights(
  pairs: readonly Pair[],
  first: ArrayLike<number>,
  second: ArrayLike<number>,
): PairWeights[] {
  return pairs.map((pair) => {
    const [a, b] = [given(first, pair.first), given(second, pair.second)];
    return { pair, first: a, second: b, difference: b - a };
  });
}

/** Every head by the share of its attention that goes to other words in the second text, (L, H): half the sum of all differences. */
export function headDifferences(
  pairs: readonly Pair[],
  first: Float32Array,
  second: Float32Array,
  count: number,
): Float32Array {
  const [S, R] = [first.length / count, second.length / count];
  return Float32Array.from({ length: count }, (_, head) => {
    const rows = [
      first.subarray(head * S, (head + 1) * S),
      second.subarray(head * R, (head + 1) * R),
    ] as const;
    if (rows.some((row) => row.every(Number.isNaN))) return Number.NaN;
    const all = pairWeights(pairs, ...rows);
    return all.reduce((sum, { difference }) => sum + Math.abs(difference), 0) / 2;
  });
}

function given(row: ArrayLike<number>, word: WordAt | undefined): number {
  return (word?.tokens ?? [])
    .map((token) => row[token]!)
    .reduce((sum, weight) => (Number.isNaN(weight) ? sum : sum + weight), 0);
}
