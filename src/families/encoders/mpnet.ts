import * as v from "valibot";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import {
  activationName,
  checkConfig,
  count,
  depth,
  flag,
  headWidthOf,
  normEpsilon,
  refuse,
} from "../config.ts";
import { type Family, headClass } from "../family.ts";
import { expectIds } from "../inputs.ts";
import { poolFirst, takesPooler } from "../parts/encoder-head.ts";
import { bertNames, type PostNormNames, takePostNormLayer } from "../parts/post-norm.ts";
import { postNormEncoder } from "../parts/post-norm-encoder.ts";
import { bucketBias } from "../parts/relative-buckets.ts";
import {
  embedTokens,
  positionsAfterPadding,
  takeTokenEmbeddings,
} from "../parts/token-embeddings.ts";
import { takeRobertaHead } from "./roberta-head.ts";

const schema = v.object({
  vocab_size: count(30527),
  hidden_size: count(768),
  num_hidden_layers: depth(12),
  num_attention_heads: count(12),
  intermediate_size: count(3072),
  hidden_act: activationName("gelu"),
  max_position_embeddings: count(512),
  layer_norm_eps: normEpsilon(1e-12),
  relative_attention_num_buckets: count(32),
  tie_word_embeddings: flag(true),
});

/** Its own code's, whatever a config says. */
const paddingId = 1;
const rule = { buckets: 32, maxDistance: 128, isBothWays: true };

const names: PostNormNames = {
  ...bertNames,
  q: "attention.attn.q",
  k: "attention.attn.k",
  v: "attention.attn.v",
  o: "attention.attn.o",
  attentionNorm: "attention.LayerNorm",
};

/** MPNet (Song et al. 2020): RoBERTa's embeddings and BERT's layers; how far words stand apart adds to the scores, alike in every layer. */
export const mpnet: Family = {
  type: "mpnet",
  open(raw, file) {
    const config = checkConfig(schema, raw, "mpnet");
    const { hidden_size: C, num_hidden_layers: layers, num_attention_heads: heads } = config;
    const { max_position_embeddings: rows, relative_attention_num_buckets: buckets } = config;
    const headWidth = headWidthOf("mpnet", C, heads);
    if (buckets < rule.buckets)
      refuse(
        "mpnet",
        "relative_attention_num_buckets",
        buckets,
        `MPNet groups distances in ${rule.buckets} buckets whatever this says, so the table needs as many rows`,
      );
    if (rows < paddingId + 2)
      refuse(
        "mpnet",
        "max_position_embeddings",
        rows,
        `Positions count from ${paddingId + 1}: it must be above that`,
      );
    const body = file.beside("mpnet.", "");
    body.ignore(/(^|\.)embeddings\.position_ids$/);
    const embeddings = takeTokenEmbeddings(body, {
      vocabulary: config.vocab_size,
      positions: rows,
      types: 0,
      width: C,
      tiedTo: config.tie_word_embeddings ? "lm_head.decoder.weight" : undefined,
    });
    const table = body.table(
      "encoder.relative_attention_bias.weight",
      [buckets, heads],
      "distances",
    );
    const named = { family: "mpnet", epsilon: config.layer_norm_eps };
    const pooler = takesPooler(headClass(raw), body, "pooler.dense.weight", ["ForMultipleChoice"])
      ? body.linear("pooler.dense", [C, C], "pooler")
      : undefined;
    return postNormEncoder({
      family: "mpnet",
      dimensions: {
        layers,
        heads,
        keyHeads: heads,
        headWidth,
        width: C,
        feedForward: config.intermediate_size,
        vocabulary: config.vocab_size,
        positions: rows - paddingId - 1,
      },
      layers: Array.from({ length: layers }, (_, layer) =>
        takePostNormLayer(
          body.within(`encoder.layer.${layer}.`, `layers.${layer}.`),
          [C, config.intermediate_size],
          names,
        ),
      ),
      activation: config.hidden_act,
      epsilon: config.layer_norm_eps,
      embed: (inputs, program): LazyTensor => {
        const { batch: B, length: T } = inputs;
        const ids = expectIds(inputs, "mpnet");
        const positions = inputs.positions ?? positionsAfterPadding(ids, [B, T], paddingId);
        return embedTokens(embeddings, { ...inputs, positions }, named, program);
      },
      positions: ({ length: T }, program) => {
        const bias = bucketBias(table, [T, T], 0, rule, program); // (1, H, T, T)
        return () => ({ bias });
      },
      absent: {
        "scores.position":
          "what a distance adds in mpnet is learned for each head: see scores.bias",
        "scores.bias": undefined,
      },
      pool: poolFirst(pooler),
      head: takeRobertaHead(headClass(raw), { config, raw, words: embeddings.words, file }),
      takes: ["positions"],
      readsTypes: false,
      paddingId,
      countsPastPadding: true,
    });
  },
};
