import { InputError } from "../errors/errors.ts";
import { jsonFile, type ModelFiles } from "./new-model.ts";

/** Ids of the special tokens of a word tokenizer. */
export const wordIds = { padding: 0, unknown: 1, begin: 2, end: 3, mask: 4 } as const;
const special = ["[PAD]", "[UNK]", "[BOS]", "[EOS]", "[MASK]"] as const;

/**
 * Files of a tokenizer that knows these words and no others, one token each; texts are cut at blanks and punctuation and written small.
 * Words that it does not know become [UNK]. Python's AutoTokenizer opens it. Throws InputError for words that it would cut in parts.
 */
export function wordTokenizer(words: readonly string[]): ModelFiles {
  const own = [...new Set(words)];
  const wrong = own.find((word) => !/^([\p{Ll}\p{Lo}\p{N}]+|[^\p{L}\p{N}\s])$/u.test(word));
  if (wrong !== undefined)
    throw new InputError(
      `word tokenizer: ${JSON.stringify(wrong)} is no single word of small letters and digits, and no single sign`,
    );
  const vocabulary = [...special, ...own];
  const added = special.map((content, id) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  }));
  const tokenizer = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: added,
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: false,
      strip_accents: false,
      lowercase: true,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: null,
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocabulary.map((word, id) => [word, id])),
    },
  };
  const config = {
    tokenizer_class: "PreTrainedTokenizerFast",
    pad_token: "[PAD]",
    unk_token: "[UNK]",
    bos_token: "[BOS]",
    eos_token: "[EOS]",
    mask_token: "[MASK]",
    clean_up_tokenization_spaces: true,
    model_max_length: 1_000_000,
  };
  return { "tokenizer.json": jsonFile(tokenizer), "tokenizer_config.json": jsonFile(config) };
}
