import type { Activation } from "../../tensor/attributes.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import type { RawConfig } from "../config.ts";
import type { Parameters } from "../parameters.ts";
import { type EncoderHead, takeBertHead } from "../parts/encoder-head.ts";
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
  return takeBertHead(name, {
    prefix: "Bert",
    masked: ["ForMaskedLM", "ForPreTraining", "LMHeadModel"],
    maskedLanguageHead: () => maskedLanguageHead(source),
    width: source.config.hidden_size,
    raw: source.raw,
    file: source.file,
  });
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
