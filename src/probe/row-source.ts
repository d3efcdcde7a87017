import type { LazyTensor } from "../tensor/lazy-tensor.ts";
import type { Mask } from "../tensor/operations.ts";

/** The sites whose rows can be rebuilt from queries and keys. */
export type RowKind = "scores" | "weights";
export const rowKinds: readonly RowKind[] = ["scores", "weights"];

/** What a layer's scores and weights are made of, as the forward pass has it. */
export interface RowSource {
  readonly q: LazyTensor; // (B, H, T, D)
  readonly k: LazyTensor; // (B, Hkv, S, D)
  readonly scale: number;
  readonly bias?: LazyTensor;
  readonly mask?: Mask;
  /** Over which keys a row is spread that the mask lets see none. */
  readonly spread?: "all keys" | "keys in reach" | "nothing";
}
