import { InputError } from "../errors/errors.ts";

/** How the next token is chosen. Without temperature, topK and topP it is always the likeliest. */
export interface SamplingOptions {
  /** What the logits are divided by before the softmax; 1 where only topK or topP is given, 0 for the likeliest token. */
  readonly temperature?: number;
  /** Only the k likeliest tokens, and those exactly as likely as the k-th. */
  readonly topK?: number;
  /** Only the likeliest tokens that together have this probability; from 0 (one token) to 1 (all). */
  readonly topP?: number;
  /** Logits of tokens that are there already are divided by this where positive, multiplied where negative (Keskar et al. 2019). */
  readonly repetitionPenalty?: number;
  /** The same seed chooses the same tokens: a whole number from 0 to 2³² − 1. */
  readonly seed?: number;
}

/** Chooses tokens, row by row. */
export interface Sampler {
  /** What the choices come from; undefined where nothing is left to chance. */
  readonly seed: number | undefined;
  /** The next id of a row, from its logits (V) and the ids before. */
  next(row: number, logits: Float32Array, earlier: readonly number[]): number;
}

/**
 * A sampler: repetition penalty, temperature, top-k and top-p in the order of transformers' logits processors. Each row
 * draws from numbers of its own, so that what a prompt becomes does not depend on its neighbours. Throws InputError for values that make no sense.
 */
export function makeSampler(options: SamplingOptions, rows: number): Sampler {
  check(options);
  const { temperature, topK, topP } = options;
  const isSampled = temperature !== 0 && [temperature, topK, topP].some(isGiven);
  if (!isSampled)
    return {
      seed: undefined,
      next: (_, logits, earlier) => likeliest(penalized(logits, earlier, options)),
    };
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 32);
  const draws = Array.from({ length: rows }, (_, row) => makeRandom(seed, row));
  return {
    seed,
    next: (row, logits, earlier) => draw(candidates(logits, earlier, options), draws[row]!()),
  };
}

/** Ids that may come next, and how likely they are: weight / total. */
export interface Candidates {
  readonly ids: readonly number[];
  readonly weights: Float64Array;
  readonly total: number;
}

/** What is left of the logits (V) of one row, with the ids before it, after penalty, temperature, top-k and top-p. */
export function candidates(
  logits: Float32Array,
  earlier: readonly number[],
  options: SamplingOptions,
): Candidates {
  const { temperature = 1, topK, topP = 1 } = options;
  const scores = penalized(logits, earlier, options).map((score) => score / temperature);
  const kept = weighed(scores, top(scores, topK));
  return topP < 1 ? weighed(scores, nucleus(kept, topP)) : kept;
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

function check({ temperature, topK, topP, repetitionPenalty, seed }: SamplingOptions): void {
  const refuse = (name: string, value: unknown, rule: string): never => {
    throw new InputError(`generate: ${name} is ${value}; it must be ${rule}`);
  };
  if (isGiven(temperature) && !(Number.isFinite(temperature) && temperature >= 0))
    refuse("temperature", temperature, "a number from 0");
  if (isGiven(topK) && !(Number.isInteger(topK) && topK >= 1))
    refuse("topK", topK, "a whole number from 1");
  if (isGiven(topP) && !(topP >= 0 && topP <= 1)) refuse("topP", topP, "a number from 0 to 1");
  if (isGiven(repetitionPenalty) && !(Number.isFinite(repetitionPenalty) && repetitionPenalty > 0))
    refuse("repetitionPenalty", repetitionPenalty, "a number above 0");
  if (isGiven(seed) && !(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32))
    refuse("seed", seed, "a whole number from 0 to 2³² − 1");
  if (temperature === 0 && (isGiven(topK) || isGiven(topP)))
    refuse("temperature", 0, "above 0 where topK or topP lets chance choose among several tokens");
  if (isGiven(seed) && ![temperature || undefined, topK, topP].some(isGiven))
    throw new InputError(
      "generate: a seed changes nothing while the likeliest token is taken. Give temperature, topK or topP too",
    );
}

function isGiven<T>(value: T | undefined): value is T {
  return value !== undefined;
}

function penalized(
  logits: Float32Array,
  earlier: readonly number[],
  { repetitionPenalty: penalty = 1 }: SamplingOptions,
): Float32Array {
  if (logits.some((logit) => Number.isNaN(logit))) sure(0, Number.NaN);
  if (penalty === 1) return logits;
  const scores = Float32Array.from(logits);
  for (const id of new Set(earlier)) {
    const score = scores[id]!;
    scores[id] = score < 0 ? score * penalty : score / penalty;
  }
  return scores;
}

/** The id with the largest score; the first of several. */
function likeliest(scores: Float32Array): number {
  let best = 0;
  for (let id = 1; id < scores.length; id++) if (scores[id]! > scores[best]!) best = id;
  return sure(best, scores[best]);
}

/** Ids by falling score, no more than k of them but those as good as the last; all ids, unsorted, without k. */
function top(scores: Float32Array, k: number | undefined): readonly number[] {
  const ids = [...scores.keys()];
  if (k === undefined || k >= ids.length) return ids;
  const least = Float32Array.from(scores).sort()[ids.length - k]!;
  return ids.filter((id) => scores[id]! >= least);
}

/** Of some ids, the likeliest, until those before have the probability p; at least one. */
function nucleus({ ids, weights, total }: Candidates, p: number): readonly number[] {
  // Ids below this make up less than what may be left out, even together: they need no sorting.
  const least = ((1 - p) * total) / ids.length;
  const order = [...ids.keys()]
    .filter((place) => weights[place]! >= least)
    .sort((a, b) => weights[b]! - weights[a]!);
  const kept: number[] = [];
  let before = 0;
  for (const place of order) {
    if (kept.length > 0 && before >= p * total) break;
    kept.push(ids[place]!);
    before += weights[place]!;
  }
  return kept.sort((a, b) => a - b);
}

/** The id at a place from 0 to 1 of the ids' probabilities laid end to end. */
function draw({ ids, weights, total }: Candidates, place: number): number {
  let rest = place * total;
  let chosen = 0;
  for (let n = 0; n < ids.length; n++) {
    if (weights[n] === 0) continue;
    chosen = n;
    rest -= weights[n]!;
    if (rest < 0) break;
  }
  return ids[chosen]!;
}

/** Ids with their part of the softmax. */
function weighed(scores: Float32Array, ids: readonly number[]): Candidates {
  let most = -Infinity;
  for (const id of ids) if (scores[id]! > most) most = scores[id]!;
  sure(0, most);
  const weights = Float64Array.from(ids, (id) => Math.exp(scores[id]! - most));
  return { ids, weights, total: weights.reduce((sum, weight) => sum + weight, 0) };
}

function sure(id: number, score: number | undefined): number {
  if (score === undefined || !Number.isFinite(score))
    throw new InputError(
      `generate: the logits are not finite numbers (${score}), so no token can be chosen. Does a patch make them so?`,
    );
  return id;
}
