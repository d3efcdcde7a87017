import { attend } from "../../attention/attend.ts";
import type { Spread } from "../../attention/blind-rows.ts";
import type { Memory } from "../../attention/cache.ts";
import { everyText } from "../../attention/every-text.ts";
import { type AttentionWeights, projectOutput } from "../../attention/project.ts";
import type { Probe } from "../../probe/probe.ts";
import type { Activation } from "../../tensor/attributes.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import {
  add,
  type LinearWeights,
  layerNorm,
  linear,
  type Mask,
  multiply,
  type NormWeights,
  rotary,
} from "../../tensor/operations.ts";
import type { Parameters } from "../parameters.ts";
import { type Cross, type LookWeights, lookAtEncoder } from "./look-at-encoder.ts";
import type { Turn } from "./rotary-angles.ts";

/** The weights of a layer whose norms come after each part. */
export interface PostNormWeights {
  readonly attention: AttentionWeights;
  readonly attentionNorm: NormWeights;
  /** In a decoder beside an encoder: how it looks at that. */
  readonly cross?: LookWeights;
  /** Where feed-forward is gated: what its activation is taken of. */
  readonly gate?: LinearWeights; // (F, C)
  readonly up: LinearWeights; // (F, C)
  readonly down: LinearWeights; // (C, F)
  readonly norm: NormWeights;
}

/** What feed-forward and norms are told by a config. */
interface FeedForwardOptions {
  readonly activation: Activation;
  readonly epsilon: number;
}

/** The part of the scores that comes from how far apart tokens stand: q (B, H, T, D), k (B, H, S, D), both times a scale → (B, H, T, S). */
export type PositionScores = (
  q: LazyTensor,
  k: LazyTensor,
  scale: number,
  probe: Probe,
) => LazyTensor;

/** How a layer attends. */
export interface PostNormAttention {
  readonly mask: Mask;
  /** What q·k is multiplied by, where it is not 1/√D. */
  readonly scale?: number;
  /** Angles by which queries and keys (and values, in some families) turn. */
  readonly turn?: Turn & { readonly pairs: "halves" | "neighbours"; readonly values?: boolean };
  readonly position?: PositionScores;
  /** Added to the scores: (1, H, T, S). */
  readonly bias?: LazyTensor;
  /** Over which keys a row is spread that the mask lets see none. */
  readonly spread?: Spread;
  /** While generating: keys and values of earlier tokens. */
  readonly memory?: Memory;
  /** What a decoder's layer looks at. */
  readonly cross?: Cross;
}

/** Attention, then feed-forward; each is added to the stream, which is then normed (Vaswani et al. 2017): x (B, T, C) → (B, T, C). */
export function postNormBlock(
  x: LazyTensor,
  w: PostNormWeights,
  options: FeedForwardOptions & PostNormAttention & { readonly heads: number },
  probe: Probe,
): LazyTensor {
  const mixed = attendByPosition(x, w.attention, options, probe); // (B, H, T, D)
  const attended = projectOutput(mixed, w.attention, probe); // (B, T, C)
  const middle = afterJoining(x, attended, w, options, probe);
  const looked =
    w.cross && options.cross
      ? lookAtEncoder(
          middle,
          w.cross,
          { heads: options.heads, scale: 1 / Math.sqrt(mixed.shape[3]!), normsFirst: false },
          options.cross,
          probe.within("cross."),
        )
      : middle;
  return feedForward(looked, w, options, probe);
}

/** Attention of a stream to itself, with whatever positions do to it: x (B, T, C) → (B, H, T, D). */
export function attendByPosition(
  x: LazyTensor,
  w: AttentionWeights,
  {
    heads,
    mask,
    turn,
    position,
    bias,
    scale: own,
    spread,
    memory,
  }: PostNormAttention & { readonly heads: number },
  probe: Probe,
): LazyTensor {
  const turned = (part: LazyTensor) => (turn ? rotary(part, turn, turn.pairs) : part);
  const q = probe.site("q", turned(linear(x, w.q, { heads }))); // (B, H, T, D)
  const k = probe.site("k", turned(linear(x, w.k, { heads }))); // (B, H, S, D)
  const values = linear(x, w.v, { heads });
  const v = probe.site("v", turn?.values ? turned(values) : values); // (B, H, S, D)
  const scale = own ?? 1 / Math.sqrt(q.shape[3]!);
  const placed = position && probe.site("scores.position", position(q, k, scale, probe));
  const added = bias && everyText(bias, x.shape[0]!, probe);
  const both = placed && added ? add(placed, added) : (placed ?? added);
  return attend(q, k, v, { scale, bias: both, mask, spread, memory }, probe); // (B, H, T, D)
}

/** What attention gave, and then feed-forward, are added to the stream, which is normed each time: x, attended (B, T, C) → (B, T, C). */
export function afterAttention(
  x: LazyTensor,
  attended: LazyTensor,
  w: Omit<PostNormWeights, "attention">,
  options: FeedForwardOptions,
  probe: Probe,
): LazyTensor {
  return feedForward(afterJoining(x, attended, w, options, probe), w, options, probe);
}

/** The stream when attention has joined it. */
function afterJoining(
  x: LazyTensor,
  attended: LazyTensor,
  w: Pick<PostNormWeights, "attentionNorm">,
  { epsilon }: FeedForwardOptions,
  probe: Probe,
): LazyTensor {
  return probe.site("middle", layerNorm(add(attended, x), w.attentionNorm, epsilon));
}

function feedForward(
  middle: LazyTensor,
  w: Omit<PostNormWeights, "attention" | "attentionNorm">,
  { activation, epsilon }: FeedForwardOptions,
  probe: Probe,
): LazyTensor {
  const wide = linear(middle, w.gate ?? w.up, { activation }); // (B, T, F)
  const gated = w.gate ? multiply(wide, linear(middle, w.up)) : wide;
  const mlp = probe.site("mlp", linear(gated, w.down)); // (B, T, C)
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
    attention: takeAttention(from, "", C, names),
    attentionNorm: from.norm(names.attentionNorm, C, "attention.norm"),
    up: from.linear(names.up, [F, C], "mlp.up"),
    down: from.linear(names.down, [C, F], "mlp.down"),
    norm: from.norm(names.norm, C, "mlp.norm"),
  };
}

/** Takes how a layer of BERT's names looks at an encoder, whose states are C wide as its own stream. */
export function takePostNormLook(from: Parameters, C: number, epsilon: number): LookWeights {
  const names = Object.fromEntries(
    Object.entries(bertNames).map(([part, stored]) => [part, stored.replace(/^a/, "crossa")]),
  ) as PostNormNames;
  return {
    attention: takeAttention(from, "cross.", C, names),
    norm: { kind: "layer", epsilon, ...from.norm(names.attentionNorm, C, "cross.norm") },
  };
}

function takeAttention(
  from: Parameters,
  branch: string,
  C: number,
  names: PostNormNames,
): AttentionWeights {
  return {
    q: from.linear(names.q, [C, C], `${branch}q`),
    k: from.linear(names.k, [C, C], `${branch}k`),
    v: from.linear(names.v, [C, C], `${branch}v`),
    o: from.linear(names.o, [C, C], `${branch}o`),
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
