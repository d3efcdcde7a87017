import type { Attributes, OperationName } from "../../tensor/attributes.ts";

/** One tensor's numbers and shape, as a kernel sees them. */
export interface Numbers {
  readonly shape: readonly number[];
  /** Rows of axis 2 in memory, where there are more than the shape says. */
  readonly capacity?: number;
  readonly data: Float32Array | Int32Array;
}

/** A kernel reads its inputs and fills its output. */
export type Kernel<N extends OperationName> = (
  inputs: readonly Numbers[],
  output: Numbers,
  attributes: Attributes[N],
) => void;

/** Σ a[i]·b[i] over `length` elements, summed in double precision. */
export function dot(
  a: Float32Array | Int32Array,
  startA: number,
  b: Float32Array | Int32Array,
  startB: number,
  length: number,
): number {
  let total = 0;
  for (let i = 0; i < length; i++) total += a[startA + i]! * b[startB + i]!;
  return total;
}
