import { joinedByEnds } from "./ends.ts";
import type { TokenizerClass } from "./tokenizer-class.ts";

/** GemmaTokenizer: BPE over characters with bytes for what is unknown; blanks are ▁, and none is put in front. */
export const gemma: TokenizerClass = {
  model: "BPE",
  paddingSide: "left",
  tokens: {
    unk_token: "<unk>",
    bos_token: "<bos>",
    eos_token: "<eos>",
    pad_token: "<pad>",
    mask_token: "<mask>",
  },
  build(material) {
    const { vocabulary, names, postProcessor } = material;
    return {
      normalizer: { type: "Replace", pattern: { String: " " }, content: "▁" },
      pre_tokenizer: {
        type: "Split",
        pattern: { String: " " },
        behavior: "MergedWithPrevious",
        invert: false,
      },
      decoder: {
        type: "Sequence",
        decoders: [
          { type: "Replace", pattern: { String: "▁" }, content: " " },
          { type: "ByteFallback" },
          { type: "Fuse" },
        ],
      },
      post_processor: postProcessor ?? joinedByEnds(material),
      model: {
        type: "BPE",
        fuse_unk: true,
        unk_token: names.unk_token,
        byte_fallback: true,
        vocab: vocabulary.ids,
        merges: vocabulary.merges,
      },
    };
  },
};
