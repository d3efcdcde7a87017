import type { LazyTensor } from "../../../tensor/lazy-tensor.ts";
import type { Operation } from "../../../tensor/operation.ts";
import { sizeOf } from "../../../tensor/shape.ts";
import { addressOf, type Block } from "../heap.ts";
import type { Plan } from "../plan.ts";
import { numbersAt } from "../storage.ts";
import { copy } from "./layout.ts";

type Four = readonly [number, number, number, number];

/** Plans the writing of new rows into a cache. */
export function cacheAppend(
  plan: Plan,
  { inputs, attributes }: Extract<Operation, { name: "cacheAppend" }>,
): void {
  const [cache, x] = inputs;
  const [B, H, T, D] = x!.shape as Four;
  plan.create(cache!);
  plan.touch({ reads: [x!], writes: [cache!] });
  copy(plan, {
    x: numbersAt(x!),
    output: numbersAt(cache!, attributes.start * D),
    width: T * D,
    axes: [{ count: B * H, x: 4 * T * D, output: 4 * cache!.shape[2]! * D }],
  });
}

/** Keys or values whose heads lie one after the other, as kernels take them: the first rows of a cache are copied out. */
export function packedRows(
  plan: Plan,
  value: LazyTensor,
): { readonly address: number; readonly touched: LazyTensor | Block } {
  if (value.capacity === undefined) return { address: numbersAt(value), touched: value };
  const [B, H, S, D] = value.shape as Four;
  const rows = plan.borrow(sizeOf(value.shape), "rows of a cache");
  plan.touch({ reads: [value.root], writes: [rows] });
  copy(plan, {
    x: numbersAt(value.root),
    output: addressOf(rows),
    width: S * D,
    axes: [{ count: B * H, x: 4 * value.capacity * D, output: 4 * S * D }],
  });
  return { address: addressOf(rows), touched: rows };
}
