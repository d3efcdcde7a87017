import { type AttendOptions, attend } from "../../attention/attend.ts";
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
import {
  add,
  type LinearWeights,
  layerNorm,
  linear,
  multiply,
  type NormWeights,
} from "../../tensor/operations.ts";
import { joinedOutput } from "./joined-output.ts";
import { type Cross, type LookWeights, lookAtEncoder } from "./look-at-encoder.ts";

/** The weights of a layer whose norms come before each part. */
export interface PreNormWeights {
  readonly attentionNorm: NormWeights;
  readonly attention: AttentionWeights;
  /** In a decoder beside an encoder: how it looks at that. */
  readonly cross?: LookWeights;
  readonly norm: NormWeights;
  readonly gate?: LinearWeights; // (F, C)
  readonly up: LinearWeights; // (F, C)
  readonly down: LinearWeights; // (C, F)
  /** What each part is multiplied by, number by number, before it joins the stream (layer scale). */
  readonly joinGains?: { readonly attention: LazyTensor; readonly mlp: LazyTensor }; // (C)
}

/** What a config tells a layer, and how it attends. */
interface PreNormOptions {
  readonly heads: number;
  readonly activation: Activation;
  readonly epsilon: number;
  readonly attention: AttendOptions;
  /** What a decoder's layer looks at. */
  readonly cross?: Cross;
}

/** Attention and feed-forward, each of a normed stream, each added to it (Radford et al. 2019): x (B, T, C) → (B, T, C). */
export function preNormBlock(
  x: LazyTensor,
  w: PreNormWeights,
  { heads, activation, epsilon, attention, cross }: PreNormOptions,
  probe: Probe,
): LazyTensor {
  const normed = probe.site("normed", layerNorm(x, w.attentionNorm, epsilon)); // (B, T, C)
  const q = projectQuery(normed, w.attention, heads, probe); // (B, H, T, D)
  const { k, v } = projectKeyValue(normed, w.attention, heads, probe); // (B, H, S, D)
  const bias = attention.bias && everyText(attention.bias, x.shape[0]!, probe);
  const mixed = attend(q, k, v, { ...attention, bias }, probe); // (B, H, T, D)
  const output = projectOutput(mixed, w.attention, probe); // (B, T, C)
  const gains = w.joinGains;
  const attended = gains
    ? joinedOutput(output, mixed, w.attention.o, { gain: gains.attention }, probe)
    : output;
  const middle = probe.site("middle", add(x, attended)); // (B, T, C)
  const look = { heads, scale: attention.scale, normsFirst: true };
  const looked =
    w.cross && cross ? lookAtEncoder(middle, w.cross, look, cross, probe.within("cross.")) : middle;
  const inner = layerNorm(looked, w.norm, epsilon);
  const wide = linear(inner, w.gate ?? w.up, { activation }); // (B, T, F)
  const made = linear(w.gate ? multiply(wide, linear(inner, w.up)) : wide, w.down);
  const mlp = probe.site("mlp", made); // (B, T, C)
  return add(looked, gains ? probe.site("mlp.joined", multiply(mlp, gains.mlp)) : mlp);
}
