import * as v from "valibot";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { activate, linear, reshape, scale, slice, sum } from "../../tensor/operations.ts";
import { activationName, checkConfig, flag, type RawConfig, refuse } from "../config.ts";
import { labelCount, type Task } from "../family.ts";
import type { Parameters } from "../parameters.ts";
import { overChoices, overPooled, overTokens } from "../parts/encoder-head.ts";

/** What sits on top of XLNet. */
export interface XlnetHead {
  readonly task: Task;
  /** One vector of a text: final (B, T, C) → (B, C) */
  readonly pool?: (final: LazyTensor) => LazyTensor;
  /** final (B, T, C), pooled (B, C) → (B, T, V), (B, T, labels) or (B, labels) */
  readonly logits?: (final: LazyTensor, pooled: LazyTensor | undefined) => LazyTensor;
}

const schema = v.object({
  summary_type: v.optional(v.string(), "last"),
  summary_use_proj: flag(true),
  summary_proj_to_labels: flag(false),
  // Left out it is tanh; null is none.
  summary_activation: v.optional(v.nullable(activationName("tanh")), "tanh"),
});

interface HeadSource {
  readonly isTied: boolean;
  readonly raw: RawConfig;
  /** The word embeddings (V, C), which a tied head uses again. */
  readonly words: LazyTensor;
  readonly file: Parameters;
}

/** The head of a class of transformers, by the name after "XLNet". Throws ConfigError for one heed does not have. */
export function takeXlnetHead(name: string, source: HeadSource): XlnetHead {
  const { file, raw, words } = source;
  const [V, C] = words.shape as readonly [number, number];
  switch (name) {
    case "Model":
      return { task: "features" };
    case "LMHeadModel": {
      const head = file.beside("lm_loss.");
      const bias = head.plain("bias", [V], "head.bias");
      const weight = source.isTied
        ? head.tied(words, "weight")
        : head.matrix("weight", [V, C], "head.words");
      file.ignore(/^lm_loss\.weight$/);
      return { task: "language modeling", logits: (final) => linear(final, { weight, bias }) };
    }
    case "ForSequenceClassification":
      return {
        pool: takeSummary(raw, C, file),
        ...overPooled(file, "logits_proj", labelCount(raw), C),
      };
    case "ForMultipleChoice":
      return { pool: takeSummary(raw, C, file), ...overChoices(file, "logits_proj", C) };
    case "ForTokenClassification":
      return overTokens(file, "classifier", labelCount(raw), C, "token classification");
    case "ForQuestionAnsweringSimple":
      return overTokens(file, "qa_outputs", labelCount(raw), C, "question answering");
    default:
      return refuse(
        "xlnet",
        "architectures",
        raw.architectures,
        "heed has XLNetModel, XLNetLMHeadModel, XLNetForSequenceClassification, XLNetForTokenClassification, XLNetForMultipleChoice and XLNetForQuestionAnsweringSimple; XLNetForQuestionAnswering searches for answers with a beam",
      );
  }
}

/** The summary of a text: one token, or the mean of all (padding too, as transformers has it), through a matrix and an activation. */
function takeSummary(
  raw: RawConfig,
  width: number,
  file: Parameters,
): (final: LazyTensor) => LazyTensor {
  const isBare = raw.summary_activation === "";
  const config = checkConfig(schema, isBare ? { ...raw, summary_activation: null } : raw, "xlnet");
  const { summary_type: type, summary_use_proj: hasMatrix } = config;
  const activation = config.summary_activation ?? "linear";
  if (hasMatrix && config.summary_proj_to_labels)
    refuse("xlnet", "summary_proj_to_labels", true, "the classifier takes vectors of d_model");
  if (!["last", "first", "mean", "cls_index"].includes(type))
    refuse("xlnet", "summary_type", type, "known are last, first, mean and cls_index");
  const weights = hasMatrix
    ? file.beside("sequence_summary.").linear("summary", [width, width], "summary")
    : undefined;
  return (final) => {
    const [B, T, C] = final.shape as readonly [number, number, number];
    const place = type === "first" ? 0 : T - 1;
    const vector =
      type === "mean"
        ? scale(sum(final, 1), 1 / T)
        : reshape(slice(final, 1, place, place + 1), [B, C]);
    return weights ? linear(vector, weights, { activation }) : activate(vector, activation);
  };
}
