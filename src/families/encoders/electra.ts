import * as v from "valibot";
import { linear } from "../../tensor/operations.ts";
import { checkConfig, count, maybeId } from "../config.ts";
import { type Family, headClass } from "../family.ts";
import { bertFields, bertStack } from "../parts/bert-stack.ts";
import { postNormEncoder } from "../parts/post-norm-encoder.ts";
import { positionKind, relativeKeys } from "../parts/relative-key.ts";
import { embedTokens, takeTokenEmbeddings } from "../parts/token-embeddings.ts";
import { takeElectraHead } from "./electra-head.ts";

const schema = v.object({
  ...bertFields,
  embedding_size: count(128),
  hidden_size: count(256),
  num_attention_heads: count(4),
  intermediate_size: count(1024),
  pad_token_id: v.nullish(maybeId, 0),
  position_embedding_type: v.nullish(v.string()),
});

/** ELECTRA (Clark et al. 2020): BERT's layers; a small generator fills words in, a discriminator tells which were replaced. */
export const electra: Family = {
  type: "electra",
  writer: "ForCausalLM",
  open(raw, file, isBeside = false) {
    const config = checkConfig(schema, raw, "electra");
    const kind = positionKind("electra", config.position_embedding_type);
    const { hidden_size: C, embedding_size: E } = config;
    const body = file.beside("electra.", "");
    body.ignore(/(^|\.)embeddings\.position_ids$/);
    const embeddings = takeTokenEmbeddings(body, {
      vocabulary: config.vocab_size,
      positions: config.max_position_embeddings,
      types: config.type_vocab_size,
      width: E,
      tiedTo: config.tie_word_embeddings ? "generator_lm_head.weight" : undefined,
      isRelative: kind !== "absolute",
    });
    const widen =
      E === C ? undefined : body.linear("embeddings_project", [C, E], "embeddings.widen");
    const named = { family: "electra", epsilon: config.layer_norm_eps };
    const stack = bertStack("electra", config, body, isBeside);
    return postNormEncoder({
      ...stack,
      embed: (inputs, program) => {
        const narrow = embedTokens(embeddings, inputs, named, program); // (B, T, E)
        return widen ? linear(narrow, widen) : narrow;
      },
      ...relativeKeys(body, kind, stack.dimensions, { pooled: "electra has no pooler" }),
      ...takeElectraHead(headClass(raw), { config, raw, words: embeddings.words, file }),
      takes: ["types", "positions"],
      readsTypes: true,
      paddingId: config.pad_token_id ?? 0,
    });
  },
};
