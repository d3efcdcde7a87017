import { dot, rowProduct } from "../linear/vectors.ts";
import { closeEnough, type HeadNumbers } from "./head-numbers.ts";

/** One part of the scores of a query. */
export interface ScorePart {
  readonly name:
    | "content"
    | "content before turning"
    | "turning by position"
    | "head's own bias"
    | "soft cap"
    | "distance"
    | "bias"
    | "patched";
  /** (S), in the scores' own units: scaled. */
  readonly values: Float64Array;
}

/** The parts of one query's scores: they add up to every score that is not masked. */
export interface ScoreParts {
  readonly parts: readonly ScorePart[];
  /** (S): q·k as it stands, before it is scaled. */
  readonly products: Float64Array;
  /** (S): everything that is added to the scaled products. */
  readonly added: Float64Array;
  /** (S): true where the query cannot look. */
  readonly masked: readonly boolean[];
  /** Whether the run's scores are others than their parts make: they were patched. */
  readonly isPatched: boolean;
}

/** What a bias of the scores stands for, by family: T5's are distances, XLNet's segments. */
export function scoreParts(numbers: HeadNumbers): ScoreParts {
  const { q, k, keys: S, width: D, scale, cap, queryBias, scores, added } = numbers;
  const each = (value: (key: number) => number) =>
    Float64Array.from({ length: S }, (_, s) => value(s));
  const products = each((key) => dot(q, k, D, 0, key * D));
  const masked = Array.from(scores, (score) => score === -Infinity);
  const content = products.map((product) => product * scale);
  const own = queryBias && each((key) => dot(queryBias, k, D, 0, key * D) * scale);
  const before = contentBeforeTurning(numbers);
  const parts: ScorePart[] = before
    ? [
        { name: "content before turning", values: before },
        { name: "turning by position", values: content.map((value, s) => value - before[s]!) },
      ]
    : [{ name: "content", values: own ? content.map((value, s) => value - own[s]!) : content }];
  if (own) parts.push({ name: "head's own bias", values: own });
  if (cap !== undefined)
    parts.push({
      name: "soft cap",
      values: content.map((value) => cap * Math.tanh(value / cap) - value),
    });
  for (const { name, values } of added)
    parts.push({
      name: name === "position" ? "distance" : "bias",
      values: Float64Array.from(values),
    });
  const made = each((key) => parts.reduce((sum, { values }) => sum + values[key]!, 0));
  const missing = each((key) => (masked[key] ? 0 : scores[key]! - made[key]!));
  const isPatched = missing.some(
    (value, key) => Math.abs(value) > closeEnough * Math.max(1, Math.abs(made[key]!)),
  );
  // What rounding leaves over goes to the largest part: to nobody's notice.
  if (isPatched) parts.push({ name: "patched", values: missing });
  return {
    parts,
    products,
    added: each((key) =>
      parts
        .filter(({ name }) => ["soft cap", "distance", "bias", "patched"].includes(name))
        .reduce((sum, { values }) => sum + values[key]!, 0),
    ),
    masked,
    isPatched,
  };
}

/** (S): scaled q·k as it would be were no vector turned by its position; undefined where none is. */
function contentBeforeTurning({
  projection,
  mapOfKey,
  seen,
  keys,
  scale,
}: HeadNumbers): Float64Array | undefined {
  if (!projection?.isTurned) return undefined;
  const q = rowProduct(projection.input, projection.matrix, projection.bias);
  return Float64Array.from({ length: keys }, (_, key) => {
    const [input] = seen.ofKey(key);
    const { matrix, bias } = mapOfKey(input!);
    return dot(q, rowProduct(input!, matrix, bias)) * scale;
  });
}

/** softmax(scores) (S); zeros where nothing can be seen. */
export function softmax(scores: ArrayLike<number>): Float64Array {
  const largest = Array.from(scores).reduce((most, score) => Math.max(most, score), -Infinity);
  if (largest === -Infinity) return new Float64Array(scores.length);
  const powers = Float64Array.from(scores, (score) => Math.exp(score - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
