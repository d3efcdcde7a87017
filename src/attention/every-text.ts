import type { Probe } from "../probe/probe.ts";
import type { LazyTensor } from "../tensor/lazy-tensor.ts";
import { add } from "../tensor/operations.ts";

/** A bias (1, H, T, S) that all texts share; where someone looks at it, each of the B texts has its own, so that it can be changed alone. */
export function everyText(bias: LazyTensor, B: number, probe: Probe): LazyTensor {
  if (!probe.wants("scores.bias")) return bias;
  const texts = probe.program.input(new Float32Array(B), [B, 1, 1, 1], "texts");
  return probe.site("scores.bias", add(bias, texts)); // (B, H, T, S)
}
