import type { WritingSettings } from "./settings.ts";

/**
 * Scores (V) of one row as chance sees them: temperature, top-h, top-k, top-p, min-p, typical, epsilon and eta in the order of
 * transformers' warpers; what is left out is −∞. At least `least` tokens stay.
 */
export function warped(scores: Float32Array, settings: WritingSettings, least = 1): Float32Array {
  const own = Float32Array.from(scores);
  const { temperature, topH, topK, topP, minP, typicalP, epsilonCutoff, etaCutoff } = settings;
  if (temperature !== 1) divide(own, Math.fround(temperature));
  if (topH !== undefined) keepEntropy(own, topH);
  if (topK > 0) keepTop(own, Math.max(topK, least));
  if (topP < 1) keepNucleus(own, topP, least);
  if (minP !== undefined) keepLikely(own, (most) => minP * most, least);
  if (typicalP < 1) keepTypical(own, typicalP, least);
  if (epsilonCutoff > 0) keepLikely(own, () => epsilonCutoff, least);
  if (etaCutoff > 0) {
    const eta = Math.min(etaCutoff, Math.sqrt(etaCutoff) * Math.exp(-entropyOf(own)));
    keepLikely(own, () => eta, least);
  }
  return own;
}

/** Probabilities (V): the softmax of scores; where all are −∞, NaN. */
export function softmax(scores: Float32Array): Float64Array {
  const most = largest(scores);
  const weights = new Float64Array(scores.length);
  let total = 0;
  for (let id = 0; id < scores.length; id++) total += weights[id] = Math.exp(scores[id]! - most);
  for (let id = 0; id < scores.length; id++) weights[id] = weights[id]! / total;
  return weights;
}

/** Log-probabilities (V) of scores. */
export function logSoftmax(scores: Float32Array): Float32Array {
  const most = largest(scores);
  let total = 0;
  for (const score of scores) total += Math.exp(score - most);
  const whole = most + Math.log(total);
  return scores.map((score) => score - whole);
}

function largest(scores: Float32Array): number {
  let most = -Infinity;
  for (const score of scores) if (score > most) most = score;
  return most;
}

function divide(scores: Float32Array, by: number): void {
  for (let id = 0; id < scores.length; id++) scores[id] = scores[id]! / by;
}

/** The k-th largest score. */
function scoreAt(scores: Float32Array, k: number): number {
  return Float32Array.from(scores).sort()[Math.max(0, scores.length - k)]!;
}

/** No more than k tokens, and those exactly as likely as the k-th. */
function keepTop(scores: Float32Array, k: number): void {
  if (k >= scores.length) return;
  const least = scoreAt(scores, k);
  for (let id = 0; id < scores.length; id++) if (scores[id]! < least) scores[id] = -Infinity;
}

/** So many of the likeliest tokens top-h looks at. */
const mostOfEntropy = 100;

/** The likeliest token, and those behind it that together have at most this share of the entropy, each step rounded to 32 bits as PyTorch does it. */
function keepEntropy(scores: Float32Array, share: number): void {
  const order = likeliest(scores, mostOfEntropy);
  const first = scores[order[0]!]!;
  const whole = Math.fround(
    first + Math.log(order.reduce((sum, id) => sum + Math.exp(scores[id]! - first), 0)),
  );
  const logs = Float32Array.from(order, (id) => scores[id]! - whole);
  const probabilities = Float32Array.from(softmax(logs));
  let entropy = 0;
  for (const [place, one] of probabilities.entries())
    if (one > 0) entropy -= Math.fround(one * logs[place]!);
  const most = Math.fround(Math.fround(entropy) * share);
  const kept = new Set<number>();
  let sum = 0;
  for (const [place, one] of probabilities.entries()) {
    if (one > 0) sum -= Math.fround(one * Math.fround(Math.log(one)));
    const isLittle = one > 0 && Math.fround(sum) <= most;
    if (place === 0 || isLittle) kept.add(order[place]!);
  }
  keepOnly(scores, kept);
}

/** The likeliest tokens that together have the probability p: from the unlikeliest on, all go that make up 1 − p or less. */
function keepNucleus(scores: Float32Array, p: number, least: number): void {
  const probabilities = softmax(scores);
  // Tokens below this make up less than 1 − p, even together: they go without being sorted.
  const small = (1 - p) / scores.length;
  let gone = 0;
  const order: number[] = [];
  for (const [id, probability] of probabilities.entries())
    if (probability < small) gone += probability;
    else order.push(id);
  order.sort((a, b) => scores[a]! - scores[b]!);
  const kept = new Set(order.slice(-least));
  for (const id of order) {
    gone += probabilities[id]!;
    if (gone > 1 - p) kept.add(id);
  }
  if (kept.size < least) for (const id of likeliest(scores, least)) kept.add(id);
  keepOnly(scores, kept);
}

/** Tokens at least as likely as a bound, which may be a share of the likeliest one's probability. */
function keepLikely(scores: Float32Array, boundOf: (most: number) => number, least: number): void {
  const probabilities = softmax(scores);
  const bound = boundOf(probabilities.reduce((most, one) => Math.max(most, one), 0));
  const kept = new Set(likeliest(scores, least));
  for (const [id, probability] of probabilities.entries()) if (probability >= bound) kept.add(id);
  keepOnly(scores, kept);
}

/** Tokens whose surprise is nearest to the expected one, until they have the probability (Meister et al. 2022). */
function keepTypical(scores: Float32Array, mass: number, least: number): void {
  const probabilities = softmax(scores);
  const entropy = entropyOf(scores);
  const normalized = logSoftmax(scores);
  const distances = normalized.map((one) => Math.abs(-one - entropy));
  const order = [...distances.keys()].sort((a, b) => distances[a]! - distances[b]!);
  let before = 0;
  let last = 0;
  for (const id of order) {
    before += probabilities[id]!;
    if (before >= mass) break;
    last += 1;
  }
  const farthest = distances[order[Math.min(last, order.length - 1)]!]!;
  const kept = new Set(order.slice(0, least));
  for (const id of order) if (distances[id]! <= farthest) kept.add(id);
  keepOnly(scores, kept);
}

/** −Σ p log p in nats. */
function entropyOf(scores: Float32Array): number {
  let sum = 0;
  for (const one of logSoftmax(scores)) if (one > -Infinity) sum -= Math.exp(one) * one;
  return sum;
}

function likeliest(scores: Float32Array, count: number): number[] {
  if (count === 1) {
    let best = 0;
    for (let id = 1; id < scores.length; id++) if (scores[id]! > scores[best]!) best = id;
    return [best];
  }
  return [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!).slice(0, count);
}

function keepOnly(scores: Float32Array, kept: ReadonlySet<number>): void {
  for (let id = 0; id < scores.length; id++) if (!kept.has(id)) scores[id] = -Infinity;
}
