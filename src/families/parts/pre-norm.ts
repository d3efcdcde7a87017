import { type AttendOptions, attend } from "../../attention/attend.ts";
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
  type NormWeights,
} from "../../tensor/operations.ts";

/** The weights of a layer whose norms come before each part. */
export interface PreNormWeights {
  readonly attentionNorm: NormWeights;
  readonly attention: AttentionWeights;
  readonly norm: NormWeights;
  readonly up: LinearWeights; // (F, C)
  readonly down: LinearWeights; // (C, F)
}

/** What a config tells a layer, and how it attends. */
interface PreNormOptions {
  readonly heads: number;
  readonly activation: Activation;
  readonly epsilon: number;
  readonly attention: AttendOptions;
}

/** Attention and feed-forward, each of a normed stream, each added to it (Radford et al. 2019): x (B, T, C) → (B, T, C). */
export function preNormBlock(
  x: LazyTensor,
  w: PreNormWeights,
  { heads, activation, epsilon, attention }: PreNormOptions,
  probe: Probe,
): LazyTensor {
  const normed = probe.site("normed", layerNorm(x, w.attentionNorm, epsilon)); // (B, T, C)
  const q = projectQuery(normed, w.attention, heads, probe); // (B, H, T, D)
  const { k, v } = projectKeyValue(normed, w.attention, heads, probe); // (B, H, S, D)
  const mixed = attend(q, k, v, attention, probe); // (B, H, T, D)
  const middle = probe.site("middle", add(x, projectOutput(mixed, w.attention, probe)));
  const wide = linear(layerNorm(middle, w.norm, epsilon), w.up, { activation }); // (B, T, F)
  return add(middle, probe.site("mlp", linear(wide, w.down))); // (B, T, C)
}
