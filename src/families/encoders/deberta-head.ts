import * as v from "valibot";
import type { Activation } from "../../tensor/attributes.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { linear } from "../../tensor/operations.ts";
import { activationName, checkConfig, type RawConfig, refuse, size } from "../config.ts";
import { labelCount } from "../family.ts";
import type { Parameters } from "../parameters.ts";
import {
  type EncoderHead,
  firstToken,
  overChoices,
  overPooled,
  overTokens,
} from "../parts/encoder-head.ts";
import { takeLanguageHead } from "../parts/language-head.ts";
import type { PostNormEncoder } from "../parts/post-norm-encoder.ts";

interface HeadSource {
  readonly config: {
    readonly hidden_size: number;
    readonly hidden_act: Activation;
    readonly layer_norm_eps: number;
    readonly tie_word_embeddings: boolean;
    readonly legacy: boolean;
  };
  readonly raw: RawConfig;
  /** The word embeddings (V, E), which a tied head uses again. */
  readonly words: LazyTensor;
  readonly file: Parameters;
}

const poolerSchema = v.object({
  pooler_hidden_act: activationName("gelu"),
  pooler_hidden_size: v.nullish(size),
});

/** The head of a class of transformers, by the name after "DebertaV2". Throws ConfigError for one heed does not have. */
export function takeDebertaHead(
  name: string,
  source: HeadSource,
): Pick<PostNormEncoder, "head" | "pool"> {
  const { raw, file } = source;
  const C = source.config.hidden_size;
  switch (name) {
    case "Model":
      return { head: { task: "features", readsPooled: false } };
    case "ForMaskedLM":
      return { head: languageHead(source) };
    case "ForSequenceClassification":
      return { pool: takePooler(source), head: overPooled(file, "classifier", labelCount(raw), C) };
    case "ForMultipleChoice":
      return { pool: takePooler(source), head: overChoices(file, "classifier", C) };
    case "ForTokenClassification":
      return { head: overTokens(file, "classifier", labelCount(raw), C, "token classification") };
    case "ForQuestionAnswering":
      return { head: overTokens(file, "qa_outputs", labelCount(raw), C, "question answering") };
    default:
      return refuse(
        "deberta-v2",
        "architectures",
        raw.architectures,
        "heed has DebertaV2Model, DebertaV2ForMaskedLM, DebertaV2ForSequenceClassification, DebertaV2ForTokenClassification, DebertaV2ForMultipleChoice and DebertaV2ForQuestionAnswering",
      );
  }
}

/** The first token through a map and an activation of the pooler's own. */
function takePooler({ config, raw, file }: HeadSource): (final: LazyTensor) => LazyTensor {
  const C = config.hidden_size;
  const own = checkConfig(poolerSchema, raw, "deberta-v2");
  if (own.pooler_hidden_size && own.pooler_hidden_size !== C)
    refuse(
      "deberta-v2",
      "pooler_hidden_size",
      own.pooler_hidden_size,
      `It must be hidden_size, ${C}`,
    );
  const weights = file.beside("").linear("pooler.dense", [C, C], "pooler");
  return (final) => linear(firstToken(final), weights, { activation: own.pooler_hidden_act });
}

/** By the names BERT's files have, or by those of DeBERTa's own code: `legacy: false`, and files that hold nothing else. */
function languageHead({ config, words, file }: HeadSource): EncoderHead {
  const whole = file.beside("");
  const isOwn =
    !config.legacy ||
    (whole.holds("lm_predictions.lm_head.dense.weight") &&
      !whole.holds("cls.predictions.transform.dense.weight"));
  const E = words.shape[1]!;
  if (isOwn && E !== config.hidden_size)
    refuse(
      "deberta-v2",
      "legacy",
      false,
      `This head needs embeddings as wide as the stream, ${config.hidden_size}, and they are ${E} wide`,
    );
  file.ignore(/^mask_predictions\./);
  return takeLanguageHead({
    prefix: isOwn ? "lm_predictions.lm_head." : "cls.predictions.",
    dense: isOwn ? "dense" : "transform.dense",
    norm: isOwn ? "LayerNorm" : "transform.LayerNorm",
    activation: config.hidden_act,
    epsilon: config.layer_norm_eps,
    width: config.hidden_size,
    isTied: isOwn || config.tie_word_embeddings,
    words,
    file,
  });
}
