import { TokenError } from "../../errors/errors.ts";
import { type Definition, readBoolean } from "../definition.ts";
import { joinedByEnds } from "./ends.ts";
import type { Material, TokenizerClass, Vocabulary } from "./tokenizer-class.ts";

const place = "tokenizer_config.json";

/** GPT2Tokenizer: BPE over bytes. */
export const gpt2: TokenizerClass = {
  model: "BPE",
  tokens: {
    unk_token: "<|endoftext|>",
    bos_token: "<|endoftext|>",
    eos_token: "<|endoftext|>",
  },
  build: (material) => ({
    ...byteLevel(material),
    post_processor: material.postProcessor ?? joinedByEnds(material),
  }),
};

/** RobertaTokenizer: GPT-2's, with tokens around one text and two between two. */
export const roberta: TokenizerClass = {
  model: "BPE",
  tokens: {
    bos_token: "<s>",
    eos_token: "</s>",
    sep_token: "</s>",
    cls_token: "<s>",
    unk_token: "<unk>",
    pad_token: "<pad>",
    mask_token: "<mask>",
  },
  build(material) {
    const { values, names, idOf } = material;
    const named = (key: string) => {
      const text = names[key] ?? "";
      const id = idOf(text);
      if (id === undefined)
        throw new TokenError(
          `${place}: ${key} ${JSON.stringify(text)} is no token of the vocabulary`,
        );
      return [text, id];
    };
    return {
      ...byteLevel(material),
      post_processor: {
        type: "RobertaProcessing",
        sep: named("sep_token"),
        cls: named("cls_token"),
        trim_offsets: readBoolean(values, "trim_offsets", place, true),
        add_prefix_space: readBoolean(values, "add_prefix_space", place, false),
      },
    };
  },
};

/** Qwen2Tokenizer: words as GPT-4 splits them, a digit at a time, and bytes within them. */
export const qwen2: TokenizerClass = {
  model: "BPE",
  tokens: {
    unk_token: "<|endoftext|>",
    eos_token: "<|endoftext|>",
    pad_token: "<|endoftext|>",
  },
  build: (material) => ({
    ...byteLevel(material),
    normalizer: { type: "NFC" },
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        { type: "Split", pattern: { Regex: qwenWords }, behavior: "Isolated", invert: false },
        {
          type: "ByteLevel",
          add_prefix_space: readBoolean(material.values, "add_prefix_space", place, false),
          use_regex: false,
        },
      ],
    },
    post_processor: material.postProcessor ?? joinedByEnds(material),
  }),
};

const qwenWords =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** GPTNeoXTokenizer: GPT-2's over composed characters; what goes around a text is not tokenizer.json's to say. */
export const gptNeoX: TokenizerClass = {
  model: "BPE",
  tokens: { ...gpt2.tokens, pad_token: "<|padding|>" },
  build: (material) => ({
    ...byteLevel(material),
    normalizer: { type: "NFC" },
    post_processor: joinedByEnds(material),
  }),
};

/** CodeGenTokenizer: GPT-2's, with nothing around a text. */
export const codeGen: TokenizerClass = {
  model: "BPE",
  tokens: gpt2.tokens,
  build: (material) => ({
    ...byteLevel(material),
    post_processor: material.postProcessor ?? joinedByEnds(material),
  }),
};

function byteLevel({ vocabulary, values }: Material): Definition {
  return {
    pre_tokenizer: {
      type: "ByteLevel",
      add_prefix_space: readBoolean(values, "add_prefix_space", place, false),
    },
    decoder: { type: "ByteLevel" },
    model: bpe(vocabulary),
  };
}

function bpe({ ids, merges }: Vocabulary): Definition {
  return { type: "BPE", vocab: ids, merges };
}
