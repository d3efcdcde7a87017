import * as v from "valibot";
import { keyMask } from "../../attention/masks.ts";
import type { Probe } from "../../probe/probe.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { type LinearWeights, linear } from "../../tensor/operations.ts";
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
import { type Family, headClass, labelCount, type Network, type Outputs } from "../family.ts";
import type { Inputs } from "../inputs.ts";
import type { Parameters } from "../parameters.ts";
import {
  type EncoderHead,
  encoderOutputs,
  encoderReadout,
  overChoices,
  overPooled,
  overTokens,
  poolFirst,
  takesPooler,
} from "../parts/encoder-head.ts";
import { takeLanguageHead } from "../parts/language-head.ts";
import {
  absentInPostNorm,
  type PostNormNames,
  type PostNormWeights,
  postNormBlock,
  takePostNormLayer,
} from "../parts/post-norm.ts";
import {
  embedTokens,
  type TokenEmbeddings,
  takeTokenEmbeddings,
} from "../parts/token-embeddings.ts";

const schema = v.object({
  vocab_size: count(30000),
  embedding_size: count(128),
  hidden_size: count(4096),
  num_hidden_layers: depth(12),
  num_hidden_groups: depth(1),
  inner_group_num: depth(1),
  num_attention_heads: count(64),
  intermediate_size: count(16384),
  hidden_act: activationName("gelu_new"),
  max_position_embeddings: count(512),
  type_vocab_size: count(2),
  layer_norm_eps: normEpsilon(1e-12),
  pad_token_id: maybeId,
  position_embedding_type: v.nullish(v.string(), "absolute"),
  tie_word_embeddings: flag(true),
});
type Config = v.InferOutput<typeof schema>;

interface Weights {
  /** At their own width, E. */
  readonly embeddings: TokenEmbeddings;
  readonly widen: LinearWeights; // (C, E)
  /** One entry a pass; layers of a group have the same tensors. */
  readonly layers: readonly PostNormWeights[];
  readonly pooler: LinearWeights | undefined;
  readonly head: EncoderHead;
}

const layerNames: PostNormNames = {
  q: "attention.query",
  k: "attention.key",
  v: "attention.value",
  o: "attention.dense",
  attentionNorm: "attention.LayerNorm",
  up: "ffn",
  down: "ffn_output",
  norm: "full_layer_layer_norm",
};

/** ALBERT (Lan et al. 2020): BERT whose layers share their weights, and whose embeddings are narrower than its stream. */
export const albert: Family = {
  type: "albert",
  open(raw, parameters): Network {
    const config = checkConfig(schema, raw, "albert");
    const { position_embedding_type: kind } = config;
    if (kind !== null && kind !== "absolute")
      refuse(
        "albert",
        "position_embedding_type",
        kind,
        "heed has absolute positions for this family",
      );
    const headWidth = headWidthOf("albert", config.hidden_size, config.num_attention_heads);
    const weights = takeWeights(config, raw, parameters);
    return {
      dimensions: {
        layers: weights.layers.length,
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
      isCausal: false,
      readsTypes: true,
      paddingId: config.pad_token_id ?? 0,
      absent: absentInPostNorm("albert"),
      scoreScale: () => 1 / Math.sqrt(headWidth),
      readout: encoderReadout(weights.head),
      forward: (inputs, probe) => forward(weights, config, inputs, probe),
    };
  },
};

function forward(weights: Weights, config: Config, inputs: Inputs, probe: Probe): Outputs {
  const { num_attention_heads: heads, hidden_act: activation, layer_norm_eps: epsilon } = config;
  const mask = { keys: keyMask(inputs.mask, [inputs.batch, inputs.length], probe.program) }; // (B, S)
  const named = { family: "albert", epsilon };
  const narrow = embedTokens(weights.embeddings, inputs, named, probe.program); // (B, T, E)
  let x = probe.site("embeddings", linear(narrow, weights.widen)); // (B, T, C)
  for (const [layer, w] of weights.layers.entries())
    x = probe.layer(layer, x, (x, probe) =>
      postNormBlock(x, w, { heads, activation, epsilon, mask }, probe),
    );
  const final = probe.site("final", x); // (B, T, C)
  return encoderOutputs(final, weights.head, poolFirst(weights.pooler), probe);
}

function takeWeights(config: Config, raw: RawConfig, file: Parameters): Weights {
  const { hidden_size: C, embedding_size: E } = config;
  const body = file.beside("albert.", "");
  file.ignore(/(^|\.)embeddings\.(position_ids|token_type_ids)$/);
  const embeddings = takeTokenEmbeddings(body, {
    vocabulary: config.vocab_size,
    positions: config.max_position_embeddings,
    types: config.type_vocab_size,
    width: E,
    tiedTo: config.tie_word_embeddings ? "predictions.decoder.weight" : undefined,
  });
  return {
    embeddings,
    widen: body.linear("encoder.embedding_hidden_mapping_in", [C, E], "embeddings.widen"),
    layers: takeLayers(config, body),
    pooler: takesPooler(headClass(raw), body, "pooler.weight", [
      "ForSequenceClassification",
      "ForMultipleChoice",
    ])
      ? body.linear("pooler", [C, C], "pooler")
      : undefined,
    head: takeHead(config, raw, embeddings.words, file),
  };
}

/** num_hidden_layers passes, each through the inner layers of one group. */
function takeLayers(config: Config, body: Parameters): PostNormWeights[] {
  const { num_hidden_layers: passes, num_hidden_groups: groups, inner_group_num: inner } = config;
  const widths = [config.hidden_size, config.intermediate_size] as const;
  return Array.from({ length: passes * inner }, (_, layer) => {
    const group = Math.floor(Math.floor(layer / inner) / (passes / groups));
    const stored = `encoder.albert_layer_groups.${group}.albert_layers.${layer % inner}.`;
    return takePostNormLayer(body.within(stored, `layers.${layer}.`), widths, layerNames);
  });
}

/** The head of a class of transformers, by the name after "Albert". Throws ConfigError for one heed does not have. */
function takeHead(
  config: Config,
  raw: RawConfig,
  words: LazyTensor,
  file: Parameters,
): EncoderHead {
  const C = config.hidden_size;
  switch (headClass(raw)) {
    case "Model":
      return { task: "features", readsPooled: true };
    case "ForMaskedLM":
    case "ForPreTraining":
      return maskedLanguageHead(config, words, file);
    case "ForSequenceClassification":
      return overPooled(file, "classifier", labelCount(raw), C);
    case "ForMultipleChoice":
      return overChoices(file, "classifier", C);
    case "ForTokenClassification":
      return overTokens(file, "classifier", labelCount(raw), C, "token classification");
    case "ForQuestionAnswering":
      return overTokens(file, "qa_outputs", 2, C, "question answering");
    default:
      return refuse(
        "albert",
        "architectures",
        raw.architectures,
        "heed has AlbertModel, AlbertForMaskedLM, AlbertForPreTraining, AlbertForSequenceClassification, AlbertForTokenClassification, AlbertForMultipleChoice and AlbertForQuestionAnswering",
      );
  }
}

/** Back to the embeddings' width on the way to the words. */
function maskedLanguageHead(config: Config, words: LazyTensor, file: Parameters): EncoderHead {
  return takeLanguageHead({
    prefix: "predictions.",
    dense: "dense",
    norm: "LayerNorm",
    activation: config.hidden_act,
    epsilon: config.layer_norm_eps,
    width: config.hidden_size,
    isTied: config.tie_word_embeddings,
    words,
    file,
  });
}
