import * as v from "valibot";
import { checkConfig, count, expectPositionsPastPadding, positionPaddingId } from "../config.ts";
import { type Family, headClass, type Network } from "../family.ts";
import { expectIds } from "../inputs.ts";
import { bertFields, bertStack } from "../parts/bert-stack.ts";
import { poolFirst, takesPooler } from "../parts/encoder-head.ts";
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
    ...bertFields,
    position_embedding_type: v.nullish(v.string()),
    vocab_size: count(vocabulary),
    pad_token_id: v.pipe(
      v.nullish(positionPaddingId(1), 1),
      v.transform((id) => id ?? 1),
    ),
  });

/** RoBERTa (Liu et al. 2019): BERT's network, whose position ids begin after the padding id and skip padding. */
export const roberta: Family = robertaFamily("roberta", 50265);
/** CamemBERT (Martin et al. 2020): RoBERTa's network, trained on French. */
export const camembert: Family = robertaFamily("camembert", 30522);
/** XLM-RoBERTa (Conneau et al. 2020): RoBERTa's network, trained on a hundred languages. */
export const xlmRoberta: Family = robertaFamily("xlm-roberta", 30522);

function robertaFamily(type: string, vocabulary: number): Family {
  return {
    type,
    writer: "ForCausalLM",
    open(raw, file, isBeside = false): Network {
      const config = checkConfig(schema(vocabulary), raw, type);
      expectPositionsPastPadding(type, config);
      const { hidden_size: C, layer_norm_eps: epsilon, pad_token_id: paddingId } = config;
      const { max_position_embeddings: rows } = config;
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
      const stack = bertStack(type, config, body, isBeside);
      const pooler = takesPooler(headClass(raw), body, "pooler.dense.weight", ["ForMultipleChoice"])
        ? body.linear("pooler.dense", [C, C], "pooler")
        : undefined;
      return postNormEncoder({
        ...stack,
        // The first ones belong to padding and to the ids before it.
        dimensions: { ...stack.dimensions, positions: rows - paddingId - 1 },
        embed: (inputs, program) => {
          const { batch: B, length: T, cache } = inputs;
          const ids = expectIds(inputs, type);
          const positions =
            inputs.positions ?? positionsAfterPadding(ids, [B, T], paddingId, cache?.length);
          return embedTokens(
            embeddings,
            { ...inputs, positions },
            { family: type, epsilon },
            program,
          );
        },
        ...relativeKeys(body, kind, stack.dimensions),
        pool: poolFirst(pooler),
        head: takeRobertaHead(headClass(raw), { config, raw, words: embeddings.words, file }),
        takes: ["types", "positions"],
        readsTypes: false,
        paddingId,
        endId: 2,
        countsPastPadding: true,
      });
    },
  };
}
