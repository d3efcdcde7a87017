import { ShapeError } from "../errors/errors.ts";
import type { Activation, MaskRule } from "./attributes.ts";
import type { LazyTensor } from "./lazy-tensor.ts";
import {
  expectGroups,
  expectRank,
  expectRows,
  expectType,
  expectWidth,
  headWidth,
  last,
  programOf,
  record,
} from "./record.ts";
import { broadcastShape, formatShape, type Shape, sameShape, sizeOf } from "./shape.ts";

/** Rows of a table by id: table (V, C), ids (…) i32 → (…, C). An id outside 0 … V−1 is an error before anything runs. */
export function embed(table: LazyTensor, ids: LazyTensor): LazyTensor {
  expectRank("embed", table, 2);
  expectType("embed", ids, "i32");
  expectRows(table, ids);
  return record("embed", [table, ids], {}, [...ids.shape, table.shape[1]!]);
}

/** A learned matrix (out, in) and, usually, its bias (out). */
export interface LinearWeights {
  readonly weight: LazyTensor;
  readonly bias?: LazyTensor;
}

/**
 * activation(x · Wᵀ + b): x (…, in), W (out, in), b (out) → (…, out).
 * With `heads` H, x (B, T, in) → (B, H, T, out / H): the result lies head by head.
 */
export function linear(
  x: LazyTensor,
  { weight, bias }: LinearWeights,
  { activation = "linear", heads }: { activation?: Activation; heads?: number } = {},
): LazyTensor {
  expectRank("linear", weight, 2);
  const [out, width] = weight.shape as readonly [number, number];
  if (last(x.shape) !== width)
    throw new ShapeError(
      `linear: x ${x} has width ${last(x.shape)}, the matrix ${weight} takes ${width}`,
    );
  if (bias && !sameShape(bias.shape, [out]))
    throw new ShapeError(`linear: bias ${bias} needs shape (${out}) for the matrix ${weight}`);
  const inputs = bias ? [x, weight, bias] : [x, weight];
  if (heads === undefined)
    return record("linear", inputs, { activation, heads }, [...x.shape.slice(0, -1), out]);
  expectRank("linear", x, 3);
  const [B, T] = x.shape as readonly [number, number, number];
  return record("linear", inputs, { activation, heads }, [B, heads, T, headWidth(out, heads)]);
}

/** a + b, broadcast as NumPy does. */
export function add(a: LazyTensor, b: LazyTensor): LazyTensor {
  return record("add", [a, b], {}, broadcastShape(a.shape, b.shape, "add"));
}

/** a · b element by element, broadcast as NumPy does. */
export function multiply(a: LazyTensor, b: LazyTensor): LazyTensor {
  return record("multiply", [a, b], {}, broadcastShape(a.shape, b.shape, "multiply"));
}

/** x times one number. */
export function scale(x: LazyTensor, factor: number): LazyTensor {
  return factor === 1 ? x : record("scale", [x], { factor }, x.shape);
}

/** An activation function, element by element. */
export function activate(x: LazyTensor, activation: Activation): LazyTensor {
  return activation === "linear" ? x : record("activate", [x], { activation }, x.shape);
}

/** A norm's learned vectors, each (C). */
export interface NormWeights {
  readonly gain: LazyTensor;
  readonly bias: LazyTensor;
}

/** (x − mean) / √(variance + ε) · gain + bias over the last axis (Ba et al. 2016). */
export function layerNorm(x: LazyTensor, { gain, bias }: NormWeights, epsilon: number): LazyTensor {
  expectWidth("layerNorm", x, gain, bias);
  return record("layerNorm", [x, gain, bias], { epsilon }, x.shape);
}

/** x / √(mean(x²) + ε) · gain over the last axis (Zhang & Sennrich 2019). */
export function rmsNorm(x: LazyTensor, gain: LazyTensor, epsilon: number): LazyTensor {
  expectWidth("rmsNorm", x, gain);
  return record("rmsNorm", [x, gain], { epsilon }, x.shape);
}

/** scale · q·kᵀ: q (B, H, T, D), k (B, Hkv, S, D), perhaps a cache's first rows → (B, H, T, S); query head h reads key head ⌊h / (H / Hkv)⌋. */
export function scaledDot(q: LazyTensor, k: LazyTensor, scale: number): LazyTensor {
  const [B, H, T, D] = expectRank("scaledDot", q, 4) as [number, number, number, number];
  const [kB, Hkv, S, kD] = expectRank("scaledDot", k, 4) as [number, number, number, number];
  if (D !== kD || B !== kB)
    throw new ShapeError(
      `scaledDot: q and k need one batch and one head width, got B=${B}, D=${D} from q ${q} and B=${kB}, D=${kD} from k ${k}`,
    );
  expectGroups("scaledDot", H, Hkv);
  return record("scaledDot", [q, k], { scale }, [B, H, T, S]);
}

/** Which keys a query may see. All parts given must agree that it may. */
export interface Mask {
  /** Query i sees key j only if j ≤ i + causalOffset (0 for a whole text, the cache's length while generating). */
  readonly causalOffset?: number;
  /** Query i sees key j only if i + offset − before ≤ j ≤ i + offset + after. */
  readonly window?: { readonly offset: number; readonly before: number; readonly after: number };
  /** (B, S) i32: 0 hides the key from every query (padding). */
  readonly keys?: LazyTensor;
  /** (B or 1, H or 1, T, S) i32: 0 hides that pair. */
  readonly allowed?: LazyTensor;
}

/** Scores with −Infinity where the mask hides a key: (B, H, T, S) → (B, H, T, S). */
export function masked(scores: LazyTensor, mask: Mask | undefined): LazyTensor {
  if (mask === undefined || !hides(mask)) return scores;
  const { rule, inputs } = maskParts("masked", mask, scores.shape);
  return record("masked", [scores, ...inputs], rule, scores.shape);
}

/** Softmax over the last axis: every row sums to 1; a row of −Infinity alone gives zeros, not NaN. */
export function softmax(scores: LazyTensor): LazyTensor {
  return record("softmax", [scores], {}, scores.shape);
}

/** weights · v: weights (B, H, T, S), v (B, Hkv, S, D), perhaps a cache's first rows → (B, H, T, D), grouped as in `scaledDot`. */
export function mix(weights: LazyTensor, v: LazyTensor): LazyTensor {
  const [B, H, T, S] = expectRank("mix", weights, 4) as [number, number, number, number];
  const [vB, Hkv, vS, D] = expectRank("mix", v, 4) as [number, number, number, number];
  if (B !== vB || S !== vS)
    throw new ShapeError(
      `mix: weights ${weights} have B=${B}, S=${S}, values ${v} have B=${vB}, S=${vS}; they must be equal`,
    );
  expectGroups("mix", H, Hkv);
  return record("mix", [weights, v], {}, [B, H, T, D]);
}

/** What the fused attention gives back. */
export interface Fused {
  /** (B, H, T, D) */
  readonly mixed: LazyTensor;
  /** (B, H, T, S), if asked for */
  readonly scores?: LazyTensor;
  /** (B, H, T, S), if asked for */
  readonly weights?: LazyTensor;
  /**
   * (B, H, T, 2), if asked for: each row's largest score m and Σ e^(score − m), so that a weight is e^(score − m) / Σ and the
   * row's log-sum-exp m + ln Σ. −Infinity and 0 for a row that sees no key.
   */
  readonly rowSums?: LazyTensor;
}

/** What the fused attention is asked to write beside `mixed`. */
export interface FusedWants {
  readonly scores: boolean;
  readonly weights: boolean;
  readonly rowSums?: boolean;
}

/**
 * softmax(masked(scale · q·kᵀ + bias)) · v in one pass, or undefined when the backend has no kernel for these options.
 * Shapes (and caches) as in `scaledDot` and `mix`; bias (B or 1, H or 1, T, S).
 */
export function fusedAttention(
  q: LazyTensor,
  k: LazyTensor,
  v: LazyTensor,
  {
    scale,
    bias,
    mask = {},
    wants,
  }: {
    scale: number;
    bias?: LazyTensor;
    mask?: Mask;
    wants: FusedWants;
  },
): Fused | undefined {
  const program = programOf("attention", [q, k, v]);
  const [B, H, T, D] = expectRank("attention", q, 4) as [number, number, number, number];
  const [, Hkv, S] = expectRank("attention", k, 4) as [number, number, number, number];
  const { scores, weights, rowSums = false } = wants;
  const request = {
    headWidth: D,
    queries: T,
    keys: S,
    causal: mask.causalOffset !== undefined,
    window: mask.window !== undefined,
    keyMask: mask.keys !== undefined,
    denseMask: mask.allowed !== undefined,
    bias: bias !== undefined,
    wantsScores: scores,
    wantsWeights: weights,
    wantsRowSums: rowSums,
  };
  if (!program.attends(request)) return undefined;
  const full = [B, H, T, S];
  if (!sameShape(k.shape, [B, Hkv, S, D]) || !sameShape(v.shape.slice(0, 3), [B, Hkv, S]))
    throw new ShapeError(`attention: q ${q}, k ${k} and v ${v} do not belong together`);
  expectGroups("attention", H, Hkv);
  if (bias) expectStretches("attention", bias, full);
  const { rule, inputs } = maskParts("attention", mask, full);
  const [mixed, ...rest] = program.record(
    "attention",
    [q, k, v, ...(bias ? [bias] : []), ...inputs],
    // Written out: a spread of so many fields takes longer than all the rest.
    {
      causalOffset: rule.causalOffset,
      window: rule.window,
      keys: rule.keys,
      allowed: rule.allowed,
      scale,
      bias: bias !== undefined,
      scores,
      weights,
      rowSums,
    },
    [B, H, T, last(v.shape)],
    ...(scores ? [full] : []),
    ...(weights ? [full] : []),
    ...(rowSums ? [[B, H, T, 2]] : []),
  );
  return {
    mixed: mixed!,
    scores: scores ? rest.shift() : undefined,
    weights: weights ? rest.shift() : undefined,
    rowSums: rowSums ? rest.shift() : undefined,
  };
}

/** Each head's own share of the output: mixed (B, H, T, D) · its columns of W^O (C, H·D) → (B, H, T, C). */
export function headShares(mixed: LazyTensor, weight: LazyTensor): LazyTensor {
  const [B, H, T, D] = expectRank("headShares", mixed, 4) as [number, number, number, number];
  const [C, width] = expectRank("headShares", weight, 2) as [number, number];
  if (width !== H * D)
    throw new ShapeError(
      `headShares: W^O ${weight} takes width ${width}, the heads ${mixed} give ${H}·${D}=${H * D}`,
    );
  return record("headShares", [mixed, weight], {}, [B, H, T, C]);
}

/** (B, T, H·D) → (B, H, T, D) */
export function splitHeads(x: LazyTensor, heads: number): LazyTensor {
  const [B, T, C] = expectRank("splitHeads", x, 3) as [number, number, number];
  return record("splitHeads", [x], { heads }, [B, heads, T, headWidth(C, heads)]);
}

/** (B, H, T, D) → (B, T, H·D) */
export function mergeHeads(x: LazyTensor): LazyTensor {
  const [B, H, T, D] = expectRank("mergeHeads", x, 4) as [number, number, number, number];
  return record("mergeHeads", [x], {}, [B, T, H * D]);
}

/**
 * Rotary positions (Su et al. 2021): each pair (a, b) of x (B, H, T, D) turns by its angle to (a·cos − b·sin, b·cos + a·sin).
 * cos, sin (B or 1, T, R/2) turn the first R of D; `halves` pairs d with d + R/2, `neighbours` pairs 2d with 2d + 1.
 */
export function rotary(
  x: LazyTensor,
  { cos, sin }: { readonly cos: LazyTensor; readonly sin: LazyTensor },
  pairs: "halves" | "neighbours" = "halves",
): LazyTensor {
  const [B, , T, D] = expectRank("rotary", x, 4) as [number, number, number, number];
  const [cosB, cosT, half] = expectRank("rotary", cos, 3) as [number, number, number];
  if (!sameShape(cos.shape, sin.shape) || cosT !== T || (cosB !== 1 && cosB !== B) || 2 * half > D)
    throw new ShapeError(`rotary: cos ${cos} and sin ${sin} do not fit x ${x}`);
  return record("rotary", [x, cos, sin], { pairs }, x.shape);
}

/** The same numbers under another shape; no copy. */
export function reshape(x: LazyTensor, shape: Shape): LazyTensor {
  if (sizeOf(shape) !== sizeOf(x.shape))
    throw new ShapeError(
      `reshape: ${x} has ${sizeOf(x.shape)} values, ${formatShape(shape)} needs ${sizeOf(shape)}`,
    );
  return programOf("reshape", [x]).alias(x, shape);
}

/** Axes in a new order: result axis n is axis axes[n] of x. */
export function permute(x: LazyTensor, axes: readonly number[]): LazyTensor {
  const isOrder = x.shape.every((_, axis) => axes.includes(axis));
  if (axes.length !== x.shape.length || !isOrder)
    throw new ShapeError(`permute: axes ${formatShape(axes)} are not an order of the axes of ${x}`);
  return record(
    "permute",
    [x],
    { axes },
    axes.map((axis) => x.shape[axis]!),
  );
}

/** Indices [start, end) of one axis. */
export function slice(x: LazyTensor, axis: number, start: number, end: number): LazyTensor {
  const length = x.shape[axis] ?? 0;
  if (start < 0 || end > length || start > end)
    throw new ShapeError(`slice: ${start} to ${end} on axis ${axis} of ${x}`);
  if (start === 0 && end === length) return x;
  return record("slice", [x], { axis, start, end }, x.shape.with(axis, end - start));
}

/** Tensors one after the other along an axis; their other axes are equal. */
export function concat(tensors: readonly LazyTensor[], axis: number): LazyTensor {
  const first = tensors[0];
  if (!first) throw new ShapeError("concat: got no tensors");
  for (const tensor of tensors)
    if (!sameShape(tensor.shape.with(axis, 0), first.shape.with(axis, 0)))
      throw new ShapeError(`concat on axis ${axis}: ${tensor} does not fit ${first}`);
  const length = tensors.reduce((total, tensor) => total + tensor.shape[axis]!, 0);
  return tensors.length === 1
    ? first
    : record("concat", tensors, { axis }, first.shape.with(axis, length));
}

/** Sum over one axis, which goes away. */
export function sum(x: LazyTensor, axis: number): LazyTensor {
  if (x.shape[axis] === undefined) throw new ShapeError(`sum: axis ${axis} of ${x}`);
  return record("sum", [x], { axis }, x.shape.toSpliced(axis, 1));
}

/** Mean over the tokens that count: x (B, T, C), mask (B, T) i32 → (B, C). */
export function meanPool(x: LazyTensor, mask: LazyTensor): LazyTensor {
  const [B, T, C] = expectRank("meanPool", x, 3) as [number, number, number];
  if (!sameShape(mask.shape, [B, T]))
    throw new ShapeError(`meanPool: mask ${mask} does not fit ${x}`);
  return record("meanPool", [x, mask], {}, [B, C]);
}

/** Largest of the tokens that count, number by number: x (B, T, C), mask (B, T) i32 → (B, C); −Infinity where no token counts. */
export function maxPool(x: LazyTensor, mask: LazyTensor): LazyTensor {
  const [B, T, C] = expectRank("maxPool", x, 3) as [number, number, number];
  if (!sameShape(mask.shape, [B, T]))
    throw new ShapeError(`maxPool: mask ${mask} does not fit ${x}`);
  return record("maxPool", [x, mask], {}, [B, C]);
}

/** x / max(‖x‖₂, ε) over the last axis. */
export function unit(x: LazyTensor, epsilon = 1e-12): LazyTensor {
  return record("unit", [x], { epsilon }, x.shape);
}

function hides(mask: Mask): boolean {
  return (
    mask.causalOffset !== undefined ||
    mask.window !== undefined ||
    mask.keys !== undefined ||
    mask.allowed !== undefined
  );
}

function maskParts(
  place: string,
  { causalOffset, window, keys, allowed }: Mask,
  full: Shape,
): { rule: MaskRule; inputs: LazyTensor[] } {
  if (keys && !sameShape(keys.shape, [full[0]!, full[3]!]))
    throw new ShapeError(
      `${place}: mask of keys ${keys} needs (B, S) of scores ${formatShape(full)}`,
    );
  if (allowed) expectStretches(place, allowed, full);
  for (const part of [keys, allowed]) if (part) expectType(place, part, "i32");
  const inputs = [keys, allowed].filter((part) => part !== undefined);
  return { rule: { causalOffset, window, keys: !!keys, allowed: !!allowed }, inputs };
}

function expectStretches(place: string, part: LazyTensor, [B, H, T, S]: Shape): void {
  const [partB, partH, partT, partS] = expectRank(place, part, 4);
  if ((partB !== 1 && partB !== B) || (partH !== 1 && partH !== H) || partT !== T || partS !== S)
    throw new ShapeError(
      `${place}: ${part} does not stretch to scores (${[B, H, T, S].join(", ")})`,
    );
}
