import { readBoolean } from "../definition.ts";
import { joinedByEnds } from "./ends.ts";
import type { TokenizerClass } from "./tokenizer-class.ts";

/** LlamaTokenizer: BPE over characters with bytes for what is unknown; blanks are ▁. */
export const llama: TokenizerClass = {
  model: "BPE",
  paddingSide: "left",
  tokens: { unk_token: "<unk>", bos_token: "<s>", eos_token: "</s>" },
  build(material) {
    const { vocabulary, values, postProcessor } = material;
    const place = "tokenizer_config.json";
    const isPrefixed = readBoolean(values, "add_prefix_space", place, true);
    const scheme = readBoolean(values, "legacy", place, false) ? "always" : "first";
    return {
      normalizer: null,
      pre_tokenizer: {
        type: "Metaspace",
        replacement: "▁",
        prepend_scheme: isPrefixed ? scheme : "never",
        split: false,
      },
      decoder: {
        type: "Sequence",
        decoders: [
          { type: "Replace", pattern: { String: "▁" }, content: " " },
          { type: "ByteFallback" },
          { type: "Fuse" },
          ...(isPrefixed ? [{ type: "Strip", content: " ", start: 1, stop: 0 }] : []),
        ],
      },
      post_processor: postProcessor ?? joinedByEnds(material),
      model: {
        type: "BPE",
        fuse_unk: true,
        byte_fallback: true,
        vocab: vocabulary.ids,
        merges: vocabulary.merges,
      },
    };
  },
};
