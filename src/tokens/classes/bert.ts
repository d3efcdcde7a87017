import { readBoolean } from "../definition.ts";
import { type TokenizerClass, template } from "./tokenizer-class.ts";

/** BertTokenizer: WordPiece; its own settings decide on case, accents and Han characters. */
export const bert: TokenizerClass = {
  model: "WordPiece",
  tokens: {
    unk_token: "[UNK]",
    sep_token: "[SEP]",
    pad_token: "[PAD]",
    cls_token: "[CLS]",
    mask_token: "[MASK]",
  },
  build({ vocabulary, values, names, idOf }) {
    const place = "tokenizer_config.json";
    const { cls_token: cls = "[CLS]", sep_token: sep = "[SEP]", unk_token: unknown } = names;
    return {
      normalizer: {
        type: "BertNormalizer",
        clean_text: true,
        handle_chinese_chars: readBoolean(values, "tokenize_chinese_chars", place, true),
        strip_accents: values.strip_accents ?? null,
        lowercase: readBoolean(values, "do_lower_case", place, true),
      },
      pre_tokenizer: { type: "BertPreTokenizer" },
      post_processor: {
        type: "BertProcessing",
        cls: [cls, idOf(cls) ?? 2],
        sep: [sep, idOf(sep) ?? 3],
      },
      decoder: { type: "WordPiece", prefix: "##", cleanup: true },
      model: {
        type: "WordPiece",
        unk_token: unknown ?? "[UNK]",
        vocab: vocabulary.ids,
      },
    };
  },
};

/** MPNetTokenizer: WordPiece between RoBERTa's special tokens. */
export const mpnet: TokenizerClass = {
  ...bert,
  tokens: {
    bos_token: "<s>",
    eos_token: "</s>",
    unk_token: "[UNK]",
    sep_token: "</s>",
    pad_token: "<pad>",
    cls_token: "<s>",
    mask_token: "<mask>",
  },
  build(material) {
    const { cls_token: cls = "<s>", sep_token: sep = "</s>" } = material.names;
    return {
      ...bert.build(material),
      post_processor: template(
        `${cls}:0 $A:0 ${sep}:0`,
        `${cls}:0 $A:0 ${sep}:0 ${sep}:0 $B:1 ${sep}:1`,
        material.idOf,
      ),
    };
  },
};
