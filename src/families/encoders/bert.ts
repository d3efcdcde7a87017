import * as v from "valibot";
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
  refuse,
} from "../config.ts";
import { type Family, headClass, type Network } from "../family.ts";
import type { Parameters } from "../parameters.ts";
import { poolFirst, takesPooler } from "../parts/encoder-head.ts";
import { takePostNormLayer } from "../parts/post-norm.ts";
import { postNormEncoder } from "../parts/post-norm-encoder.ts";
import { positionKind, relativeKeys } from "../parts/relative-key.ts";
import { embedTokens, takeTokenEmbeddings } from "../parts/token-embeddings.ts";
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
  position_embedding_type: v.nullish(v.string()),
  tie_word_embeddings: flag(true),
});
type Config = v.InferOutput<typeof schema>;

/** BERT (Devlin et al. 2019): an encoder whose norms come after each residual. TinyBERT has its shape. */
export const bert: Family = {
  type: "bert",
  open(raw, parameters): Network {
    const config = checkConfig(schema, raw, "bert");
    refuseUnknown(config);
    const { hidden_size: C, num_hidden_layers: layers, num_attention_heads: heads } = config;
    const { max_position_embeddings: positions, layer_norm_eps: epsilon } = config;
    const headWidth = headWidthOf("bert", C, heads);
    const kind = positionKind("bert", config.position_embedding_type);
    const body = parameters.beside("bert.", "");
    body.ignore(/(^|\.)position_ids$/);
    const embeddings = takeTokenEmbeddings(body, {
      vocabulary: config.vocab_size,
      positions,
      types: config.type_vocab_size,
      width: C,
      tiedTo: config.tie_word_embeddings ? "cls.predictions.decoder.weight" : undefined,
      isRelative: kind !== "absolute",
    });
    const stack = Array.from({ length: layers }, (_, layer) =>
      takePostNormLayer(body.within(`encoder.layer.${layer}.`, `layers.${layer}.`), [
        C,
        config.intermediate_size,
      ]),
    );
    return postNormEncoder({
      family: "bert",
      dimensions: {
        layers,
        heads,
        keyHeads: heads,
        headWidth,
        width: C,
        feedForward: config.intermediate_size,
        vocabulary: config.vocab_size,
        positions,
      },
      layers: stack,
      activation: config.hidden_act,
      epsilon,
      embed: (inputs, program) =>
        embedTokens(embeddings, inputs, { family: "bert", epsilon }, program),
      ...relativeKeys(body, kind, { layers, positions, headWidth }),
      isCausal: config.is_decoder && config.is_causal,
      pool: poolFirst(takePooler(headClass(raw), C, body)),
      head: takeHead(headClass(raw), { config, raw, words: embeddings.words, file: parameters }),
      takes: ["types", "positions"],
      readsTypes: true,
      paddingId: config.pad_token_id ?? 0,
    });
  },
};

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
  if (config.add_cross_attention && !config.is_decoder)
    refuse("bert", "add_cross_attention", true, "Only decoders have it, and is_decoder is false");
}
