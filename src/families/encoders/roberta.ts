import * as v from "valibot";
import { keyMask } from "../../attention/masks.ts";
import type { Probe } from "../../probe/probe.ts";
import type { LinearWeights } from "../../tensor/operations.ts";
import {
  activationName,
  checkConfig,
  count,
  depth,
  expectPositionsPastPadding,
  flag,
  headWidthOf,
  normEpsilon,
  positionPaddingId,
  type RawConfig,
  refuse,
} from "../config.ts";
import { type Family, headClass, type Network, type Outputs } from "../family.ts";
import { expectIds, type Inputs } from "../inputs.ts";
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
  positionsAfterPadding,
  type TokenEmbeddings,
  takeTokenEmbeddings,
} from "../parts/token-embeddings.ts";
import { takeRobertaHead } from "./roberta-head.ts";

const schema = (vocabulary: number) =>
  v.object({
    vocab_size: count(vocabulary),
    hidden_size: count(768),
    num_hidden_layers: depth(12),
    num_attention_heads: count(12),
    intermediate_size: count(3072),
    hidden_act: activationName("gelu"),
    max_position_embeddings: count(512),
    type_vocab_size: count(2),
    layer_norm_eps: normEpsilon(1e-12),
    pad_token_id: v.pipe(
      v.nullish(positionPaddingId(1), 1),
      v.transform((id) => id ?? 1),
    ),
    is_decoder: flag(false),
    is_causal: flag(true),
    add_cross_attention: flag(false),
    position_embedding_type: v.nullish(v.string(), "absolute"),
    tie_word_embeddings: flag(true),
  });
type Config = v.InferOutput<ReturnType<typeof schema>>;

interface Weights {
  readonly embeddings: TokenEmbeddings;
  readonly layers: readonly PostNormWeights[];
  readonly pooler: LinearWeights | undefined;
  readonly head: EncoderHead;
}

/** RoBERTa (Liu et al. 2019): BERT's network, whose position ids begin after the padding id and skip padding. */
export const roberta: Family = robertaFamily("roberta", 50265);
/** CamemBERT (Martin et al. 2020): RoBERTa's network, trained on French. */
export const camembert: Family = robertaFamily("camembert", 30522);
/** XLM-RoBERTa (Conneau et al. 2020): RoBERTa's network, trained on a hundred languages. */
export const xlmRoberta: Family = robertaFamily("xlm-roberta", 30522);

function robertaFamily(type: string, vocabulary: number): Family {
  return {
    type,
    open(raw, parameters): Network {
      const config = checkConfig(schema(vocabulary), raw, type);
      refuseUnknown(config, type);
      expectPositionsPastPadding(type, config);
      const headWidth = headWidthOf(type, config.hidden_size, config.num_attention_heads);
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
          // The first ones belong to padding and to the ids before it.
          positions: config.max_position_embeddings - config.pad_token_id - 1,
        },
        task: weights.head.task,
        takes: ["types", "positions"],
        isCausal: config.is_decoder && config.is_causal,
        readsTypes: false,
        paddingId: config.pad_token_id,
        countsPastPadding: true,
        absent: absentInPostNorm(type),
        scoreScale: () => 1 / Math.sqrt(headWidth),
        readout: encoderReadout(weights.head),
        forward: (inputs, probe) => forward(weights, config, inputs, probe),
      };
    },
  };
}

function forward(weights: Weights, config: Config, inputs: Inputs, probe: Probe): Outputs {
  const { num_attention_heads: heads, hidden_act: activation, layer_norm_eps: epsilon } = config;
  const { batch: B, length: T } = inputs;
  const mask = {
    keys: keyMask(inputs.mask, [B, T], probe.program), // (B, S)
    causalOffset: config.is_decoder && config.is_causal ? 0 : undefined,
  };
  const ids = expectIds(inputs, "roberta");
  const positions = inputs.positions ?? positionsAfterPadding(ids, [B, T], config.pad_token_id);
  const named = { family: "roberta", epsilon };
  const tokens = embedTokens(weights.embeddings, { ...inputs, positions }, named, probe.program);
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
  const body = file.beside("roberta.", "");
  file.ignore(/(^|\.)embeddings\.(position_ids|token_type_ids)$/);
  const embeddings = takeTokenEmbeddings(body, {
    vocabulary: config.vocab_size,
    positions: config.max_position_embeddings,
    types: config.type_vocab_size,
    width: C,
    tiedTo: config.tie_word_embeddings ? "lm_head.decoder.weight" : undefined,
  });
  return {
    embeddings,
    layers: Array.from({ length: config.num_hidden_layers }, (_, layer) =>
      takePostNormLayer(body.within(`encoder.layer.${layer}.`, `layers.${layer}.`), [C, F]),
    ),
    pooler: takesPooler(headClass(raw), body, "pooler.dense.weight", ["ForMultipleChoice"])
      ? body.linear("pooler.dense", [C, C], "pooler")
      : undefined,
    head: takeRobertaHead(headClass(raw), { config, raw, words: embeddings.words, file }),
  };
}

function refuseUnknown(config: Config, family: string): void {
  const { position_embedding_type: kind } = config;
  if (kind !== null && kind !== "absolute")
    refuse(family, "position_embedding_type", kind, "heed has absolute positions for this family");
  if (config.add_cross_attention && !config.is_decoder)
    refuse(family, "add_cross_attention", true, "Only decoders have it, and is_decoder is false");
}
