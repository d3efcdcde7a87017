import type { Probe } from "../probe/probe.ts";
import type { LazyTensor } from "../tensor/lazy-tensor.ts";
import {
  add,
  headShares,
  type LinearWeights,
  linear,
  mergeHeads,
  sum,
} from "../tensor/operations.ts";

/** The four learned maps of an attention, W^Q, W^K, W^V and W^O, each (out, in). */
export interface AttentionWeights {
  readonly q: LinearWeights;
  readonly k: LinearWeights;
  readonly v: LinearWeights;
  readonly o: LinearWeights;
}

/** x·W^Q head by head: x (B, T, C) → (B, H, T, D). */
export function projectQuery(
  x: LazyTensor,
  { q }: AttentionWeights,
  heads: number,
  probe: Probe,
): LazyTensor {
  return probe.site("q", linear(x, q, { heads }));
}

/** x·W^K and x·W^V head by head: x (B, S, C) → k, v (B, Hkv, S, D). */
export function projectKeyValue(
  x: LazyTensor,
  { k, v }: AttentionWeights,
  heads: number,
  probe: Probe,
): { k: LazyTensor; v: LazyTensor } {
  return {
    k: probe.site("k", linear(x, k, { heads })), // (B, Hkv, S, D)
    v: probe.site("v", linear(x, v, { heads })), // (B, Hkv, S, D)
  };
}

/** The heads put together: mixed (B, H, T, D) · W^O + b → (B, T, C); through each head's own share when someone asks for it. */
export function projectOutput(
  mixed: LazyTensor,
  { o }: AttentionWeights,
  probe: Probe,
): LazyTensor {
  if (!probe.wants("heads")) return probe.site("attended", linear(mergeHeads(mixed), o));
  const heads = probe.site("heads", headShares(mixed, o.weight)); // (B, H, T, C)
  const total = sum(heads, 1); // (B, T, C)
  return probe.site("attended", o.bias ? add(total, o.bias) : total);
}
