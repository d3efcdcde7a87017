import { InputError, ShapeError } from "../../errors/errors.ts";
import { expectKeys } from "../../errors/options.ts";
import { allHeads, type HeadAddress } from "../../probe/head-address.ts";
import type { Kept } from "../../probe/kept.ts";
import { foldWord, joinWords, type TextToken, type Word, wordsOf } from "../../probe/words.ts";
import { formatShape } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";

/** A word of the text, or a special token, which stands alone. */
export interface Unit extends Word {
  readonly isSpecial: boolean;
}

/** Words and special tokens of a text that is looked at, and which of them are words. */
export type KeyUnits = Pick<WordWeights, "units" | "words">;

/** Attention between words: pieces of a word are summed over keys and averaged over queries. */
export interface WordWeights {
  readonly layers: number;
  readonly heads: number;
  /** The heads that are looked at; all if not given. */
  readonly only?: readonly HeadAddress[];
  /** Words and special tokens that look, in the order of the text. */
  readonly units: readonly Unit[];
  /** Which units are words, in order. */
  readonly words: readonly number[];
  /** The words looked at, where they are another text's (cross attention); the units themselves if not given. */
  readonly keys?: KeyUnits;
  /** The first word, where most heads rest on it whoever looks (`restOf`): no word is found by that. */
  readonly rest?: number;
  /** How many words lie between two units, counted in words: 1 for neighbours; between two texts Infinity. */
  distance(query: number, key: number): number;
  /** Whether a unit can look at another at all: in a causal model only at itself and what came before. */
  canLook(query: number, key: number): boolean;
  /** How much one unit looks at another in one head, 0 to 1. */
  weight(head: HeadAddress, query: number, key: number): number;
}

/**
 * Words and special tokens of one row, in order. Several words that were asked for as one, in `asked`, are one unit. Throws InputError
 * where two of them share a word.
 */
export function unitsOf(tokens: readonly TextToken[], asked: readonly Word[] = []): Unit[] {
  const words = withPhrases(tokens, asked).map((word) => ({ ...word, isSpecial: false }));
  const specials = [...tokens.entries()]
    .filter(([, token]) => token.special)
    .map(([index, token]) => ({ text: token.surface, tokens: [index], isSpecial: true }));
  return [...words, ...specials].sort((a, b) => a.tokens[0]! - b.tokens[0]!);
}

/** The words of a row, with those that were asked for together as one. */
function withPhrases(tokens: readonly TextToken[], asked: readonly Word[]): Word[] {
  const words = wordsOf(tokens);
  const isSame = (a: readonly Word[], b: readonly Word[]) =>
    a.length === b.length && a.every((word, n) => word === b[n]);
  // A piece stands for its word.
  const wholes = asked.map(({ tokens: own }) =>
    words.filter((word) => word.tokens.some((token) => own.includes(token))),
  );
  for (const phrase of wholes)
    for (const other of wholes)
      if (phrase.some((word) => other.includes(word)) && !isSame(phrase, other)) {
        const [one, two] = [phrase, other].map((run) => joinWords(run, tokens).text);
        throw new InputError(
          `"${one}" and "${two}" share a word, and each is asked for as one. Ask for one of them`,
        );
      }
  const phrases = wholes.filter((phrase) => phrase.length > 1);
  return words.flatMap((word) => {
    const phrase = phrases.find((run) => run.includes(word));
    if (!phrase) return [word];
    return phrase[0] === word ? [joinWords(phrase, tokens)] : [];
  });
}

/** Each unit as a person can ask for it: a word that stands several times is counted, "the#2", whatever its case. */
export function askedNames(units: readonly Unit[]): string[] {
  const names = units.map(nameOfUnit);
  return units.map(({ text }, index) => {
    const own = names[index];
    const before = names.slice(0, index).filter((name) => name === own).length;
    return before > 0 || names.indexOf(own!, index + 1) >= 0 ? `${text}#${before + 1}` : text;
  });
}

/** Each unit's label in print: numbered as it can be asked for where the same spelling stands several times. */
export function labelsOfUnits(units: readonly Unit[]): string[] {
  return units.map((_, unit) => labelOfUnit(units, unit));
}

/** The label of one of them. */
export function labelOfUnit(units: readonly Unit[], unit: number): string {
  const { text } = units[unit]!;
  if (!units.some((other, index) => index !== unit && other.text === text)) return text;
  const [own, ...before] = units
    .slice(0, unit + 1)
    .reverse()
    .map(nameOfUnit);
  return `${text}#${before.filter((name) => name === own).length + 1}`;
}

/** What units are told apart by, whatever their case. */
function nameOfUnit({ text, isSpecial }: Unit): string {
  return `${isSpecial} ${foldWord(text)}`;
}

/** How `wordWeights` takes the weights. */
export interface WordWeightsOptions {
  /** The row of the batch. */
  readonly text?: number;
  readonly isCausal?: boolean;
  /** The heads that are looked at, all if not given; a layer that has none of them may be undefined. */
  readonly only?: readonly HeadAddress[];
  /** Words that are several in a row ("isn't", "the mat") and are one here. */
  readonly asked?: readonly Word[];
  /** The tokens looked at (S), where they are another text's, and its words that are one here. */
  readonly keys?: { readonly tokens: readonly TextToken[]; readonly asked?: readonly Word[] };
}

/**
 * Weights between the words of one text, or of a decoder's words at the encoder's: (B, H, T, S) a layer, of which row `text` is taken.
 * Throws ShapeError where the weights are of other tokens.
 */
export function wordWeights(
  weights: readonly (Kept | undefined)[],
  tokens: readonly TextToken[],
  options: WordWeightsOptions = {},
): WordWeights {
  expectKeys(
    options,
    { text: true, isCausal: true, only: true, asked: true, keys: true },
    "wordWeights",
  );
  const { text = 0, isCausal = false, only, asked, keys } = options;
  const units = unitsOf(tokens, asked);
  const keyTokens = keys?.tokens ?? tokens;
  const keyUnits = keys ? unitsOf(keys.tokens, keys.asked) : units;
  const first = weights.find((numbers) => numbers !== undefined);
  const [, heads = 0, T, S] = first?.shape ?? [];
  if (T !== tokens.length || S !== keyTokens.length)
    throw new ShapeError(
      `wordWeights: ${keys ? `${tokens.length} tokens that look at ${keyTokens.length}` : `${tokens.length} tokens`}, but weights ${first && formatShape(first.shape)}; they must be read whole`,
    );
  const layers = weights.map((numbers) => numbers && numbersOf(numbers, text));
  const found: WordWeights = {
    layers: weights.length,
    heads,
    ...(only && { only }),
    units,
    ...wordOrder(units),
    ...(keys && {
      keys: { units: keyUnits, words: wordOrder(keyUnits).words },
      distance: () => Number.POSITIVE_INFINITY,
    }),
    canLook: (query, key) => !isCausal || key <= query,
    weight({ layer, head }, query, key) {
      const numberAt = layers[layer]!;
      let total = 0;
      for (const t of units[query]!.tokens)
        for (const s of keyUnits[key]!.tokens) total += numberAt(head, t, s);
      return total / units[query]!.tokens.length;
    },
  };
  return { ...found, ...(isCausal && !keys && { rest: restOf(found) }) };
}

/** So many queries, spread over the text, say whether its first word is rested on. */
const asked = 6;

/** From here on a query has enough words to look at for an even share to be small. */
const leastPlaces = 4;

/**
 * The first word, where words look at it with twice what an even look would give, averaged over all heads: what a model without a special
 * token in front takes for one, an attention sink (Xiao et al. 2023, arXiv 2309.17453). Undefined where there is none, and in texts too short
 * to tell.
 */
function restOf(weights: WordWeights): number | undefined {
  const [first, ...rest] = weights.units.keys();
  if (first === undefined || weights.units[first]!.isSpecial) return undefined;
  const queries = rest.filter((query) => query + 1 >= leastPlaces);
  const step = Math.max(1, Math.floor(queries.length / asked));
  const some = queries.filter((_, place) => place % step === 0).slice(0, asked);
  const heads = allHeads(weights);
  let [share, even] = [0, 0];
  for (const query of some) {
    even += 1 / (query + 1);
    for (const head of heads) share += weights.weight(head, query, first) / heads.length;
  }
  return some.length > 0 && share >= 2 * even ? first : undefined;
}

/** A layer's numbers, one by one; rows that are not kept are made as far as they are asked for. */
export function numbersOf(
  weights: Kept,
  text: number,
): (head: number, t: number, s: number) => number {
  const [, H, T, S] = weights.shape as readonly [number, number, number, number];
  if (weights instanceof Tensor) {
    const { data } = weights;
    return (head, t, s) => data[((text * H + head) * T + t) * S + s]!;
  }
  let last = { head: -1, t: -1, numberAt: (_key: number) => 0 };
  return (head, t, s) => {
    if (last.head !== head || last.t !== t)
      last = { head, t, numberAt: weights.rowOf(text, head, t) };
    return last.numberAt(s);
  };
}

/** Which units are words, and how far apart two of them stand. */
export function wordOrder(units: readonly Unit[]): Pick<WordWeights, "words" | "distance"> {
  const words = [...units.keys()].filter((unit) => !units[unit]!.isSpecial);
  const order = new Map(words.map((unit, number) => [unit, number]));
  return { words, distance: (a, b) => Math.abs((order.get(a) ?? -1) - (order.get(b) ?? -1)) };
}
