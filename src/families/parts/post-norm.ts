import { attend } from "../../attention/attend.ts";
import {
  type AttentionWeights,
  projectKeyValue,
  projectOutput,
  projectQuery,
} from "../../attention/project.ts";
import type { Probe } from "../../probe/probe.ts";
import type { Activation } from "../../tensor/attributes.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import {
  add,
  type LinearWeights,
  layerNorm,
  linear,
  type Mask,
  type NormWeights,
} from "../../tensor/operations.ts";
import type { Parameters } from "../parameters.ts";

/** The weights of a layer whose norms come after each part. */
export interface PostNormWeights {
  readonly attention: AttentionWeights;
  readonly attentionNorm: NormWeights;
  readonly up: LinearWeights; // (F, C)
  readonly down: LinearWeights; // (C, F)
  readonly norm: NormWeights;
}

/** What feed-forward and norms are told by a config. */
interface FeedForwardOptions {
  readonly activation: Activation;
  readonly epsilon: number;
}

/** Attention, then feed-forward; each is added to the stream, which is then normed (Vaswani et al. 2017): x (B, T, C) → (B, T, C). */
export function postNormBlock(
  x: LazyTensor,
  w: PostNormWeights,
  options: FeedForwardOptions & { readonly heads: number; readonly mask: Mask },
  probe: Probe,
): LazyTensor {
  const { heads, mask } = options;
  const q = projectQuery(x, w.attention, heads, probe); // (B, H, T, D)
  const { k, v } = projectKeyValue(x, w.attention, heads, probe); // (B, H, S, D)
  const mixed = attend(q, k, v, { scale: 1 / Math.sqrt(q.shape[3]!), mask }, probe); // (B, H, T, D)
  return afterAttention(x, projectOutput(mixed, w.attention, probe), w, options, probe);
}

/** What attention gave, and then feed-forward, are added to the stream, which is normed each time: x, attended (B, T, C) → (B, T, C). */
export function afterAttention(
  x: LazyTensor,
  attended: LazyTensor,
  w: Omit<PostNormWeights, "attention">,
  { activation, epsilon }: FeedForwardOptions,
  probe: Probe,
): LazyTensor {
  const middle = probe.site("middle", layerNorm(add(attended, x), w.attentionNorm, epsilon));
  const wide = linear(middle, w.up, { activation }); // (B, T, F)
  const mlp = probe.site("mlp", linear(wide, w.down)); // (B, T, C)
  return layerNorm(add(mlp, middle), w.norm, epsilon);
}

/** What a layer's tensors are called in a family's files. */
export type PostNormNames = Readonly<
  Record<"q" | "k" | "v" | "o" | "attentionNorm" | "up" | "down" | "norm", string>
>;

/** The names of BERT's files, which many families kept. */
export const bertNames: PostNormNames = {
  q: "attention.self.query",
  k: "attention.self.key",
  v: "attention.self.value",
  o: "attention.output.dense",
  attentionNorm: "attention.output.LayerNorm",
  up: "intermediate.dense",
  down: "output.dense",
  norm: "output.LayerNorm",
};

/** Takes a layer by its names: a stream C wide, F inside the feed-forward. */
export function takePostNormLayer(
  from: Parameters,
  [C, F]: readonly [width: number, feedForward: number],
  names: PostNormNames = bertNames,
): PostNormWeights {
  return {
    attention: {
      q: from.linear(names.q, [C, C], "q"),
      k: from.linear(names.k, [C, C], "k"),
      v: from.linear(names.v, [C, C], "v"),
      o: from.linear(names.o, [C, C], "o"),
    },
    attentionNorm: from.norm(names.attentionNorm, C, "attention.norm"),
    up: from.linear(names.up, [F, C], "mlp.up"),
    down: from.linear(names.down, [C, F], "mlp.down"),
    norm: from.norm(names.norm, C, "mlp.norm"),
  };
}

/** Why such a family lacks some kinds of sites, where its positions are added to the embeddings. */
export function absentInPostNorm(family: string): Readonly<Record<string, string>> {
  return {
    normed: "the norm comes after: the projections see the stream itself",
    "scores.position": `${family} adds positions to the embeddings, not to the scores`,
    "scores.bias": `${family} adds nothing to the scores`,
    pooled: "this checkpoint has no pooler",
    logits: "this checkpoint has no head",
  };
}
