import { InputError, ShapeError } from "../../errors/errors.ts";
import { allHeads, type HeadAddress } from "../../probe/head-address.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { cosine } from "../linear/vectors.ts";
import type { WordWeights } from "./word-weights.ts";

/** A head in which a word looks otherwise in a second text. */
export interface HeadChange extends HeadAddress {
  /** Weights on each target in the first text, and in the second. */
  readonly first: readonly number[];
  readonly second: readonly number[];
  /** The sum of |first − second| over the targets. */
  readonly change: number;
}

/** One word in two texts: the units it is, and the units it may look at, in each. */
export interface WordPair {
  readonly focus: readonly [number, number];
  readonly targets: readonly (readonly [number, number])[];
}

/** Words of the same spelling in both texts, the first with the first, the second with the second; in the order of the first text, without the focus. */
export function sharedWords(
  first: WordWeights,
  second: WordWeights,
  focus: readonly [number, number],
): (readonly [number, number])[] {
  const places = (weights: WordWeights) => {
    const found = new Map<string, number[]>();
    for (const [unit, { text, isSpecial }] of weights.units.entries()) {
      const name = text.toLowerCase();
      if (!isSpecial) found.set(name, [...(found.get(name) ?? []), unit]);
    }
    return found;
  };
  const others = places(second);
  return [...places(first)]
    .flatMap(([text, units]) => {
      const there = others.get(text) ?? [];
      return units.slice(0, there.length).map((unit, n) => [unit, there[n]!] as const);
    })
    .filter(([a, b]) => a !== focus[0] && b !== focus[1])
    .sort((a, b) => a[0] - b[0]);
}

/** Heads by how much the weights on the targets change, most first. */
export function headChanges(
  first: WordWeights,
  second: WordWeights,
  { focus, targets }: WordPair,
): HeadChange[] {
  if (targets.length === 0)
    throw new InputError("compare: needs at least one word to look at, got none");
  return allHeads(first)
    .map((head) => {
      const a = targets.map(([target]) => first.weight(head, focus[0], target));
      const b = targets.map(([, target]) => second.weight(head, focus[1], target));
      const change = a.reduce((sum, weight, n) => sum + Math.abs(weight - b[n]!), 0);
      return { ...head, first: a, second: b, change };
    })
    .sort((a, b) => b.change - a.change);
}

/** Cosine distance, 1 − a·b / (‖a‖‖b‖): 0 for the same direction, 1 for none in common, 2 for opposite ones. */
export function cosineDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length)
    throw new ShapeError(`cosineDistance: vectors of ${a.length} and ${b.length} numbers`);
  const alike = cosine(a, b);
  return Number.isNaN(alike) ? 1 : 1 - alike;
}

/** The vector of a word in a stream (B, T, C): the mean of its pieces' rows. */
export function wordVector(stream: Tensor, tokens: readonly number[], text = 0): Float64Array {
  const [, T, C] = stream.shape as readonly [number, number, number];
  const total = new Float64Array(C);
  for (const token of tokens)
    for (let c = 0; c < C; c++)
      total[c]! += stream.data[(text * T + token) * C + c]! / tokens.length;
  return total;
}
