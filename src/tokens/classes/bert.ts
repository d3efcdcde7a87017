import { readBoolean } from "../definition.ts";
import type { TokenizerClass } from "./tokenizer-class.ts";

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
