import { bartFamily } from "./bart-stacks.ts";

/** mBART (Liu et al. 2020): BART for many languages; norms come first, and one more behind each stack. */
export const mbart = bartFamily({
  type: "mbart",
  prefix: "MBart",
  writer: "ForConditionalGeneration",
  hasLabels: true,
  hasDecoderAlone: true,
  normsFirst: true,
  normsEmbeddings: true,
  positions: "learned",
  hasFinalBias: true,
  forcesEnd: true,
  decoderReads: "last, text",
  usual: {
    vocab_size: 50265,
    activation_function: "gelu",
    scale_embedding: false,
    pad_token_id: 1,
    bos_token_id: 0,
    eos_token_id: 2,
    decoder_start_token_id: null,
  },
});
