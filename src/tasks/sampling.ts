import { InputError } from "../errors/errors.ts";
import type { WritingSettings } from "./writing/settings.ts";
import { softmax, warped } from "./writing/warpers.ts";

/** Chooses tokens, row by row. */
export interface Sampler {
  /** What the choices come from; undefined where nothing is left to chance. */
  readonly seed: number | undefined;
  /** The next id of a row, from its scores (V), which the processors have been over. */
  next(row: number, scores: Float32Array): number;
  /** Several different ids of a row, each drawn from what the others leave. */
  several(row: number, scores: Float32Array, count: number): number[];
}

/**
 * A sampler: the likeliest token, or one by chance of what the warpers leave. Each row draws from numbers of its own, so that what
 * a prompt becomes does not depend on its neighbours.
 */
export function makeSampler(settings: WritingSettings, rows: number): Sampler {
  if (!settings.doSample)
    return {
      seed: undefined,
      next: (_, scores) => likeliest(scores),
      several: (_, scores, count) => [...descending(scores)].slice(0, count),
    };
  const seed = settings.seed ?? Math.floor(Math.random() * 2 ** 32);
  const draws = Array.from({ length: rows }, (_, row) => makeRandom(seed, row));
  return {
    seed,
    next: (row, scores) => {
      likeliest(scores);
      return draw(softmax(warped(scores, settings)), draws[row]!());
    },
    several: (row, scores, count) => {
      likeliest(scores);
      const weights = softmax(scores);
      return Array.from({ length: Math.min(count, scores.length) }, () => {
        const id = draw(weights, draws[row]!());
        weights[id] = 0;
        return id;
      });
    },
  };
}

/**
 * Numbers from 0 up to 1, without 1: xoshiro128** (Blackman & Vigna 2018), 32 bits a number, its state filled by SplitMix32
 * from the seed; each stream is a sequence of its own.
 */
export function makeRandom(seed: number, stream = 0): () => number {
  let word = (seed + Math.imul(stream, 0x632be59b)) >>> 0;
  const fill = () => {
    word = (word + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  let [a, b, c, d] = [fill(), fill(), fill(), fill()] as [number, number, number, number];
  const turned = (x: number, bits: number) => ((x << bits) | (x >>> (32 - bits))) >>> 0;
  return () => {
    const result = Math.imul(turned(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = turned(d, 11);
    return result / 2 ** 32;
  };
}

/** The id with the largest score; the first of several. Throws InputError for scores among which none can be chosen. */
function likeliest(scores: Float32Array): number {
  let best = 0;
  for (let id = 0; id < scores.length; id++) {
    if (Number.isNaN(scores[id])) throw notFinite(Number.NaN);
    if (scores[id]! > scores[best]!) best = id;
  }
  if (!Number.isFinite(scores[best])) throw notFinite(scores[best]);
  return best;
}

function notFinite(score: number | undefined): InputError {
  const cause = score === -Infinity ? "every token is forbidden: " : "";
  return new InputError(
    `generate: ${cause}the logits are not finite numbers (${score}), so no token can be chosen. Does a patch or an option make them so?`,
  );
}

/** Ids by falling score. */
function descending(scores: Float32Array): number[] {
  return [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!);
}

/** The id at a place from 0 to 1 of the weights laid end to end. */
function draw(weights: Float64Array, place: number): number {
  let rest = place * weights.reduce((sum, weight) => sum + weight, 0);
  let chosen = 0;
  for (const [id, weight] of weights.entries()) {
    if (weight === 0) continue;
    chosen = id;
    rest -= weight;
    if (rest < 0) break;
  }
  return chosen;
}
