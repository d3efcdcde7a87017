import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { linear } from "../../tensor/operations.ts";
import { type RawConfig, refuse } from "../config.ts";
import { labelCount, type Task } from "../family.ts";
import type { Parameters } from "../parameters.ts";
import { type AnswerBeams, takeAnswerBeams } from "../parts/answer-beams.ts";
import { overChoices, overPooled, overTokens } from "../parts/encoder-head.ts";
import { takeSummary } from "../parts/summary.ts";

/** What sits on top of XLNet. */
export interface XlnetHead {
  readonly task: Task;
  /** One vector of a text: final (B, T, C) → (B, C) */
  readonly pool?: (final: LazyTensor) => LazyTensor;
  /** final (B, T, C), pooled (B, C) → (B, T, V), (B, T, labels) or (B, labels) */
  readonly logits?: (final: LazyTensor, pooled: LazyTensor | undefined) => LazyTensor;
  /** What else it gives: an answer's starts and ends. */
  readonly beams?: AnswerBeams["beams"];
}

interface HeadSource {
  readonly isTied: boolean;
  /** What norms add to a variance. */
  readonly epsilon: number;
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
        pool: summaryOf(source),
        ...overPooled(file, "logits_proj", labelCount(raw), C),
      };
    case "ForMultipleChoice":
      return { pool: summaryOf(source), ...overChoices(file, "logits_proj", C) };
    case "ForTokenClassification":
      return overTokens(file, "classifier", labelCount(raw), C, "token classification");
    case "ForQuestionAnsweringSimple":
      return overTokens(file, "qa_outputs", labelCount(raw), C, "question answering");
    case "ForQuestionAnswering": {
      const sizes = { width: C, epsilon: source.epsilon, prefix: "" };
      return takeAnswerBeams({ family: "xlnet", raw, file, ...sizes });
    }
    default:
      return refuse(
        "xlnet",
        "architectures",
        raw.architectures,
        "heed has XLNetModel, XLNetLMHeadModel, XLNetForSequenceClassification, XLNetForTokenClassification, XLNetForMultipleChoice, XLNetForQuestionAnsweringSimple and XLNetForQuestionAnswering",
      );
  }
}

/** The summary of a text in one vector. */
function summaryOf({ raw, file, words }: HeadSource): (final: LazyTensor) => LazyTensor {
  const sizes = { width: words.shape[1]!, labels: labelCount(raw), file };
  const { pool, isOfLabels } = takeSummary("xlnet", raw, sizes, {
    type: "last",
    activation: "tanh",
  });
  if (isOfLabels)
    refuse("xlnet", "summary_proj_to_labels", true, "the classifier takes vectors of d_model");
  return pool;
}
