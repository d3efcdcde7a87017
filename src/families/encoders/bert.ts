import * as v from "valibot";
import { keyMask } from "../../attention/masks.ts";
import type { Probe } from "../../probe/probe.ts";
import type { LinearWeights } from "../../tensor/operations.ts";
import {
  activationName,
  checkConfig,
  count,
  depth,
  flag,
  headWidthOf,
  maybeId,
  normEpsilon,
  type RawConfig,
  refuse,
} from "../config.ts";
import { type Family, headClass, type Network, type Outputs } from "../family.ts";
import type { Inputs } from "../inputs.ts";
import type { Parameters } from "../parameters.ts";
import {
  type EncoderHead,
  encoderOutputs,
  encoderReadout,
  poolFirst,
  takesPooler,
} from "../parts/encoder-head.ts";
import {
  absentInPostNorm,
  type PostNormWeights,
  postNormBlock,
  takePostNormLayer,
} from "../parts/post-norm.ts";
import {
  embedTokens,
  type TokenEmbeddings,
  takeTokenEmbeddings,
} from "../parts/token-embeddings.ts";
import { takeHead } from "./bert-head.ts";

const schema = v.object({
  vocab_size: count(30522),
  hidden_size: count(768),
  num_hidden_layers: depth(12),
  num_attention_heads: count(12),
  intermediate_size: count(3072),
  hidden_act: activationName("gelu"),
  max_position_embeddings: count(512),
  type_vocab_size: count(2),
  layer_norm_eps: normEpsilon(1e-12),
  pad_token_id: v.nullish(maybeId, 0),
  is_decoder: flag(false),
  is_causal: flag(true),
  add_cross_attention: flag(false),
  position_embedding_type: v.nullish(v.string(), "absolute"),
  tie_word_embeddings: flag(true),
});
type Config = v.InferOutput<typeof schema>;

interface Weights {
  readonly embeddings: TokenEmbeddings;
  readonly layers: readonly PostNormWeights[];
  readonly pooler: LinearWeights | undefined;
  readonly head: EncoderHead;
}

/** BERT (Devlin et al. 2019): an encoder whose norms come after each residual. TinyBERT has its shape. */
export const bert: Family = {
  type: "bert",
  open(raw, parameters): Network {
    const config = checkConfig(schema, raw, "bert");
    refuseUnknown(config);
    const headWidth = headWidthOf("bert", config.hidden_size, config.num_attention_heads);
    const weights = takeWeights(config, raw, parameters);
    return {
      dimensions: {
        layers: config.num_hidden_layers,
        heads: config.num_attention_heads,
        keyHeads: config.num_attention_heads,
        headWidth,
        width: config.hidden_size,
        feedForward: config.intermediate_size,
        vocabulary: config.vocab_size,
        positions: config.max_position_embeddings,
      },
      task: weights.head.task,
      takes: ["types", "positions"],
      isCausal: config.is_decoder && config.is_causal,
      readsTypes: true,
      paddingId: config.pad_token_id ?? 0,
      absent: absentInPostNorm("bert"),
      scoreScale: () => 1 / Math.sqrt(headWidth),
      readout: encoderReadout(weights.head),
      forward: (inputs, probe) => forward(weights, config, inputs, probe),
    };
  },
};

function forward(weights: Weights, config: Config, inputs: Inputs, probe: Probe): Outputs {
  const { num_attention_heads: heads, hidden_act: activation, layer_norm_eps: epsilon } = config;
  const mask = {
    keys: keyMask(inputs.mask, [inputs.batch, inputs.length], probe.program), // (B, S)
    causalOffset: config.is_decoder && config.is_causal ? 0 : undefined,
  };
  const tokens = embedTokens(
    weights.embeddings,
    inputs,
    { family: "bert", epsilon },
    probe.program,
  );
  let x = probe.site("embeddings", tokens); // (B, T, C)
  for (const [layer, w] of weights.layers.entries())
    x = probe.layer(layer, x, (x, probe) =>
      postNormBlock(x, w, { heads, activation, epsilon, mask }, probe),
    );
  const final = probe.site("final", x); // (B, T, C)
  return encoderOutputs(final, weights.head, poolFirst(weights.pooler), probe);
}

function takeWeights(config: Config, raw: RawConfig, file: Parameters): Weights {
  const { hidden_size: C, intermediate_size: F } = config;
  const body = file.beside("bert.", "");
  body.ignore(/(^|\.)position_ids$/);
  const embeddings = takeTokenEmbeddings(body, {
    vocabulary: config.vocab_size,
    positions: config.max_position_embeddings,
    types: config.type_vocab_size,
    width: C,
    tiedTo: config.tie_word_embeddings ? "cls.predictions.decoder.weight" : undefined,
  });
  return {
    embeddings,
    layers: Array.from({ length: config.num_hidden_layers }, (_, layer) =>
      takePostNormLayer(body.within(`encoder.layer.${layer}.`, `layers.${layer}.`), [C, F]),
    ),
    pooler: takePooler(headClass(raw), C, body),
    head: takeHead(headClass(raw), { config, raw, words: embeddings.words, file }),
  };
}

/** Bare models and those that classify a text have a pooler; some other files carry one all the same. */
function takePooler(head: string, width: number, body: Parameters): LinearWeights | undefined {
  return takesPooler(head, body, "pooler.dense.weight", [
    "ForSequenceClassification",
    "ForNextSentencePrediction",
    "ForMultipleChoice",
  ])
    ? body.linear("pooler.dense", [width, width], "pooler")
    : undefined;
}

function refuseUnknown(config: Config): void {
  const { position_embedding_type: kind } = config;
  if (kind !== null && kind !== "absolute")
    refuse("bert", "position_embedding_type", kind, "heed has absolute positions for this family");
  if (config.add_cross_attention && !config.is_decoder)
    refuse("bert", "add_cross_attention", true, "Only decoders have it, and is_decoder is false");
}
