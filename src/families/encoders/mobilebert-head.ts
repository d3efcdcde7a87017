import type { Activation } from "../../tensor/attributes.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { add, layerNorm, linear, slice } from "../../tensor/operations.ts";
import { type RawConfig, refuse } from "../config.ts";
import type { Parameters } from "../parameters.ts";
import { type EncoderHead, takeBertHead } from "../parts/encoder-head.ts";
import { biasName, ignoreTwins } from "../parts/language-head.ts";

interface HeadSource {
  readonly config: {
    readonly hidden_size: number;
    readonly embedding_size: number;
    readonly vocab_size: number;
    readonly hidden_act: Activation;
    readonly layer_norm_eps: number;
    readonly tie_word_embeddings: boolean;
  };
  readonly raw: RawConfig;
  /** The word embeddings (V, E), which a tied head uses again. */
  readonly words: LazyTensor;
  readonly file: Parameters;
}

/** The head of a class of transformers, by the name after "MobileBert". Throws ConfigError for one heed does not have. */
export function takeMobileBertHead(name: string, source: HeadSource): EncoderHead {
  return takeBertHead(name, {
    prefix: "MobileBert",
    masked: ["ForMaskedLM", "ForPreTraining"],
    maskedLanguageHead: () => maskedLanguageHead(source),
    width: source.config.hidden_size,
    raw: source.raw,
    file: source.file,
  });
}

/** dense, activation, layer norm; then the first E numbers meet the word embeddings, the rest a matrix of their own: final (B, T, C) → (B, T, V). */
function maskedLanguageHead({ config, words, file }: HeadSource): EncoderHead {
  const { hidden_size: C, embedding_size: E, vocab_size: V } = config;
  if (E > C)
    refuse(
      "mobilebert",
      "embedding_size",
      E,
      `Its head holds ${C} numbers of a token, hidden_size, against words that are no wider`,
    );
  const isTied = config.tie_word_embeddings;
  const head = file.beside("cls.predictions.");
  const dense = head.linear("transform.dense", [C, C], "head.dense");
  const norm = head.norm("transform.LayerNorm", C, "head.norm");
  const bias = head.plain(biasName(head), [V], "head.bias");
  const weight = isTied
    ? head.tied(words, "decoder.weight")
    : head.matrix("decoder.weight", [V, E], "head.words");
  const rest =
    C > E ? head.matrix("dense.weight", [V, C - E], "head.rest", { stored: "in-out" }) : undefined;
  ignoreTwins(file, "cls.predictions.");
  file.ignore(/^cls\.predictions\.dense\.weight$/);
  return {
    task: "masked language modeling",
    readsPooled: false,
    logits(final) {
      const hidden = linear(final, dense, { activation: config.hidden_act });
      const normed = layerNorm(hidden, norm, config.layer_norm_eps); // (B, T, C)
      const logits = linear(slice(normed, 2, 0, E), { weight, bias });
      return rest ? add(logits, linear(slice(normed, 2, E, C), { weight: rest })) : logits;
    },
  };
}
