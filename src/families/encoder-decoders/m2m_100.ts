import { bartFamily } from "./bart-stacks.ts";

/** M2M-100 (Fan et al. 2020; NLLB too): between any two of a hundred languages; sines of places counted over real tokens. */
export const m2m100 = bartFamily({
  type: "m2m_100",
  prefix: "M2M100",
  writer: "ForConditionalGeneration",
  hasLabels: false,
  hasDecoderAlone: false,
  normsFirst: true,
  normsEmbeddings: false,
  positions: "counted",
  hasFinalBias: false,
  forcesEnd: false,
  decoderReads: "start",
  usual: {
    vocab_size: 128112,
    activation_function: "relu",
    scale_embedding: true,
    pad_token_id: 1,
    bos_token_id: 0,
    eos_token_id: 2,
    decoder_start_token_id: 2,
  },
});
