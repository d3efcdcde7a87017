import type { Activation } from "../../tensor/attributes.ts";
import { activationName, count, depth, flag, headWidthOf, normEpsilon, refuse } from "../config.ts";
import type { Parameters } from "../parameters.ts";
import { takePostNormLayer, takePostNormLook } from "./post-norm.ts";
import type { PostNormEncoder } from "./post-norm-encoder.ts";

/** The fields of a config in which a family of BERT's shape says how large it is, with BERT's values where they are left out. */
export const bertFields = {
  vocab_size: count(30522),
  hidden_size: count(768),
  num_hidden_layers: depth(12),
  num_attention_heads: count(12),
  intermediate_size: count(3072),
  hidden_act: activationName("gelu"),
  max_position_embeddings: count(512),
  type_vocab_size: count(2),
  layer_norm_eps: normEpsilon(1e-12),
  is_decoder: flag(false),
  is_causal: flag(true),
  add_cross_attention: flag(false),
  tie_word_embeddings: flag(true),
};

interface BertConfig {
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly intermediate_size: number;
  readonly hidden_act: Activation;
  readonly max_position_embeddings: number;
  readonly layer_norm_eps: number;
  readonly is_decoder: boolean;
  readonly is_causal: boolean;
  readonly add_cross_attention: boolean;
  readonly position_embedding_type?: string | null;
}

/** Takes BERT's layers by the names of its files, and says how large they are; beside an encoder, how they look at it too. */
export function bertStack(
  family: string,
  config: BertConfig,
  body: Parameters,
  isBeside: boolean,
): Pick<
  PostNormEncoder,
  "family" | "dimensions" | "layers" | "activation" | "epsilon" | "isCausal"
> {
  const { hidden_size: C, num_hidden_layers: layers, num_attention_heads: heads } = config;
  const { intermediate_size: F, layer_norm_eps: epsilon } = config;
  expectDecoder(family, config, isBeside);
  return {
    family,
    dimensions: {
      layers,
      heads,
      keyHeads: heads,
      headWidth: headWidthOf(family, C, heads),
      width: C,
      feedForward: F,
      vocabulary: config.vocab_size,
      positions: config.max_position_embeddings,
    },
    layers: Array.from({ length: layers }, (_, layer) => {
      const from = body.within(`encoder.layer.${layer}.`, `layers.${layer}.`);
      return {
        ...takePostNormLayer(from, [C, F]),
        cross: isBeside ? takePostNormLook(from, C, epsilon) : undefined,
      };
    }),
    activation: config.hidden_act,
    epsilon,
    isCausal: config.is_decoder && config.is_causal,
  };
}

/** Throws ConfigError for a config of a decoder that says it is none, and for positions that heed does not count on from pass to pass. */
function expectDecoder(family: string, config: BertConfig, isBeside: boolean): void {
  const { position_embedding_type: kind } = config;
  if (config.add_cross_attention && !config.is_decoder)
    refuse(family, "add_cross_attention", true, "Only decoders have it, and is_decoder is false");
  if (isBeside && kind && kind !== "absolute")
    refuse(
      family,
      "position_embedding_type",
      kind,
      "heed runs decoders beside an encoder with absolute positions, and transformers 5 reads all of them as if they had those. Run the decoder alone (its folder), or give a model with absolute positions",
    );
}
