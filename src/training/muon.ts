import { rowProducts, timesMatrix } from "../tensor/gradients/operations.ts";
import type { LazyTensor } from "../tensor/lazy-tensor.ts";
import { add, multiply, permute, reshape, scale, unit } from "../tensor/operations.ts";
import { assign } from "../tensor/optimizer-operations.ts";
import { programOf } from "../tensor/record.ts";
import { sizeOf } from "../tensor/shape.ts";
import type { Master } from "./learned-part.ts";

/** How Muon steps. */
export interface MuonAttributes {
  /** Learning rate of this step. */
  readonly rate: number;
  /** Share of the mean gradient that stays. */
  readonly momentum: number;
  /** Share of the matrix that a step takes away, times the learning rate. */
  readonly weightDecay: number;
}

/** The polynomial a·s + b·s³ + c·s⁵ that brings every singular value near 1 in so many turns (Jordan 2024). */
const [a, b, c] = [3.4445, -4.775, 2.0315];
const turns = 5;

/** Whether a parameter is a matrix of a layer, which maps one vector to another: tables of vectors, norms and biases are none. */
export function isLayerMatrix({ name, value }: Master): boolean {
  return value.shape.length === 2 && /(^|\.)layers\.\d+\..*weight$/.test(name);
}

/**
 * One step of Muon (Jordan 2024) on a master (out, in), in place. With g = clip · gradient, clip (1), and m ← momentum·m + (1 − momentum)·g:
 * master ← (1 − rate·decay)·master − rate · √max(1, out/in) · orthogonal((1 − momentum)·g + momentum·m). So every direction of the
 * matrix moves as far as every other, also those that few examples need.
 */
export function muonStep(
  { value, first }: Master,
  gradient: LazyTensor,
  clip: LazyTensor,
  { rate, momentum, weightDecay }: MuonAttributes,
): void {
  const shape = value.shape as readonly [out: number, width: number];
  // Numbers that change from step to step come in as inputs: every step is the same program.
  const program = programOf("muonStep", [gradient]);
  const factor = (number: number, label: string) =>
    program.input(Float32Array.of(number), [1, 1], label);
  const fresh = scale(multiply(gradient, reshape(clip, [1, 1])), 1 - momentum);
  const mean = add(scale(program.alias(first, shape), momentum), fresh);
  const direction = orthogonal(add(scale(mean, momentum), fresh));
  assign(first, mean, program);
  const kept = factor(1 - rate * weightDecay, "what decay leaves");
  const step = factor(-rate * Math.sqrt(Math.max(1, shape[0] / shape[1])), "step of a matrix");
  const next = add(multiply(program.alias(value, shape), kept), multiply(direction, step));
  assign(value, next, program);
}

/** The same matrix (m, n) with all its singular values near 1 (0.7 to 1.2), by Newton–Schulz turns; those of 0 stay 0. */
export function orthogonal(matrix: LazyTensor): LazyTensor {
  const [m, n] = matrix.shape as readonly [number, number];
  if (m < n) return permute(orthogonal(permute(matrix, [1, 0])), [1, 0]);
  // By its own length no singular value is above 1.
  let x = reshape(unit(reshape(matrix, [1, sizeOf(matrix.shape)])), [m, n]);
  for (let turn = 0; turn < turns; turn++) {
    const square = rowProducts(x, x); // (n, n), symmetric
    const both = add(scale(square, b), scale(rowProducts(square, square), c));
    x = add(scale(x, a), timesMatrix(x, both));
  }
  return x;
}
