import * as v from "valibot";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { embed, linear, slice } from "../../tensor/operations.ts";
import type { Program } from "../../tensor/program.ts";
import {
  checkConfig,
  count,
  flag,
  headWidthOf,
  maybeId,
  type RawConfig,
  refuse,
  size,
} from "../config.ts";
import { type Family, headClass, labelCount } from "../family.ts";
import type { Parameters } from "../parameters.ts";
import { bertFields, bertStack } from "../parts/bert-stack.ts";
import { overChoices, overFirst, overTokens } from "../parts/encoder-head.ts";
import { takeLanguageHead } from "../parts/language-head.ts";
import { type PostNormEncoder, postNormEncoder } from "../parts/post-norm-encoder.ts";
import type { Turn } from "../parts/rotary-angles.ts";
import { takeSummary } from "../parts/summary.ts";
import { embedTokens, takeTokenEmbeddings } from "../parts/token-embeddings.ts";

const schema = v.object({
  ...bertFields,
  vocab_size: count(50000),
  embedding_size: v.nullish(size),
  max_position_embeddings: count(1536),
  pad_token_id: v.nullish(maybeId, 0),
  rotary_value: flag(false),
});
type Config = v.InferOutput<typeof schema>;

/** RoFormer (Su et al. 2021): BERT's layers, whose queries and keys turn by their positions, neighbouring numbers in pairs. */
export const roformer: Family = {
  type: "roformer",
  writer: "ForCausalLM",
  open(raw, file, isBeside = false) {
    const config = checkConfig(schema, raw, "roformer");
    const { hidden_size: C, num_attention_heads: heads } = config;
    const { max_position_embeddings: positions, layer_norm_eps: epsilon } = config;
    const headWidth = headWidthOf("roformer", C, heads);
    if (headWidth % 2 !== 0)
      refuse(
        "roformer",
        "num_attention_heads",
        heads,
        `Heads are then ${headWidth} wide, and rotary positions turn pairs: it must be even`,
      );
    const E = config.embedding_size ?? C;
    const body = file.beside("roformer.", "");
    const embeddings = takeTokenEmbeddings(body, {
      vocabulary: config.vocab_size,
      positions,
      types: config.type_vocab_size,
      width: E,
      tiedTo: config.tie_word_embeddings ? "cls.predictions.decoder.weight" : undefined,
      isRelative: true,
    });
    const widen =
      E === C ? undefined : body.linear("embeddings_project", [C, E], "embeddings.widen");
    // The sines, then the cosines of every pair, as files hold them.
    const angles = body.table("encoder.embed_positions.weight", [positions, headWidth], "angles");
    return postNormEncoder({
      ...bertStack("roformer", config, body, isBeside),
      embed: (inputs, program) => {
        const narrow = embedTokens(embeddings, inputs, { family: "roformer", epsilon }, program);
        return widen ? linear(narrow, widen) : narrow; // (B, T, C)
      },
      positions: ({ length: T, cache }, program) => {
        const turn = turnOf(angles, [cache?.length ?? 0, T], program);
        const { rotary_value: values } = config;
        return () => ({ turn: { ...turn, pairs: "neighbours", values } });
      },
      turning: { pairs: "neighbours", width: headWidth },
      absent: {
        "scores.position":
          "roformer turns queries and keys by their positions; the scores have no part for them",
        pooled: "roformer has no pooler",
      },
      ...headOf(headClass(raw), { config, raw, words: embeddings.words, file }),
      takes: ["types"],
      readsTypes: true,
      paddingId: config.pad_token_id ?? 0,
    });
  },
};

/** Sines and cosines of T positions behind `past`: (P, D) → (1, T, D/2) each. */
function turnOf(angles: LazyTensor, [past, T]: readonly [number, number], program: Program): Turn {
  const half = angles.shape[1]! / 2;
  const places = program.input(
    Int32Array.from({ length: T }, (_, t) => past + t),
    [1, T],
    "positions",
  );
  const both = embed(angles, places); // (1, T, D)
  return { sin: slice(both, 2, 0, half), cos: slice(both, 2, half, 2 * half) };
}

interface HeadSource {
  readonly config: Config;
  readonly raw: RawConfig;
  /** The word embeddings (V, E), which a tied head uses again. */
  readonly words: LazyTensor;
  readonly file: Parameters;
}

/** The head of a class of transformers, by the name after "RoFormer". Throws ConfigError for one heed does not have. */
function headOf(
  name: string,
  source: HeadSource,
): Pick<PostNormEncoder, "head" | "pool" | "readsPadding"> {
  const { config, raw, words, file } = source;
  const C = config.hidden_size;
  switch (name) {
    case "Model":
      return { head: { task: "features", readsPooled: false } };
    case "ForMaskedLM":
    case "ForCausalLM":
      return {
        head: takeLanguageHead(
          {
            prefix: "cls.predictions.",
            dense: "transform.dense",
            norm: "transform.LayerNorm",
            activation: config.hidden_act,
            epsilon: config.layer_norm_eps,
            width: C,
            isTied: config.tie_word_embeddings,
            words,
            file,
          },
          name === "ForCausalLM" ? "language modeling" : "masked language modeling",
        ),
      };
    case "ForSequenceClassification":
      return { head: overFirst(file, labelCount(raw), C, config.hidden_act) };
    case "ForTokenClassification":
      return { head: overTokens(file, "classifier", labelCount(raw), C, "token classification") };
    case "ForMultipleChoice": {
      const sizes = { width: C, labels: 0, file };
      const usual = { type: "last", activation: null, hasMatrix: false } as const;
      const { pool } = takeSummary("roformer", raw, sizes, usual);
      const readsPadding = (raw.summary_type ?? "last") !== "first";
      return { head: overChoices(file, "classifier", C), pool, readsPadding };
    }
    case "ForQuestionAnswering":
      return { head: overTokens(file, "qa_outputs", labelCount(raw), C, "question answering") };
    default:
      return refuse(
        "roformer",
        "architectures",
        raw.architectures,
        "heed has RoFormerModel, RoFormerForMaskedLM, RoFormerForCausalLM, RoFormerForSequenceClassification, RoFormerForTokenClassification, RoFormerForMultipleChoice and RoFormerForQuestionAnswering",
      );
  }
}
