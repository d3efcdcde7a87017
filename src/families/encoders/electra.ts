import * as v from "valibot";
import { linear } from "../../tensor/operations.ts";
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
import { type Family, headClass } from "../family.ts";
import { takePostNormLayer } from "../parts/post-norm.ts";
import { postNormEncoder } from "../parts/post-norm-encoder.ts";
import { positionKind, relativeKeys } from "../parts/relative-key.ts";
import { embedTokens, takeTokenEmbeddings } from "../parts/token-embeddings.ts";
import { takeElectraHead } from "./electra-head.ts";

const schema = v.object({
  vocab_size: count(30522),
  embedding_size: count(128),
  hidden_size: count(256),
  num_hidden_layers: depth(12),
  num_attention_heads: count(4),
  intermediate_size: count(1024),
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

/** ELECTRA (Clark et al. 2020): BERT's layers; a small generator fills words in, a discriminator tells which were replaced. */
export const electra: Family = {
  type: "electra",
  open(raw, file) {
    const config = checkConfig(schema, raw, "electra");
    const kind = positionKind("electra", config.position_embedding_type);
    if (config.add_cross_attention && !config.is_decoder)
      refuse(
        "electra",
        "add_cross_attention",
        true,
        "Only decoders have it, and is_decoder is false",
      );
    const { hidden_size: C, embedding_size: E, num_hidden_layers: layers } = config;
    const { num_attention_heads: heads, max_position_embeddings: positions } = config;
    const headWidth = headWidthOf("electra", C, heads);
    const body = file.beside("electra.", "");
    body.ignore(/(^|\.)embeddings\.position_ids$/);
    const embeddings = takeTokenEmbeddings(body, {
      vocabulary: config.vocab_size,
      positions,
      types: config.type_vocab_size,
      width: E,
      tiedTo: config.tie_word_embeddings ? "generator_lm_head.weight" : undefined,
      isRelative: kind !== "absolute",
    });
    const widen =
      E === C ? undefined : body.linear("embeddings_project", [C, E], "embeddings.widen");
    const named = { family: "electra", epsilon: config.layer_norm_eps };
    const isCausal = config.is_decoder && config.is_causal;
    return postNormEncoder({
      family: "electra",
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
      layers: Array.from({ length: layers }, (_, layer) =>
        takePostNormLayer(body.within(`encoder.layer.${layer}.`, `layers.${layer}.`), [
          C,
          config.intermediate_size,
        ]),
      ),
      activation: config.hidden_act,
      epsilon: config.layer_norm_eps,
      embed: (inputs, program) => {
        const narrow = embedTokens(embeddings, inputs, named, program); // (B, T, E)
        return widen ? linear(narrow, widen) : narrow;
      },
      ...relativeKeys(
        body,
        kind,
        { layers, positions, headWidth },
        { pooled: "electra has no pooler" },
      ),
      isCausal,
      ...takeElectraHead(headClass(raw), { config, raw, words: embeddings.words, file }),
      takes: ["types", "positions"],
      readsTypes: true,
      paddingId: config.pad_token_id ?? 0,
    });
  },
};
