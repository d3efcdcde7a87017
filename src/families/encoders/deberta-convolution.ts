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
  /** One a group, (C/G, C/G · kernel): for each number that enters, its weights for every place of the kernel. */
  readonly maps: readonly LinearWeights[];
  readonly activation: Activation;
  readonly norm: NormWeights;
  readonly epsilon: number;
}

/** Takes it, where the config has one. Throws ConfigError for kernels of even width and for groups that do not share the stream evenly. */
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
  if (C % groups !== 0)
    refuse("deberta-v2", "conv_groups", groups, `It must divide hidden_size, ${C}`);
  const from = body.within("encoder.conv.", "convolution.");
  return {
    kernel,
    maps: Array.from({ length: groups }, (_, group) => takeGroup(from, C, kernel, [group, groups])),
    activation,
    norm: from.norm("LayerNorm", C, "norm"),
    epsilon,
  };
}

/** The map of one of several groups, which read and write their own part of the stream. */
function takeGroup(
  from: Parameters,
  C: number,
  kernel: number,
  [group, groups]: readonly [number, number],
): LinearWeights {
  const width = C / groups;
  const rows = groups === 1 ? undefined : ([group * width, (group + 1) * width] as const);
  const name = groups === 1 ? "" : `${group}.`;
  const weight = from.matrix("conv.weight", [width, width * kernel], `${name}weight`, {
    storedShape: [width, width, kernel],
    rows,
  });
  return { weight, bias: from.plain("conv.bias", [width], `${name}bias`, { rows }) };
}

/** What entered layer 0, convolved, joins what the layer made of it, normed: (B, T, C) each; padding stays zero where `real` (B, T, 1) says 0. */
export function convolved(
  entered: LazyTensor,
  made: LazyTensor,
  real: LazyTensor | undefined,
  { kernel, maps, activation, norm, epsilon }: Convolution,
): LazyTensor {
  const [B, T, C] = entered.shape as readonly [number, number, number];
  const reach = (kernel - 1) / 2;
  const none = entered.program!.input(new Float32Array(B * reach * C), [B, reach, C], "no tokens");
  const longer = reach === 0 ? entered : concat([none, entered, none], 1); // (B, T + 2 · reach, C)
  const places = Array.from({ length: kernel }, (_, place) =>
    reshape(slice(longer, 1, place, place + T), [B, T, C, 1]),
  );
  const near = reshape(concat(places, 3), [B, T, C * kernel]);
  const width = (C * kernel) / maps.length;
  const ofGroups = maps.map((map, g) => linear(slice(near, 2, g * width, (g + 1) * width), map));
  const mapped = ofGroups.length === 1 ? ofGroups[0]! : concat(ofGroups, 2); // (B, T, C)
  const kept = (x: LazyTensor) => (real ? multiply(x, real) : x);
  return kept(layerNorm(add(made, activate(kept(mapped), activation)), norm, epsilon));
}
