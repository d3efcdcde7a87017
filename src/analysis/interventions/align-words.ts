import { foldWord, type TextToken } from "../../probe/words.ts";
import { unitsOf } from "../words/word-weights.ts";

/** A word of one text and the word of another that stands in its place. */
export interface AlignedWord {
  readonly text: string;
  readonly other: string;
  /** Token places in the first text, and in the other. */
  readonly tokens: readonly number[];
  readonly others: readonly number[];
}

/** Words of two texts side by side. */
export interface Alignment {
  readonly words: readonly AlignedWord[];
  /** Words of the first text, and of the other, that have no partner. */
  readonly alone: readonly string[];
  readonly othersAlone: readonly string[];
}

/**
 * Aligns the words of two texts of any length: the longest common row of equal words (case-blind, special tokens with their like) stays
 * together; of what lies between, as many words on both sides are partners in their order, and others are alone.
 */
export function alignWords(
  tokens: readonly TextToken[],
  otherTokens: readonly TextToken[],
): Alignment {
  const [first, second] = [unitsOf(tokens), unitsOf(otherTokens)];
  const nameOf = ({ text, isSpecial }: (typeof first)[number]) => `${isSpecial} ${foldWord(text)}`;
  const [names, others] = [first.map(nameOf), second.map(nameOf)];
  const words: AlignedWord[] = [];
  const alone: string[] = [];
  const othersAlone: string[] = [];
  const join = (a: number, b: number) =>
    words.push({
      text: first[a]!.text,
      other: second[b]!.text,
      tokens: first[a]!.tokens,
      others: second[b]!.tokens,
    });
  let [a, b] = [0, 0];
  for (const [nextA, nextB] of [
    ...commonRow(names, others),
    [names.length, others.length] as const,
  ]) {
    const between = nextA - a === nextB - b;
    for (let n = 0; n < nextA - a; n++)
      if (between && first[a + n]!.isSpecial === second[b + n]!.isSpecial) join(a + n, b + n);
      else alone.push(first[a + n]!.text);
    for (let n = 0; n < nextB - b; n++)
      if (!between || first[a + n]!.isSpecial !== second[b + n]!.isSpecial)
        othersAlone.push(second[b + n]!.text);
    if (nextA < names.length && nextB < others.length) join(nextA, nextB);
    [a, b] = [nextA + 1, nextB + 1];
  }
  return { words, alone, othersAlone };
}

/** Places of a longest common subsequence, in both lists. */
function commonRow(a: readonly string[], b: readonly string[]): (readonly [number, number])[] {
  const width = b.length + 1;
  // lengths[i][j]: how much a[i..] and b[j..] have in common.
  const lengths = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        a[i] === b[j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
  const pairs: (readonly [number, number])[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!) i++;
    else j++;
  }
  return pairs;
}

/** A token place of the first text, and the places of the other whose mean stands for it. */
export interface AlignedPlace {
  readonly place: number;
  readonly others: readonly number[];
}

/** Piece by piece where both words have as many; else every piece stands for the mean of the other word's pieces. */
export function alignedPlaces({
  words,
}: {
  readonly words: readonly Pick<AlignedWord, "tokens" | "others">[];
}): AlignedPlace[] {
  return words.flatMap(({ tokens, others }) =>
    tokens.map((place, piece) => ({
      place,
      others: tokens.length === others.length ? [others[piece]!] : others,
    })),
  );
}
