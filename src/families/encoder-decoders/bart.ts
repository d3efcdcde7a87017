import { bartFamily } from "./bart-stacks.ts";

/** BART (Lewis et al. 2019): an encoder and a decoder trained to mend texts; positions are learned, norms come after each part. */
export const bart = bartFamily({
  type: "bart",
  prefix: "Bart",
  writer: "ForConditionalGeneration",
  hasLabels: true,
  hasDecoderAlone: true,
  normsFirst: false,
  normsEmbeddings: true,
  positions: "learned",
  hasFinalBias: true,
  forcesEnd: true,
  decoderReads: "start, text",
  usual: {
    vocab_size: 50265,
    activation_function: "gelu",
    scale_embedding: false,
    pad_token_id: 1,
    bos_token_id: 0,
    eos_token_id: 2,
    decoder_start_token_id: 2,
  },
});
