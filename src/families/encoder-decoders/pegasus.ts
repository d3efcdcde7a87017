import { bartFamily } from "./bart-stacks.ts";

/** Pegasus (Zhang et al. 2019): trained to write sentences left out of a text, for summaries; norms first, positions are sines. */
export const pegasus = bartFamily({
  type: "pegasus",
  prefix: "Pegasus",
  writer: "ForConditionalGeneration",
  hasLabels: false,
  hasDecoderAlone: true,
  normsFirst: true,
  normsEmbeddings: false,
  positions: "sinusoidal",
  hasFinalBias: true,
  forcesEnd: true,
  decoderReads: "start",
  usual: {
    vocab_size: 50265,
    activation_function: "gelu",
    scale_embedding: false,
    pad_token_id: 0,
    eos_token_id: 1,
    decoder_start_token_id: 0,
  },
});
