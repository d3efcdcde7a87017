import * as v from "valibot";
import type { LinearWeights } from "../../tensor/operations.ts";
import { checkConfig, maybeId } from "../config.ts";
import { type Family, headClass, type Network } from "../family.ts";
import type { Parameters } from "../parameters.ts";
import { bertFields, bertStack } from "../parts/bert-stack.ts";
import { poolFirst, takesPooler } from "../parts/encoder-head.ts";
import { postNormEncoder } from "../parts/post-norm-encoder.ts";
import { positionKind, relativeKeys } from "../parts/relative-key.ts";
import { embedTokens, takeTokenEmbeddings } from "../parts/token-embeddings.ts";
import { takeHead } from "./bert-head.ts";

const schema = v.object({
  ...bertFields,
  pad_token_id: v.nullish(maybeId, 0),
  position_embedding_type: v.nullish(v.string()),
});

/** BERT (Devlin et al. 2019): an encoder whose norms come after each residual. TinyBERT has its shape. */
export const bert: Family = {
  type: "bert",
  writer: "LMHeadModel",
  open(raw, parameters, isBeside = false): Network {
    const config = checkConfig(schema, raw, "bert");
    const { hidden_size: C, layer_norm_eps: epsilon, max_position_embeddings: positions } = config;
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
    const stack = bertStack("bert", config, body, isBeside);
    return postNormEncoder({
      ...stack,
      embed: (inputs, program) =>
        embedTokens(embeddings, inputs, { family: "bert", epsilon }, program),
      ...relativeKeys(body, kind, stack.dimensions),
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
