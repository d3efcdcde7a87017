import type { Spread } from "../../attention/blind-rows.ts";
import { keyMask, realPairs } from "../../attention/masks.ts";
import type { Probe } from "../../probe/probe.ts";
import type { Activation } from "../../tensor/attributes.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { type Mask, multiply } from "../../tensor/operations.ts";
import type { Program } from "../../tensor/program.ts";
import type { Dimensions, Network, Outputs, Turning } from "../family.ts";
import type { ExtraInput, Inputs } from "../inputs.ts";
import { type EncoderHead, encoderOutputs, encoderReadout } from "./encoder-head.ts";
import {
  absentInPostNorm,
  type PostNormAttention,
  type PostNormWeights,
  postNormBlock,
} from "./post-norm.ts";

/** An encoder whose norms come after each part, as data: what its family's file says of it. */
export interface PostNormEncoder {
  readonly family: string;
  readonly dimensions: Dimensions;
  readonly layers: readonly PostNormWeights[];
  readonly activation: Activation;
  readonly epsilon: number;
  /** What enters layer 0: (B, T, C). */
  readonly embed: (inputs: Inputs, program: Program) => LazyTensor;
  /** How positions take part in the scores of each layer; undefined where they are in the embeddings alone. */
  readonly positions?: (
    inputs: Inputs,
    program: Program,
  ) => (layer: number) => Omit<PostNormAttention, "mask" | "spread">;
  /** Which tokens are real, (B, T): 0 is padding; as the run says, where it is left out. */
  readonly realTokens?: (inputs: Inputs) => Int32Array | undefined;
  /** Whether tokens see padding: their mask is the causal one alone. */
  readonly seesPadding?: boolean;
  /** Whether padding sees nothing, beside not being seen. */
  readonly blindsPadding?: boolean;
  /** Where padding's own vectors are made zero. */
  readonly zeroesPadding?: "in embeddings" | "in every layer";
  /** What becomes of a layer's output: (B, T, C), from what entered it, that output and 1 for real tokens (B, T, 1) where there is padding. */
  readonly behind?: (
    layer: number,
    entered: LazyTensor,
    made: LazyTensor,
    real: LazyTensor | undefined,
  ) => LazyTensor;
  /** Why a kind of site is not there, where that is not as in BERT. */
  readonly absent?: Readonly<Record<string, string | undefined>>;
  /** Whether later tokens see earlier ones only. */
  readonly isCausal?: boolean;
  readonly spread?: Spread;
  /** What q·k is multiplied by, where it is not 1/√D. */
  readonly scoreScale?: number;
  readonly turning?: Turning;
  /** One vector of a text: final (B, T, C) → (B, C). */
  readonly pool?: (final: LazyTensor) => LazyTensor;
  readonly head: EncoderHead;
  readonly takes: readonly ExtraInput[];
  readonly readsTypes: boolean;
  readonly paddingId: number;
  /** The id that ends a text where the files name none. */
  readonly endId?: number;
  readonly countsPastPadding?: boolean;
  readonly readsPadding?: boolean;
  readonly isUnbounded?: boolean;
}

/** A network of such layers, put together from data. */
export function postNormEncoder(encoder: PostNormEncoder): Network {
  const { family, dimensions, head, absent = {} } = encoder;
  const reasons = Object.entries({ ...absentInPostNorm(family), ...absent });
  const scale = encoder.scoreScale ?? 1 / Math.sqrt(dimensions.headWidth);
  return {
    dimensions,
    task: head.task,
    takes: encoder.takes,
    isCausal: encoder.isCausal ?? false,
    readsTypes: encoder.readsTypes,
    paddingId: encoder.paddingId,
    endId: encoder.endId,
    countsPastPadding: encoder.countsPastPadding,
    readsPadding: encoder.readsPadding,
    isUnbounded: encoder.isUnbounded,
    absent: Object.fromEntries(
      reasons.filter((reason): reason is [string, string] => reason[1] !== undefined),
    ),
    turning: encoder.turning,
    scoreScale: () => scale,
    readout: encoderReadout(head),
    forward: (inputs, probe) => forward(encoder, inputs, probe),
  };
}

function forward(encoder: PostNormEncoder, inputs: Inputs, probe: Probe): Outputs {
  const { program } = probe;
  const { activation, epsilon, spread, scoreScale: scale } = encoder;
  const { batch: B, length: T, cache, beside } = inputs;
  const past = cache?.length ?? 0;
  const tokens = encoder.realTokens ? encoder.realTokens(inputs) : inputs.mask;
  const mask: Mask = {
    keys: encoder.seesPadding ? undefined : keyMask(tokens, [B, past + T], program), // (B, S)
    causalOffset: encoder.isCausal ? past : undefined,
    allowed: encoder.blindsPadding ? realPairs(tokens, [B, T], program) : undefined,
  };
  const real =
    encoder.zeroesPadding && tokens?.includes(0)
      ? program.input(Float32Array.from(tokens), [B, T, 1], "real tokens")
      : undefined;
  const zeroed = (x: LazyTensor) => (real ? multiply(x, real) : x);
  const zeroesAll = encoder.zeroesPadding === "in every layer";
  let x = probe.site("embeddings", zeroed(encoder.embed(inputs, program))); // (B, T, C)
  const positionsOf = encoder.positions?.(inputs, program);
  const { heads } = encoder.dimensions;
  for (const [layer, w] of encoder.layers.entries()) {
    const memory = cache?.memory(`layers.${layer}`);
    const cross = beside && { ...beside, memory: cache?.memory(`layers.${layer}.cross`) };
    const own = { mask, spread, scale, memory, cross, ...positionsOf?.(layer) };
    const options = { heads, activation, epsilon, ...own };
    x = probe.layer(layer, x, (x, probe) => {
      const made = postNormBlock(x, w, options, probe); // (B, T, C)
      const left = encoder.behind ? encoder.behind(layer, x, made, real) : made;
      return zeroesAll ? zeroed(left) : left;
    });
  }
  const final = probe.site("final", x); // (B, T, C)
  if (beside) return { final };
  return encoderOutputs(final, encoder.head, encoder.pool, probe);
}
