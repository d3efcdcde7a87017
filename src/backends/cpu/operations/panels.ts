import type { LazyTensor } from "../../../tensor/lazy-tensor.ts";
import type { Plan } from "../plan.ts";
import type { WeightFormat } from "../storage.ts";

/** Bytes from one head of keys or values to the next: the first rows of a cache lie further apart than they are long. */
export function headBytes({ shape, capacity }: LazyTensor): number {
  const [, , S, D] = shape as readonly [number, number, number, number];
  return 4 * (capacity ?? S) * D;
}

/** Panels that hold so many columns. */
export function panelsFor(plan: Plan, columns: number): number {
  return Math.ceil(columns / plan.panelWidth);
}

/** Bytes of one panel. */
export function panelBytes(plan: Plan, depth: number, format: WeightFormat = "f32"): number {
  return depth * plan.panelWidth * (format === "f32" ? 4 : 2);
}

/** The key head, counted over all texts, that a query head (counted so too) reads. */
export function keyHead(head: number, heads: number, keyHeads: number): number {
  return Math.floor(head / heads) * keyHeads + Math.floor((head % heads) / (heads / keyHeads));
}
