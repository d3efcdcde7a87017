import type { Activation } from "../../tensor/attributes.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { linear } from "../../tensor/operations.ts";
import { type RawConfig, refuse } from "../config.ts";
import { labelCount, type Task } from "../family.ts";
import type { Parameters } from "../parameters.ts";
import { type EncoderHead, overChoices, overFirst, overTokens } from "../parts/encoder-head.ts";
import { takeLanguageHead } from "../parts/language-head.ts";
import { takeSummary } from "../parts/summary.ts";

interface HeadSource {
  readonly config: {
    readonly hidden_size: number;
    readonly hidden_act: Activation;
    readonly layer_norm_eps: number;
    readonly tie_word_embeddings: boolean;
  };
  readonly raw: RawConfig;
  /** The word embeddings (V, E), which a tied head uses again. */
  readonly words: LazyTensor;
  readonly file: Parameters;
}

/** A head, and the summary of a text that it reads. */
interface ElectraHead {
  readonly head: EncoderHead;
  readonly pool?: (final: LazyTensor) => LazyTensor;
  readonly readsPadding?: boolean;
}

/** The head of a class of transformers, by the name after "Electra". Throws ConfigError for one heed does not have. */
export function takeElectraHead(name: string, source: HeadSource): ElectraHead {
  const { raw, file } = source;
  const C = source.config.hidden_size;
  switch (name) {
    case "Model":
      return { head: { task: "features", readsPooled: false } };
    case "ForPreTraining":
      return { head: discriminator(source) };
    case "ForMaskedLM":
      return { head: generator(source, "masked language modeling") };
    case "ForCausalLM":
      return { head: generator(source, "language modeling") };
    case "ForSequenceClassification":
      return { head: overFirst(file, labelCount(raw), C, "gelu") };
    case "ForTokenClassification":
      return { head: overTokens(file, "classifier", labelCount(raw), C, "token classification") };
    case "ForMultipleChoice": {
      const sizes = { width: C, labels: 0, file };
      const { pool } = takeSummary("electra", raw, sizes, { type: "first", activation: "gelu" });
      return {
        head: overChoices(file, "classifier", C),
        pool,
        readsPadding: (raw.summary_type ?? "first") !== "first",
      };
    }
    case "ForQuestionAnswering":
      return {
        head: overTokens(file, "qa_outputs", labelCount(raw), C, "question answering"),
      };
    default:
      return refuse(
        "electra",
        "architectures",
        raw.architectures,
        "heed has ElectraModel, ElectraForPreTraining, ElectraForMaskedLM, ElectraForCausalLM, ElectraForSequenceClassification, ElectraForTokenClassification, ElectraForMultipleChoice and ElectraForQuestionAnswering",
      );
  }
}

/** Whether each word was replaced: one number a token, above 0 if so. */
function discriminator({ config, file }: HeadSource): EncoderHead {
  const { hidden_size: C, hidden_act: activation } = config;
  const from = file.beside("discriminator_predictions.");
  const dense = from.linear("dense", [C, C], "head.dense");
  const out = from.linear("dense_prediction", [1, C], "head");
  return {
    task: "replaced token detection",
    readsPooled: false,
    logits: (final) => linear(linear(final, dense, { activation }), out),
  };
}

/** The activation is gelu whatever the config says. */
function generator({ config, words, file }: HeadSource, task: Task): EncoderHead {
  return takeLanguageHead(
    {
      prefix: "generator_predictions.",
      dense: "dense",
      norm: "LayerNorm",
      activation: "gelu",
      epsilon: config.layer_norm_eps,
      width: config.hidden_size,
      isTied: config.tie_word_embeddings,
      words,
      matrix: "generator_lm_head.",
      file,
    },
    task,
  );
}
