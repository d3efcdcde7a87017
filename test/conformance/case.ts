import type { LazyTensor } from "../../src/tensor/lazy-tensor.ts";
import type { Grid } from "./grid.ts";

/** Numbers an operation takes: what a run computes or is given, or a learned tensor in one of its roles. */
export interface Given {
  readonly grid: Grid;
  readonly as: "f32" | "i32" | "matrix" | "table" | "plain";
}

/** One example of an operation, with what it must give. */
export interface Case {
  readonly name: string;
  readonly given: readonly Given[];
  /** Records the operation. `undefined`: this backend has no kernel for these options, and need not. */
  readonly record: (...given: LazyTensor[]) => readonly LazyTensor[] | undefined;
  readonly expected: () => readonly Grid[];
  /** Differences are measured against max(this, the largest expected number); 1 unless the numbers are small. */
  readonly scale?: number;
}

export const values = (grid: Grid): Given => ({ grid, as: "f32" });
export const integers = (grid: Grid): Given => ({ grid, as: "i32" });
export const matrix = (grid: Grid): Given => ({ grid, as: "matrix" });
export const table = (grid: Grid): Given => ({ grid, as: "table" });
export const plain = (grid: Grid): Given => ({ grid, as: "plain" });
