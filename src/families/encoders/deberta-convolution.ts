import * as v from "valibot";
import type { Activation } from "../../tensor/attributes.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import {
  activate,
  add,
  concat,
  type LinearWeights,
  layerNorm,
  linear,
  multiply,
  type NormWeights,
  reshape,
  slice,
} from "../../tensor/operations.ts";
import { activationName, checkConfig, count, type RawConfig, refuse } from "../config.ts";
import type { Parameters } from "../parameters.ts";

const schema = v.object({
  conv_kernel_size: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255)), 0),
  conv_groups: count(1),
  conv_act: activationName("tanh"),
});

/** A convolution over neighbouring tokens beside layer 0 (DeBERTa v2 XLarge). */
export interface Convolution {
  readonly kernel: number;
  /** (C, C · kernel): for each number that enters, its weights for every place of the kernel. */
  readonly map: LinearWeights;
  readonly activation: Activation;
  readonly norm: NormWeights;
  readonly epsilon: number;
}

/** Takes it, where the config has one. Throws ConfigError for kernels of even width and for groups. */
export function takeConvolution(
  raw: RawConfig,
  { width: C, epsilon }: { readonly width: number; readonly epsilon: number },
  body: Parameters,
): Convolution | undefined {
  const {
    conv_kernel_size: kernel,
    conv_groups: groups,
    conv_act: activation,
  } = checkConfig(schema, raw, "deberta-v2");
  if (kernel === 0) return undefined;
  if (kernel % 2 === 0)
    refuse("deberta-v2", "conv_kernel_size", kernel, "It must be odd: as many tokens to each side");
  if (groups !== 1)
    refuse("deberta-v2", "conv_groups", groups, "heed has a convolution in one group");
  const from = body.within("encoder.conv.", "convolution.");
  const weight = from.matrix("conv.weight", [C, C * kernel], "weight", {
    storedShape: [C, C, kernel],
  });
  return {
    kernel,
    map: { weight, bias: from.plain("conv.bias", [C], "bias") },
    activation,
    norm: from.norm("LayerNorm", C, "norm"),
    epsilon,
  };
}

/** What entered layer 0, convolved, joins what the layer made of it, normed: (B, T, C) each; padding stays zero where `real` (B, T, 1) says 0. */
export function convolved(
  entered: LazyTensor,
  made: LazyTensor,
  real: LazyTensor | undefined,
  { kernel, map, activation, norm, epsilon }: Convolution,
): LazyTensor {
  const [B, T, C] = entered.shape as readonly [number, number, number];
  const reach = (kernel - 1) / 2;
  const none = entered.program!.input(new Float32Array(B * reach * C), [B, reach, C], "no tokens");
  const longer = reach === 0 ? entered : concat([none, entered, none], 1); // (B, T + 2 · reach, C)
  const places = Array.from({ length: kernel }, (_, place) =>
    reshape(slice(longer, 1, place, place + T), [B, T, C, 1]),
  );
  const near = reshape(concat(places, 3), [B, T, C * kernel]);
  const kept = (x: LazyTensor) => (real ? multiply(x, real) : x);
  return kept(layerNorm(add(made, activate(kept(linear(near, map)), activation)), norm, epsilon));
}
