import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { type RawConfig, refuse } from "../config.ts";
import { labelCount, type Task } from "../family.ts";
import type { Parameters } from "../parameters.ts";
import { type EncoderHead, overChoices, overFirst, overTokens } from "../parts/encoder-head.ts";
import { takeLanguageHead } from "../parts/language-head.ts";

interface HeadSource {
  readonly config: {
    readonly hidden_size: number;
    readonly layer_norm_eps: number;
    readonly tie_word_embeddings: boolean;
  };
  readonly raw: RawConfig;
  /** The word embeddings (V, C), which a tied head uses again. */
  readonly words: LazyTensor;
  readonly file: Parameters;
}

/** The head of a class of transformers that is built as RoBERTa's, by the name after the family's (`RobertaForMaskedLM` → "ForMaskedLM"). */
export function takeRobertaHead(name: string, source: HeadSource): EncoderHead {
  const { raw, file } = source;
  const C = source.config.hidden_size;
  switch (name) {
    case "Model":
      return { task: "features", readsPooled: true };
    case "ForMaskedLM":
      return languageHead(source, "masked language modeling");
    case "ForCausalLM":
      return languageHead(source, "language modeling");
    case "ForSequenceClassification":
      return overFirst(file, labelCount(raw), C, "tanh");
    case "ForMultipleChoice":
      return overChoices(file, "classifier", C);
    case "ForTokenClassification":
      return overTokens(file, "classifier", labelCount(raw), C, "token classification");
    case "ForQuestionAnswering":
      return overTokens(file, "qa_outputs", 2, C, "question answering");
    default:
      return refuse(
        String(raw.model_type),
        "architectures",
        raw.architectures,
        "heed has its bare model and ForMaskedLM, ForCausalLM, ForSequenceClassification, ForTokenClassification, ForMultipleChoice and ForQuestionAnswering",
      );
  }
}

/** The activation is gelu whatever the config says. */
function languageHead({ config, words, file }: HeadSource, task: Task): EncoderHead {
  return takeLanguageHead(
    {
      prefix: "lm_head.",
      dense: "dense",
      norm: "layer_norm",
      activation: "gelu",
      epsilon: config.layer_norm_eps,
      width: config.hidden_size,
      isTied: config.tie_word_embeddings,
      words,
      file,
    },
    task,
  );
}
