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
