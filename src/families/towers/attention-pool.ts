import type { Activation } from "../../tensor/attributes.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import {
  add,
  embed,
  type LinearWeights,
  layerNorm,
  linear,
  mergeHeads,
  mix,
  type NormWeights,
  reshape,
  scaledDot,
  softmax,
} from "../../tensor/operations.ts";
import type { Parameters } from "../parameters.ts";

/** One learned query that looks at all of an image's tokens, and a feed-forward behind it (SigLIP). */
interface AttentionPool {
  readonly probe: LazyTensor; // (1, C)
  readonly q: LinearWeights;
  readonly k: LinearWeights;
  readonly v: LinearWeights;
  readonly o: LinearWeights;
  readonly norm: NormWeights;
  readonly up: LinearWeights;
  readonly down: LinearWeights;
}

/** How wide it is, and what it counts with. */
interface PoolOptions {
  readonly width: number;
  readonly feedForward: number;
  readonly heads: number;
  readonly activation: Activation;
  readonly epsilon: number;
}

/** Takes it from a file's `head.`; what it makes of `final`: (B, T, C) → (B, C). */
export function takeAttentionPool(
  body: Parameters,
  options: PoolOptions,
): (final: LazyTensor) => LazyTensor {
  const { width: C, feedForward: F } = options;
  const from = body.within("head.", "pooler.");
  const part = (name: string, start: number): LinearWeights => {
    const rows = [start * C, (start + 1) * C] as const;
    return {
      weight: from.matrix("attention.in_proj_weight", [C, C], `${name}.weight`, { rows }),
      bias: from.plain("attention.in_proj_bias", [C], `${name}.bias`, { rows }),
    };
  };
  const weights: AttentionPool = {
    probe: from.table("probe", [1, C], "query", { storedShape: [1, 1, C] }),
    q: part("q", 0),
    k: part("k", 1),
    v: part("v", 2),
    o: from.linear("attention.out_proj", [C, C], "o"),
    norm: from.norm("layernorm", C, "norm"),
    up: from.linear("mlp.fc1", [F, C], "mlp.up"),
    down: from.linear("mlp.fc2", [C, F], "mlp.down"),
  };
  return (final) => pooled(final, weights, options);
}

function pooled(
  final: LazyTensor,
  w: AttentionPool,
  { heads, activation, epsilon, width: C }: PoolOptions,
): LazyTensor {
  const B = final.shape[0]!;
  const query = embed(w.probe, final.program!.input(new Int32Array(B), [B, 1], "the query")); // (B, 1, C)
  const q = linear(query, w.q, { heads }); // (B, H, 1, D)
  const k = linear(final, w.k, { heads }); // (B, H, T, D)
  const v = linear(final, w.v, { heads });
  const weights = softmax(scaledDot(q, k, 1 / Math.sqrt(C / heads))); // (B, H, 1, T)
  const x = linear(mergeHeads(mix(weights, v)), w.o); // (B, 1, C)
  const wide = linear(layerNorm(x, w.norm, epsilon), w.up, { activation }); // (B, 1, F)
  return reshape(add(x, linear(wide, w.down)), [B, C]);
}
