import type { LazyTensor } from "../tensor/lazy-tensor.ts";
import {
  add,
  fusedAttention,
  type Mask,
  masked,
  mix,
  scaledDot,
  softmax,
} from "../tensor/operations.ts";
import type { Probe } from "./probe.ts";

/** What differs between families and layers, as data. */
export interface AttendOptions {
  /** What q·k is multiplied by: 1/√D, or 1 in families that do not scale. */
  readonly scale: number;
  /** Added to the scores before the softmax: (B or 1, H or 1, T, S). */
  readonly bias?: LazyTensor;
  readonly mask?: Mask;
}

/**
 * softmax(scale · q·kᵀ + bias) · v (Vaswani et al. 2017, eq. 1): q (B, H, T, D), k and v (B, Hkv, S, D) → (B, H, T, D).
 * A row with nothing to look at has weights 0 and mixed 0.
 */
export function attend(
  q: LazyTensor,
  k: LazyTensor,
  v: LazyTensor,
  { scale, bias, mask }: AttendOptions,
  probe: Probe,
): LazyTensor {
  const isOpened = probe.patches("scores", "weights") || probe.wants("scores.content");
  const wants = { scores: probe.wants("scores"), weights: probe.wants("weights") };
  const fused = isOpened ? undefined : fusedAttention(q, k, v, { scale, bias, mask, wants });
  if (fused) {
    if (fused.scores) probe.site("scores", fused.scores);
    if (fused.weights) probe.site("weights", fused.weights);
    return probe.site("mixed", fused.mixed); // (B, H, T, D)
  }
  const content = probe.site("scores.content", scaledDot(q, k, scale)); // (B, H, T, S)
  const scores = probe.site("scores", masked(bias ? add(content, bias) : content, mask));
  const weights = probe.site("weights", softmax(scores)); // (B, H, T, S)
  return probe.site("mixed", mix(weights, v)); // (B, H, T, D)
}
