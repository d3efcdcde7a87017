import * as v from "valibot";
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
  refuse,
} from "../config.ts";
import { type Family, headClass, type Network } from "../family.ts";
import { expectIds } from "../inputs.ts";
import { poolFirst, takesPooler } from "../parts/encoder-head.ts";
import { takePostNormLayer } from "../parts/post-norm.ts";
import { postNormEncoder } from "../parts/post-norm-encoder.ts";
import { positionKind, relativeKeys } from "../parts/relative-key.ts";
import {
  embedTokens,
  positionsAfterPadding,
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
    position_embedding_type: v.nullish(v.string()),
    tie_word_embeddings: flag(true),
  });
type Config = v.InferOutput<ReturnType<typeof schema>>;

/** RoBERTa (Liu et al. 2019): BERT's network, whose position ids begin after the padding id and skip padding. */
export const roberta: Family = robertaFamily("roberta", 50265);
/** CamemBERT (Martin et al. 2020): RoBERTa's network, trained on French. */
export const camembert: Family = robertaFamily("camembert", 30522);
/** XLM-RoBERTa (Conneau et al. 2020): RoBERTa's network, trained on a hundred languages. */
export const xlmRoberta: Family = robertaFamily("xlm-roberta", 30522);

function robertaFamily(type: string, vocabulary: number): Family {
  return {
    type,
    open(raw, file): Network {
      const config = checkConfig(schema(vocabulary), raw, type);
      refuseUnknown(config, type);
      expectPositionsPastPadding(type, config);
      const { hidden_size: C, num_hidden_layers: layers, num_attention_heads: heads } = config;
      const { max_position_embeddings: rows, layer_norm_eps: epsilon } = config;
      const { pad_token_id: paddingId } = config;
      const headWidth = headWidthOf(type, C, heads);
      const kind = positionKind(type, config.position_embedding_type);
      const body = file.beside("roberta.", "");
      file.ignore(/(^|\.)embeddings\.(position_ids|token_type_ids)$/);
      const embeddings = takeTokenEmbeddings(body, {
        vocabulary: config.vocab_size,
        positions: rows,
        types: config.type_vocab_size,
        width: C,
        tiedTo: config.tie_word_embeddings ? "lm_head.decoder.weight" : undefined,
        isRelative: kind !== "absolute",
      });
      const stack = Array.from({ length: layers }, (_, layer) =>
        takePostNormLayer(body.within(`encoder.layer.${layer}.`, `layers.${layer}.`), [
          C,
          config.intermediate_size,
        ]),
      );
      const pooler = takesPooler(headClass(raw), body, "pooler.dense.weight", ["ForMultipleChoice"])
        ? body.linear("pooler.dense", [C, C], "pooler")
        : undefined;
      return postNormEncoder({
        family: type,
        dimensions: {
          layers,
          heads,
          keyHeads: heads,
          headWidth,
          width: C,
          feedForward: config.intermediate_size,
          vocabulary: config.vocab_size,
          // The first ones belong to padding and to the ids before it.
          positions: rows - paddingId - 1,
        },
        layers: stack,
        activation: config.hidden_act,
        epsilon,
        embed: (inputs, program) => {
          const { batch: B, length: T } = inputs;
          const ids = expectIds(inputs, type);
          const positions = inputs.positions ?? positionsAfterPadding(ids, [B, T], paddingId);
          return embedTokens(
            embeddings,
            { ...inputs, positions },
            { family: type, epsilon },
            program,
          );
        },
        ...relativeKeys(body, kind, { layers, positions: rows, headWidth }),
        isCausal: config.is_decoder && config.is_causal,
        pool: poolFirst(pooler),
        head: takeRobertaHead(headClass(raw), { config, raw, words: embeddings.words, file }),
        takes: ["types", "positions"],
        readsTypes: false,
        paddingId,
        countsPastPadding: true,
      });
    },
  };
}

function refuseUnknown(config: Config, family: string): void {
  if (config.add_cross_attention && !config.is_decoder)
    refuse(family, "add_cross_attention", true, "Only decoders have it, and is_decoder is false");
}
