/** Operations of a training step. What they write outlives the program, as a cache does: memory that belongs to no program. */

import { ShapeError } from "../errors/errors.ts";
import type { LazyTensor, Recorder } from "./lazy-tensor.ts";
import { expectType, programOf, record } from "./record.ts";
import { sameShape } from "./shape.ts";

/** What AdamW keeps of one parameter, all of its shape, row-major f32, made by the backend's `upload`. */
export interface AdamState {
  /** The numbers that are learned. */
  readonly master: LazyTensor;
  /** Running mean of the gradient, and of its square; zeros before the first step. */
  readonly first: LazyTensor;
  readonly second: LazyTensor;
}

/** How AdamW steps; what changes from step to step are its factors. */
export interface AdamAttributes {
  /** Share of the mean that stays: of the gradient, and of its square. */
  readonly beta1: number;
  readonly beta2: number;
  /** Added to the root of the mean square. */
  readonly epsilon: number;
  /** Share of the parameter that a step takes away, times the learning rate. */
  readonly weightDecay: number;
}

/**
 * One step of AdamW (Loshchilov & Hutter 2019), in place. With g = clip · gradient: first ← β₁·first + (1 − β₁)·g,
 * second ← β₂·second + (1 − β₂)·g², master ← (1 − rate·decay)·master − rate · (c₁·first)/(√(c₂·second) + ε).
 * factors (4) f32: the learning rate, c₁ = 1/(1 − β₁ᵗ), c₂ = 1/(1 − β₂ᵗ) and clip, which are numbers of the step, so that every step
 * is the same program. The operation has no outputs; it writes its inputs master, first and second. Throws ShapeError where shapes differ.
 */
export function adamStep(
  { master, first, second }: AdamState,
  gradient: LazyTensor,
  factors: LazyTensor,
  { beta1, beta2, epsilon, weightDecay }: AdamAttributes,
): void {
  for (const other of [first, second, gradient]) expectSame("adamStep", other, master);
  if (!sameShape(factors.shape, [4]))
    throw new ShapeError(
      `adamStep: factors ${factors} need shape (4): the learning rate, two corrections and the clip factor`,
    );
  expectLasting("adamStep", master, first, second);
  const inputs = [master, first, second, gradient, factors];
  programOf("adamStep", [gradient, factors]).record("adamStep", inputs, {
    beta1,
    beta2,
    epsilon,
    weightDecay,
  });
}

/** Σ x² over all numbers: x (…) → (1). Gradients are clipped by the root of such sums (Pascanu et al. 2013). */
export function squareSum(x: LazyTensor): LazyTensor {
  return record("squareSum", [x], {}, [1]);
}

/**
 * Gives a learned tensor the numbers of another, row-major and of its shape, in place: they are laid out as the parameter's role wants.
 * What the program computes with the parameter behind this, and later programs, see the new numbers. `program` records it: neither
 * tensor need belong to one. The operation has no outputs; it writes its first input. A backend that keeps the parameter in 16 bits
 * refuses it.
 */
export function assign(parameter: LazyTensor, master: LazyTensor, program: Recorder): void {
  expectSame("assign", master, parameter);
  expectLasting("assign", parameter);
  program.record("assign", [parameter, master], {});
}

function expectSame(place: string, x: LazyTensor, like: LazyTensor): void {
  expectType(place, x, "f32");
  if (!sameShape(x.shape, like.shape))
    throw new ShapeError(`${place}: ${x} has not the shape of ${like}`);
}

function expectLasting(place: string, ...written: readonly LazyTensor[]): void {
  for (const tensor of written)
    if (tensor.program)
      throw new ShapeError(
        `${place}: ${tensor} belongs to a run and is gone at its end; what is written must outlive it`,
      );
}
