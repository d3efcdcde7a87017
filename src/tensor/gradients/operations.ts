/**
 * Operations that gradients are made of. Each documents the numbers it gives; which operation's derivative it is says its name. They are
 * recorded by `recordGradients`, and by whoever trains.
 */

import { InputError, ShapeError } from "../../errors/errors.ts";
import type { Activation, MaskRule } from "../attributes.ts";
import type { LazyTensor } from "../lazy-tensor.ts";
import { expectRank, expectType, last, programOf, record, wrongId } from "../record.ts";
import { type Selection, selectedShape } from "../selection.ts";
import { type Shape, sameShape, sizeOf } from "../shape.ts";

/** ln Σ eˣ over the last axis, which goes away: x (…, n) → (…). */
export function logSumExp(x: LazyTensor): LazyTensor {
  return record("logSumExp", [x], {}, x.shape.slice(0, -1));
}

/** −ln softmax(logits)[target] of each row: logits (R, V), targets (R) i32 → (R). A target below 0 counts for nothing: 0. */
export function crossEntropy(logits: LazyTensor, targets: LazyTensor): LazyTensor {
  expectTargets("crossEntropy", logits, targets);
  return record("crossEntropy", [logits, targets], {}, targets.shape);
}

/** (softmax(logits) − one at the target) · gradient: logits (R, V), targets (R) i32, gradient (R) → (R, V); 0 in rows without target. */
export function crossEntropyGradient(
  logits: LazyTensor,
  targets: LazyTensor,
  gradient: LazyTensor,
): LazyTensor {
  expectTargets("crossEntropyGradient", logits, targets);
  expectLike("crossEntropyGradient", gradient, targets.shape);
  return record("crossEntropyGradient", [logits, targets, gradient], {}, logits.shape);
}

/** x · W, with the matrix of `linear` the other way round: x (…, out), W (out, in) → (…, in). */
export function timesMatrix(x: LazyTensor, weight: LazyTensor): LazyTensor {
  const [out, width] = expectRank("timesMatrix", weight, 2) as [number, number];
  if (last(x.shape) !== out)
    throw new ShapeError(`timesMatrix: x ${x} has not as many columns as ${weight} has rows`);
  return record("timesMatrix", [x, weight], {}, [...x.shape.slice(0, -1), width]);
}

/** aᵀ · b, summed over all rows: a (…, m), b (…, n) → (m, n). */
export function rowProducts(a: LazyTensor, b: LazyTensor): LazyTensor {
  if (sizeOf(a.shape.slice(0, -1)) !== sizeOf(b.shape.slice(0, -1)))
    throw new ShapeError(`rowProducts: ${a} and ${b} have not as many rows`);
  return record("rowProducts", [a, b], {}, [last(a.shape), last(b.shape)]);
}

/** Rows of the gradient added up where ids send them: ids (…) i32, gradient (…, C) → (rows, C). */
export function embedGradient(ids: LazyTensor, gradient: LazyTensor, rows: number): LazyTensor {
  expectType("embedGradient", ids, "i32");
  expectLike("embedGradient", gradient, [...ids.shape, last(gradient.shape)]);
  const wrong = wrongId(ids, (id) => id >= 0 && id < rows);
  if (wrong) throw new InputError(`embedGradient: ${wrong}; the table has rows 0 to ${rows - 1}`);
  return record("embedGradient", [ids, gradient], { rows }, [rows, last(gradient.shape)]);
}

/** gradient ∘ f′(x), f an activation. */
export function activationGradient(
  x: LazyTensor,
  gradient: LazyTensor,
  activation: Activation,
): LazyTensor {
  expectLike("activationGradient", gradient, x.shape);
  return record("activationGradient", [x, gradient], { activation }, x.shape);
}

/** Two gradients of a norm: that of x, and, for its gain, gradient ∘ x normalized, row by row. */
export interface NormGradient {
  readonly x: LazyTensor;
  readonly gains: LazyTensor;
}

/**
 * With x̂ = (x − mean)/√(variance + ε) and g = gradient ∘ gain: (g − mean g − x̂ · mean(g ∘ x̂))/√(variance + ε), and
 * gradient ∘ x̂; x, gradient (…, C), gain (C).
 */
export function layerNormGradient(
  x: LazyTensor,
  gain: LazyTensor,
  gradient: LazyTensor,
  epsilon: number,
): NormGradient {
  return normGradient("layerNormGradient", [x, gain, gradient], epsilon);
}

/** With r = √(mean x² + ε) and g = gradient ∘ gain: (g − x · mean(g ∘ x)/r²)/r, and gradient ∘ x/r; x, gradient (…, C), gain (C). */
export function rmsNormGradient(
  x: LazyTensor,
  gain: LazyTensor,
  gradient: LazyTensor,
  epsilon: number,
): NormGradient {
  return normGradient("rmsNormGradient", [x, gain, gradient], epsilon);
}

/** weights ∘ (gradient − Σ weights ∘ gradient), row by row, of the weights a softmax gave: (…, S) → (…, S). */
export function softmaxGradient(weights: LazyTensor, gradient: LazyTensor): LazyTensor {
  expectLike("softmaxGradient", gradient, weights.shape);
  return record("softmaxGradient", [weights, gradient], {}, weights.shape);
}

/** (gradient − Σ gradient ∘ x/s)/s with s = Σ x, row by row; where s is 0 the gradient itself. */
export function normalizeRowsGradient(x: LazyTensor, gradient: LazyTensor): LazyTensor {
  expectLike("normalizeRowsGradient", gradient, x.shape);
  return record("normalizeRowsGradient", [x, gradient], {}, x.shape);
}

/** (gradient − x · Σ(gradient ∘ x)/‖x‖²)/‖x‖, row by row; gradient/ε where ‖x‖ is below ε. */
export function unitGradient(x: LazyTensor, gradient: LazyTensor, epsilon: number): LazyTensor {
  expectLike("unitGradient", gradient, x.shape);
  return record("unitGradient", [x, gradient], { epsilon }, x.shape);
}

/** The gradient (B, C) at the first of the largest tokens of x (B, T, C) that count, mask (B, T) i32; 0 elsewhere → (B, T, C). */
export function maxPoolGradient(x: LazyTensor, mask: LazyTensor, gradient: LazyTensor): LazyTensor {
  return record("maxPoolGradient", [x, mask, gradient], {}, x.shape);
}

/** The gradient of a part, added up at the chosen indices of a tensor of zeros of this shape. */
export function partGradient(gradient: LazyTensor, selection: Selection, shape: Shape): LazyTensor {
  expectLike("partGradient", gradient, selectedShape(selection, shape));
  return record("partGradient", [gradient], { selection, shape }, shape);
}

/** Gradients of what the fused attention mixes: of q (B, H, T, D), k and v (B, Hkv, S, D). */
export interface AttentionGradient {
  readonly q: LazyTensor;
  readonly k: LazyTensor;
  readonly v: LazyTensor;
}

/**
 * Gradients of softmax(masked(scale · q·kᵀ + bias)) · v, whose weights are computed again a few rows at a time: none of size T × S is kept.
 * `inputs` are those of the operation `attention` (q, k, v, the bias, the masks its attributes announce), gradient (B, H, T, D).
 * The bias itself gets none.
 */
export function attentionGradient(
  inputs: readonly LazyTensor[],
  gradient: LazyTensor,
  {
    scale,
    bias,
    causalOffset,
    window,
    keys,
    allowed,
  }: MaskRule & { readonly scale: number; readonly bias: boolean },
): AttentionGradient {
  const [q, k, v] = inputs as [LazyTensor, LazyTensor, LazyTensor];
  expectLike("attentionGradient", gradient, q.shape);
  expectLike("attentionGradient", v, k.shape);
  const all = [gradient, ...inputs];
  const [ofQ, ofK, ofV] = programOf("attentionGradient", all).record(
    "attentionGradient",
    all,
    { scale, bias, causalOffset, window, keys, allowed },
    q.shape,
    k.shape,
    v.shape,
  );
  return { q: ofQ!, k: ofK!, v: ofV! };
}

/** Gradients of what banded attention read: of q, k, v (B, H, T, D), and of the global keys and values (B, H, G, D). */
export function bandedAttentionGradient(
  inputs: readonly LazyTensor[],
  gradient: LazyTensor,
  attributes: { readonly scale: number; readonly reach: number },
): readonly LazyTensor[] {
  const [q, k, v, , globalK, globalV] = inputs;
  const shapes = [q!, k!, v!, ...(globalK ? [globalK, globalV!] : [])].map(({ shape }) => shape);
  const { scale, reach } = attributes;
  const all = [gradient, ...inputs];
  return programOf("bandedAttentionGradient", all).record(
    "bandedAttentionGradient",
    all,
    { scale, reach },
    ...shapes,
  );
}

function expectTargets(place: string, logits: LazyTensor, targets: LazyTensor): void {
  const [rows, classes] = expectRank(place, logits, 2) as [number, number];
  expectType(place, targets, "i32");
  expectLike(place, targets, [rows]);
  const wrong = wrongId(targets, (target) => target < classes);
  if (wrong)
    throw new InputError(
      `${place}: targets ${wrong}; the logits ${logits} are of 0 to ${classes - 1}`,
    );
}

function expectLike(place: string, gradient: LazyTensor, shape: Shape): void {
  if (!sameShape(gradient.shape, shape))
    throw new ShapeError(`${place}: ${gradient} has not the shape (${shape.join(", ")})`);
}

function normGradient(
  name: "layerNormGradient" | "rmsNormGradient",
  inputs: readonly [x: LazyTensor, gain: LazyTensor, gradient: LazyTensor],
  epsilon: number,
): NormGradient {
  const [{ shape }, , gradient] = inputs;
  expectLike(name, gradient, shape);
  const [x, gains] = programOf(name, inputs).record(name, inputs, { epsilon }, shape, shape);
  return { x: x!, gains: gains! };
}
