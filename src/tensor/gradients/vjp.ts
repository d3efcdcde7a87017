import type { Attributes, OperationName } from "../attributes.ts";
import type { LazyTensor } from "../lazy-tensor.ts";
import { add, multiply, reshape, scale, sum } from "../operations.ts";
import type { Program } from "../program.ts";
import { type Shape, sameShape, sizeOf } from "../shape.ts";

/** One operation that has been recorded, as its derivative sees it. */
export interface Recorded<N extends OperationName> {
  readonly program: Program;
  readonly attributes: Attributes[N];
  /** Shapes of its inputs. */
  readonly shapes: readonly Shape[];
  /** Whether anyone asks for the gradient of this input. */
  needs(input: number): boolean;
  /** An input's numbers, computed again where they are gone. */
  input(number: number): LazyTensor;
  /** All of them. */
  inputs(): readonly LazyTensor[];
  /** Its result's numbers, likewise. */
  output(): LazyTensor;
}

/**
 * A vector–Jacobian product: given the gradient of an operation's first result, records the gradients of its inputs, in their order.
 * What nobody needs may be left undefined.
 */
export type Vjp<N extends OperationName> = (
  operation: Recorded<N>,
  gradient: LazyTensor,
) => readonly (LazyTensor | undefined)[];

/** A gradient summed over the axes along which its value was broadcast: (…) → shape. */
export function summedTo(gradient: LazyTensor, shape: Shape): LazyTensor {
  if (sameShape(gradient.shape, shape)) return gradient;
  const missing = gradient.shape.length - shape.length;
  let result = gradient;
  for (let axis = 0; axis < missing; axis++) result = sum(result, 0);
  for (let axis = 0; axis < shape.length; axis++)
    if (shape[axis] === 1 && result.shape[axis] !== 1)
      result = reshape(sum(result, axis), result.shape.with(axis, 1));
  return result;
}

/** x repeated along an axis of length 1. */
export function repeated(
  x: LazyTensor,
  axis: number,
  length: number,
  program: Program,
): LazyTensor {
  if (length === 1) return x;
  const shape = x.shape.map((_, own) => (own === axis ? length : 1));
  return multiply(x, program.input(new Float32Array(length).fill(1), shape, "ones"));
}

/** A tensor of zeros. */
export function zeros(shape: Shape, program: Program): LazyTensor {
  return program.input(new Float32Array(sizeOf(shape)), shape, "zeros");
}

/** a − b, of one shape. */
export function subtract(a: LazyTensor, b: LazyTensor): LazyTensor {
  return add(a, scale(b, -1));
}
