import type { Activation } from "../../tensor/attributes.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { type RawConfig, refuse } from "../config.ts";
import { labelCount } from "../family.ts";
import type { Parameters } from "../parameters.ts";
import { type EncoderHead, overPooled, overTokens } from "../parts/encoder-head.ts";
import { takeLanguageHead } from "../parts/language-head.ts";

interface HeadSource {
  readonly config: {
    readonly hidden_size: number;
    readonly hidden_act: Activation;
    readonly layer_norm_eps: number;
    readonly tie_word_embeddings: boolean;
  };
  readonly raw: RawConfig;
  /** The word embeddings (V, C), which the masked-language head uses again. */
  readonly words: LazyTensor;
  readonly file: Parameters;
}

/** The head of a class of transformers, by the name after "Bert". Throws ConfigError for one heed does not have. */
export function takeHead(name: string, source: HeadSource): EncoderHead {
  const { raw, file } = source;
  const C = source.config.hidden_size;
  switch (name) {
    case "Model":
      return { task: "features", readsPooled: true };
    case "ForMaskedLM":
    case "ForPreTraining":
    case "LMHeadModel":
      return maskedLanguageHead(source);
    case "ForSequenceClassification":
      return overPooled(file, "classifier", labelCount(raw), C);
    case "ForNextSentencePrediction":
      return overPooled(file, "cls.seq_relationship", 2, C);
    case "ForTokenClassification":
      return overTokens(file, "classifier", labelCount(raw), C, "token classification");
    case "ForQuestionAnswering":
      return overTokens(file, "qa_outputs", 2, C, "question answering");
    default:
      return refuse(
        "bert",
        "architectures",
        raw.architectures,
        "heed has BertModel, BertForMaskedLM, BertForPreTraining, BertLMHeadModel, BertForSequenceClassification, BertForNextSentencePrediction, BertForTokenClassification and BertForQuestionAnswering",
      );
  }
}

function maskedLanguageHead({ config, words, file }: HeadSource): EncoderHead {
  return takeLanguageHead({
    prefix: "cls.predictions.",
    dense: "transform.dense",
    norm: "transform.LayerNorm",
    activation: config.hidden_act,
    epsilon: config.layer_norm_eps,
    width: config.hidden_size,
    isTied: config.tie_word_embeddings,
    words,
    file,
  });
}
