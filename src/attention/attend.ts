import { attentionWants } from "../probe/attention-wants.ts";
import type { Probe } from "../probe/probe.ts";
import type { LazyTensor } from "../tensor/lazy-tensor.ts";
import type { Mask } from "../tensor/operations.ts";
import { add, fusedAttention, masked, mix, scaledDot, softmax } from "../tensor/operations.ts";
import { attendAgain } from "./attend-again.ts";
import { blindRows, type Spread, spreadBlind } from "./blind-rows.ts";
import type { Memory } from "./cache.ts";
import { softCapped } from "./soft-cap.ts";

/** What differs between families and layers, as data. */
export interface AttendOptions {
  /** What q·k is multiplied by: 1/√D, or 1 in families that do not scale. */
  readonly scale: number;
  /** Keeps the scaled products within ± this. */
  readonly cap?: number;
  /** Added to the scores before the softmax: (B or 1, H or 1, T, S). */
  readonly bias?: LazyTensor;
  readonly mask?: Mask;
  /** Over which keys a row is spread that the mask lets see none. */
  readonly spread?: Spread;
  /** While generating: the keys and values of earlier tokens, to which the new ones are added. */
  readonly memory?: Memory;
}

/**
 * softmax(scale · q·kᵀ + bias) · v (Vaswani et al. 2017, eq. 1): q (B, H, T, D), k and v (B, Hkv, S, D) → (B, H, T, D).
 * With a memory, k and v are those of the T new tokens, and S counts the earlier ones too. A row that the mask lets see nothing
 * is spread as `spread` says; one that only patches blind has no weights.
 */
export function attend(
  q: LazyTensor,
  newK: LazyTensor,
  newV: LazyTensor,
  { scale, cap, bias, mask, memory, spread = "all keys" }: AttendOptions,
  probe: Probe,
): LazyTensor {
  const { k, v } = memory?.append(newK, newV) ?? { k: newK, v: newV }; // (B, Hkv, S, D)
  const shape = [...q.shape.slice(0, 3), k.shape[2]!]; // (B, H, T, S)
  const blind = blindRows(mask, shape, spread, probe.program); // what the mask lets see nothing
  const changed = probe.changedRows(shape, blind?.rows, "scores", "weights");
  const isOpened = changed === "most" || cap !== undefined || probe.wants("scores.content");
  const source = { q, k, scale, bias, mask, spread: blind && spread };
  const wants = attentionWants(source, probe); // numbers, or what rows are rebuilt from
  const fused = isOpened ? undefined : fusedAttention(q, k, v, { ...source, wants });
  if (fused) {
    if (fused.rowSums) probe.rows(wants.asRows, source, fused.rowSums);
    if (changed && changed !== "most")
      return attendAgain(fused, { ...source, v }, changed, blind, probe); // (B, H, T, D)
    if (fused.scores) probe.site("scores", fused.scores);
    if (fused.weights) probe.site("weights", fused.weights);
    return probe.site("mixed", fused.mixed); // (B, H, T, D)
  }
  const products = scaledDot(q, k, scale); // (B, H, T, S)
  const capped = cap ? softCapped(probe.site("scores.uncapped", products), cap) : products;
  const content = probe.site("scores.content", capped); // (B, H, T, S)
  const scores = probe.site("scores", masked(bias ? add(content, bias) : content, mask));
  const weights = probe.site("weights", spreadBlind(softmax(scores), blind, [], probe));
  return probe.site("mixed", mix(weights, v)); // (B, H, T, D)
}
