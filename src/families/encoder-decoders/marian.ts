import { bartFamily } from "./bart-stacks.ts";

/** Marian (Junczys-Dowmunt et al. 2018; OPUS-MT): the transformer as it was first written, for translation; positions are sines. */
export const marian = bartFamily({
  type: "marian",
  prefix: "Marian",
  writer: "MTModel",
  hasLabels: false,
  hasDecoderAlone: true,
  normsFirst: false,
  normsEmbeddings: false,
  positions: "sinusoidal",
  hasFinalBias: true,
  forcesEnd: true,
  decoderReads: "start",
  usual: {
    vocab_size: 58101,
    activation_function: "gelu",
    scale_embedding: false,
    pad_token_id: 58100,
    eos_token_id: 0,
    decoder_start_token_id: 58100,
  },
});
