import * as v from "valibot";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { add, embed, layerNorm, linear } from "../../tensor/operations.ts";
import {
  checkConfig,
  count,
  depth,
  flag,
  headWidthOf,
  maybeId,
  normEpsilon,
  paddingIdOf,
  type RawConfig,
  refuse,
  withAliases,
} from "../config.ts";
import { type Family, headClass, labelCount } from "../family.ts";
import { expectIds, type Inputs, positionIds } from "../inputs.ts";
import type { Parameters } from "../parameters.ts";
import { takeAnswerBeams } from "../parts/answer-beams.ts";
import { type EncoderHead, overChoices, overTokens } from "../parts/encoder-head.ts";
import type { PostNormWeights } from "../parts/post-norm.ts";
import { type PostNormEncoder, postNormEncoder } from "../parts/post-norm-encoder.ts";
import { takeSummary } from "../parts/summary.ts";

const schema = v.object({
  vocab_size: count(30145),
  emb_dim: count(2048),
  n_layers: depth(12),
  n_heads: count(16),
  gelu_activation: flag(true),
  causal: flag(false),
  asm: flag(false),
  n_langs: count(1),
  use_lang_emb: flag(true),
  is_encoder: flag(true),
  max_position_embeddings: count(512),
  layer_norm_eps: normEpsilon(1e-12),
  pad_token_id: v.nullish(maybeId, 2),
  tie_word_embeddings: flag(true),
});
type Config = v.InferOutput<typeof schema>;

const aliases = {
  hidden_size: "emb_dim",
  num_attention_heads: "n_heads",
  num_hidden_layers: "n_layers",
  n_words: "vocab_size",
  pad_index: "pad_token_id",
};

/** XLM (Lample & Conneau 2019): BERT's layers for many languages; kinds of tokens are words, and padding stays zero. */
export const xlm: Family = {
  type: "xlm",
  open(raw, file) {
    const config = checkConfig(schema, withAliases(raw, aliases), "xlm");
    if (!config.is_encoder)
      refuse("xlm", "is_encoder", false, "transformers does not run XLM as a decoder either");
    const { emb_dim: C, n_layers: layers, n_heads: heads, vocab_size: V } = config;
    const { max_position_embeddings: positions, layer_norm_eps: epsilon } = config;
    const headWidth = headWidthOf("xlm", C, heads);
    const body = file.beside("transformer.", "");
    // Languages are an input of their own, without which their table is not read.
    body.ignore(/(^|\.)(position_ids|lang_embeddings\.weight)$/);
    const words = body.table("embeddings.weight", [V, C], "embeddings.words", {
      tiedTo: config.tie_word_embeddings ? ["pred_layer.proj.weight"] : [],
    });
    const places = body.table("position_embeddings.weight", [positions, C], "embeddings.positions");
    const norm = body.norm("layer_norm_emb", C, "embeddings.norm");
    return postNormEncoder({
      family: "xlm",
      dimensions: {
        layers,
        heads,
        keyHeads: heads,
        headWidth,
        width: C,
        feedForward: 4 * C,
        vocabulary: V,
        positions,
      },
      layers: Array.from({ length: layers }, (_, layer) => takeLayer(layer, C, body)),
      activation: config.gelu_activation ? "gelu" : "relu",
      epsilon,
      embed: (inputs, program) => {
        const { batch: B, length: T, types } = inputs;
        const ids = program.input(expectIds(inputs, "xlm"), [B, T], "ids");
        const placed = add(embed(words, ids), embed(places, positionIds(inputs, program)));
        const kinds = types && embed(words, program.input(types, [B, T], "types"));
        return layerNorm(kinds ? add(placed, kinds) : placed, norm, epsilon); // (B, T, C)
      },
      realTokens: (inputs) => inputs.mask ?? withoutPaddingIds(inputs, config),
      seesPadding: config.causal,
      zeroesPadding: "in every layer",
      isCausal: config.causal,
      absent: { pooled: "only xlm's classifier of texts makes one vector of a text" },
      ...takeHead(headClass(raw), { config, raw, words, file }),
      takes: ["types", "positions"],
      readsTypes: true,
      paddingId: paddingIdOf(V, config.pad_token_id, 2),
    });
  },
};

/** Where no mask is given, a text is as long as it has ids other than padding's. */
function withoutPaddingIds(
  { batch: B, length: T, ids }: Inputs,
  { pad_token_id: padding }: Config,
): Int32Array | undefined {
  if (padding === null || padding === undefined || !ids?.includes(padding)) return undefined;
  const real = new Int32Array(B * T);
  for (let b = 0; b < B; b++) {
    const length = ids.subarray(b * T, (b + 1) * T).filter((id) => id !== padding).length;
    real.fill(1, b * T, b * T + length);
  }
  return real;
}

function takeLayer(layer: number, C: number, body: Parameters): PostNormWeights {
  const from = (part: string) => body.within(`${part}.${layer}`, `layers.${layer}.`);
  const maps = from("attentions");
  const forward = from("ffns");
  return {
    attention: {
      q: maps.linear(".q_lin", [C, C], "q"),
      k: maps.linear(".k_lin", [C, C], "k"),
      v: maps.linear(".v_lin", [C, C], "v"),
      o: maps.linear(".out_lin", [C, C], "o"),
    },
    attentionNorm: from("layer_norm1").norm("", C, "attention.norm"),
    up: forward.linear(".lin1", [4 * C, C], "mlp.up"),
    down: forward.linear(".lin2", [C, 4 * C], "mlp.down"),
    norm: from("layer_norm2").norm("", C, "mlp.norm"),
  };
}

interface HeadSource {
  readonly config: Config;
  readonly raw: RawConfig;
  /** The word embeddings (V, C), which a tied head uses again. */
  readonly words: LazyTensor;
  readonly file: Parameters;
}

/** The head of a class of transformers, by the name after "XLM". Throws ConfigError for one heed does not have. */
function takeHead(
  name: string,
  source: HeadSource,
): Pick<PostNormEncoder, "head" | "pool" | "readsPadding"> {
  const { config, raw, file } = source;
  const C = config.emb_dim;
  const readsPadding = (raw.summary_type ?? "first") !== "first";
  switch (name) {
    case "Model":
      return { head: { task: "features", readsPooled: false } };
    case "LMHeadModel":
      return { head: languageHead(source) };
    case "ForSequenceClassification": {
      const { pool, isOfLabels } = summaryOf(source, labelCount(raw), "head");
      if (!isOfLabels)
        refuse(
          "xlm",
          "summary_proj_to_labels",
          false,
          "The summary is the classifier here: it must map to the labels",
        );
      const head: EncoderHead = {
        task: "sequence classification",
        readsPooled: false,
        logits: (final) => pool(final),
      };
      return { head, readsPadding };
    }
    case "ForMultipleChoice": {
      const { pool, isOfLabels } = summaryOf(source, labelCount(raw));
      if (!isOfLabels && C !== labelCount(raw))
        refuse(
          "xlm",
          "summary_proj_to_labels",
          false,
          `The choices' map reads ${labelCount(raw)} numbers (num_labels), and the summary has ${C}`,
        );
      return { head: overChoices(file, "logits_proj", labelCount(raw)), pool, readsPadding };
    }
    case "ForTokenClassification":
      return { head: overTokens(file, "classifier", labelCount(raw), C, "token classification") };
    case "ForQuestionAnsweringSimple":
      return { head: overTokens(file, "qa_outputs", labelCount(raw), C, "question answering") };
    case "ForQuestionAnswering": {
      const sizes = { width: C, epsilon: config.layer_norm_eps, prefix: "qa_outputs." };
      return {
        head: takeAnswerBeams({ family: "xlm", raw, file, ...sizes }),
        readsPadding: true,
      };
    }
    default:
      return refuse(
        "xlm",
        "architectures",
        raw.architectures,
        "heed has XLMModel, XLMWithLMHeadModel, XLMForSequenceClassification, XLMForTokenClassification, XLMForMultipleChoice, XLMForQuestionAnsweringSimple and XLMForQuestionAnswering",
      );
  }
}

function summaryOf({ config, raw, file }: HeadSource, labels: number, name?: string) {
  const sizes = { width: config.emb_dim, labels, name, file };
  return takeSummary("xlm", raw, sizes, { type: "first", activation: null, toLabels: true });
}

/** One map to the words; a causal model's are the next ones. */
function languageHead({ config, words, raw, file }: HeadSource): EncoderHead {
  if (config.asm) refuse("xlm", "asm", raw.asm, "heed has no head with an adaptive softmax");
  const head = file.beside("pred_layer.proj.");
  const bias = head.plain("bias", [config.vocab_size], "head.bias");
  const weight = config.tie_word_embeddings
    ? head.tied(words, "weight")
    : head.matrix("weight", [config.vocab_size, config.emb_dim], "head.words");
  file.ignore(/^pred_layer\.proj\.weight$/);
  return {
    task: config.causal ? "language modeling" : "masked language modeling",
    readsPooled: false,
    logits: (final) => linear(final, { weight, bias }),
  };
}
