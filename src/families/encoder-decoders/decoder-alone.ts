import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import type { Program } from "../../tensor/program.ts";
import type { Network, StackDimensions } from "../family.ts";
import { expectIds } from "../inputs.ts";
import type { CausalHead } from "../parts/causal-head.ts";
import { type Decoder, decoderNetwork } from "../parts/decoder.ts";
import type { DecoderLayer } from "../parts/decoder-block.ts";
import type { StackLayer, StackShape } from "./stack-block.ts";
import type { StackRows } from "./stacks.ts";

/** A decoder whose encoder is not there, as data. */
interface DecoderAlone
  extends Pick<Decoder, "family" | "words" | "norm" | "isCausal" | "ids" | "usualEnd"> {
  readonly sizes: StackDimensions;
  readonly positions: number;
  readonly shape: StackShape;
  readonly layers: readonly StackLayer[];
  /** What becomes of the words' vectors before layer 0: (B, T, C) → (B, T, C). */
  readonly enter: (found: LazyTensor, rows: StackRows, program: Program) => LazyTensor;
  readonly head: CausalHead;
  readonly forcedEndId?: number;
}

/** The decoder of an encoder–decoder by itself: with nothing to look at, its layers leave that look out, as transformers has it. */
export function decoderAlone(alone: DecoderAlone): Network {
  const { family, sizes, words, shape, enter, forcedEndId, ...rest } = alone;
  const { heads } = sizes;
  return {
    ...decoderNetwork({
      ...rest,
      family,
      words,
      dimensions: { ...sizes, vocabulary: words.shape[0]!, positions: alone.positions },
      embed: (found, inputs, program) => {
        const { batch, length, cache } = inputs;
        const ids = expectIds(inputs, family);
        return enter(found, { batch, length, ids, past: cache?.length ?? 0 }, program);
      },
      layers: alone.layers.map((layer) => layerAlone(layer, shape)),
      shape: { heads, keyHeads: heads, activation: shape.activation },
      isPackable: false,
      scoreScale: shape.scale,
      positions: "embedded",
      takes: [],
      isUnbounded: false,
    }),
    forcedEndId,
  };
}

function layerAlone(layer: StackLayer, { normsFirst }: StackShape): DecoderLayer {
  const { attention, attentionNorm, norm, gate, up, down } = layer;
  const norms = normsFirst
    ? { attentionNorm, mlpNorm: norm }
    : { joinNorms: { attention: attentionNorm, mlp: norm } };
  return { ...norms, attention, ...(gate && { gate }), up, down };
}
