import { attend } from "../../attention/attend.ts";
import type { Memory } from "../../attention/cache.ts";
import { everyText } from "../../attention/every-text.ts";
import {
  type AttentionWeights,
  projectKeyValue,
  projectOutput,
  projectQuery,
} from "../../attention/project.ts";
import type { Probe } from "../../probe/probe.ts";
import type { Activation } from "../../tensor/attributes.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { add, type LinearWeights, linear, type Mask, multiply } from "../../tensor/operations.ts";
import type { Norm } from "../family.ts";
import { type Cross, type LookWeights, lookAtEncoder } from "../parts/look-at-encoder.ts";
import { norm } from "../parts/norm.ts";

/** The weights of one layer of an encoder, or of a decoder that looks at it. */
export interface StackLayer {
  readonly attentionNorm: Norm;
  readonly attention: AttentionWeights;
  /** In a decoder: how it looks at the encoder. */
  readonly cross: LookWeights | undefined;
  /** Feed-forward's. */
  readonly norm: Norm;
  /** In the gated form: what is activated and then scales `up`. */
  readonly gate?: LinearWeights; // (F, C)
  readonly up: LinearWeights; // (F, C)
  readonly down: LinearWeights; // (C, F)
}

/** How a family puts the parts of its layers together. */
export interface StackShape {
  readonly heads: number;
  readonly activation: Activation;
  /** What q·k is multiplied by. */
  readonly scale: number;
  /** Each part reads a normed stream; otherwise the stream is normed when the part has joined it. */
  readonly normsFirst: boolean;
}

interface LayerPass {
  readonly mask: Mask;
  /** Added to the scores of its own attention: (1, H, T, S). */
  readonly bias?: LazyTensor;
  readonly memory?: Memory;
  readonly cross?: Cross;
}

/** Attention, in a decoder a look at the encoder, and feed-forward, each added to the stream: x (B, T, C) → (B, T, C). */
export function stackBlock(
  x: LazyTensor,
  w: StackLayer,
  shape: StackShape,
  { mask, bias: shared, memory, cross }: LayerPass,
  probe: Probe,
): LazyTensor {
  const { heads, scale, normsFirst, activation } = shape;
  const read = normsFirst ? probe.site("normed", norm(x, w.attentionNorm)) : x; // (B, T, C)
  const q = projectQuery(read, w.attention, heads, probe); // (B, H, T, D)
  const { k, v } = projectKeyValue(read, w.attention, heads, probe); // (B, H, S, D)
  const bias = shared && everyText(shared, x.shape[0]!, probe);
  const mixed = attend(q, k, v, { scale, bias, mask, memory }, probe); // (B, H, T, D)
  const attended = projectOutput(mixed, w.attention, probe); // (B, T, C)
  const middle = probe.site("middle", joined(x, attended, w.attentionNorm, shape));
  const looked = cross
    ? lookAtEncoder(middle, w.cross!, shape, cross, probe.within("cross."))
    : middle;
  const inner = normsFirst ? norm(looked, w.norm) : looked;
  const wide = linear(inner, w.gate ?? w.up, { activation }); // (B, T, F)
  const made = linear(w.gate ? multiply(wide, linear(inner, w.up)) : wide, w.down); // (B, T, C)
  return joined(looked, probe.site("mlp", made), w.norm, shape);
}

function joined(x: LazyTensor, part: LazyTensor, own: Norm, { normsFirst }: StackShape) {
  const sum = add(x, part); // (B, T, C)
  return normsFirst ? sum : norm(sum, own);
}
