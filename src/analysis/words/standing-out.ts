import { allHeads, type HeadAddress } from "../../probe/head-address.ts";
import { foldWord, type TextToken } from "../../probe/words.ts";
import type { Look } from "./focus.ts";
import { hasLetters } from "./letters.ts";
import type { WordWeights } from "./word-weights.ts";

/** So many other looks, spread over the text, say what a head does whoever looks. */
const most = 12;

/** Words that stand so near on either side are not found where there are others. */
export const neighbours = 1;

/** A look, and what of it neither the word looked at nor its distance explains. */
export interface StandingLook extends Look {
  /** Its weight less what its head gives that word, or a word as far away, whoever looks: -1 to 1. */
  readonly excess: number;
}

/**
 * The look of a unit that stands out most: at the word that a head gives most of all others, of which it makes more than it makes of that
 * word for others (a habit, a sink) and more than of whatever stands as far away (a head of places). Only the rarer half of the words is
 * found, where `rareness` tells: articles and copulas are looked at for other reasons; and none beside it. Undefined where no head has one.
 */
export function standingOut(
  weights: WordWeights,
  query: number,
  rareness: (unit: number) => number = () => 0,
): StandingLook | undefined {
  const { words, rest } = weights;
  const others = words.filter(
    (key) => key !== query && key !== rest && weights.canLook(query, key),
  );
  const found = rarerKeys(weights, query, others, rareness);
  let best: StandingLook | undefined;
  for (const head of found.length > 0 ? allHeads(weights) : []) {
    const given = others.map((unit) => ({ unit, weight: weights.weight(head, query, unit) }));
    const { unit, weight } = given.reduce((a, b) => (b.weight > a.weight ? b : a));
    // What is expected of a look only makes less of it.
    if (!found.includes(unit) || (best && weight <= best.excess)) continue;
    const excess = weight - expected(weights, head, query, unit);
    if (!best || excess > best.excess) best = { ...head, unit, weight, excess };
  }
  return best;
}

/**
 * How rare words are, by the sum of the ids of each one's tokens: vocabularies of merges and pieces are roughly by frequency, and a word is
 * rarer than its pieces. A word is as rare whether it begins a sentence or not.
 */
export function rarenessIn(
  { units }: WordWeights,
  tokens: readonly Pick<TextToken, "id">[],
): (unit: number) => number {
  const least = new Map<string, number>();
  for (const { text, tokens: own } of units) {
    const sum = own.reduce((all, token) => all + tokens[token]!.id, 0);
    least.set(foldWord(text), Math.min(sum, least.get(foldWord(text)) ?? Infinity));
  }
  return (unit) => least.get(foldWord(units[unit]!.text))!;
}

/** The rarer half of the words that a unit can look at, and those as rare as its last; its neighbour only where there is no other. */
function rarerKeys(
  weights: WordWeights,
  query: number,
  all: readonly number[],
  rareness: (unit: number) => number,
): number[] {
  const others = all.filter((key) => hasLetters(weights, key));
  const far = others.filter((key) => weights.distance(query, key) > neighbours);
  const keys = far.length > 0 ? far : others;
  const ranks = keys.map(rareness).sort((a, b) => b - a);
  const least = ranks[Math.ceil(ranks.length / 2) - 1] ?? 0;
  return keys.filter((key) => rareness(key) >= least);
}

/** What a head gives without reading: to this word from others, or so far back from others. */
function expected(weights: WordWeights, head: HeadAddress, query: number, key: number): number {
  const { words, units } = weights;
  const far = units[query]!.tokens[0]! - units[key]!.tokens[0]!;
  const wordAt = new Map(
    words.flatMap((word) => units[word]!.tokens.map((token) => [token, word])),
  );
  const others = words.filter(
    (other) => other !== query && other !== key && weights.canLook(other, key),
  );
  const places = words.flatMap((other) => {
    const there = wordAt.get(units[other]!.tokens[0]! - far);
    return other === query || there === undefined ? [] : [[other, there] as const];
  });
  const habit = spread(others).map((other) => weights.weight(head, other, key));
  const place = spread(places).map(([from, to]) => weights.weight(head, from, to));
  return Math.max(mean(habit), mean(place));
}

function spread<Item>(all: readonly Item[]): Item[] {
  const count = Math.min(most, all.length);
  return Array.from({ length: count }, (_, n) => all[Math.floor((n * all.length) / count)]!);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value / values.length, 0);
}
