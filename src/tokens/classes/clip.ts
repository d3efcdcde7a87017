import { type TokenizerClass, template } from "./tokenizer-class.ts";

const words =
  "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";

/** CLIPTokenizer: BPE over the bytes of words in lower case, whose last part carries `</w>`; blanks leave no trace. */
export const clip: TokenizerClass = {
  model: "BPE",
  tokens: {
    unk_token: "<|endoftext|>",
    bos_token: "<|startoftext|>",
    eos_token: "<|endoftext|>",
    pad_token: "<|endoftext|>",
  },
  build({ vocabulary, names, idOf }) {
    const { bos_token: start = "<|startoftext|>", eos_token: end = "<|endoftext|>" } = names;
    return {
      normalizer: {
        type: "Sequence",
        normalizers: [
          { type: "NFC" },
          { type: "Replace", pattern: { Regex: "\\s+" }, content: " " },
          { type: "Lowercase" },
        ],
      },
      pre_tokenizer: {
        type: "Sequence",
        pretokenizers: [
          { type: "Split", pattern: { Regex: words }, behavior: "Removed", invert: true },
          { type: "ByteLevel", add_prefix_space: false, use_regex: true },
        ],
      },
      decoder: {
        type: "Sequence",
        decoders: [
          { type: "ByteLevel" },
          { type: "Replace", pattern: { String: "</w>" }, content: " " },
          { type: "Trim" },
        ],
      },
      model: {
        type: "BPE",
        vocab: vocabulary.ids,
        merges: vocabulary.merges,
        end_of_word_suffix: "</w>",
        fuse_unk: false,
        unk_token: names.unk_token,
      },
      post_processor: template(`${start} $A ${end}`, `${start} $A ${end} ${end} $B ${end}`, idOf),
    };
  },
};
