import * as v from "valibot";
import { activationName, checkConfig, factor, flag } from "../config.ts";
import type { Family } from "../family.ts";
import { gatedDecoder, gatedFields } from "../parts/gated-decoder.ts";

const schema = v.object({
  ...gatedFields,
  hidden_act: activationName("silu"),
  mlp_bias: flag(false),
  embedding_multiplier: factor(1),
  attention_multiplier: factor(1),
  residual_multiplier: factor(1),
  logits_scaling: v.optional(v.pipe(v.number(), v.finite(), v.notValue(0)), 1),
});

/** Granite (IBM 2024): Llama's layers with a multiplier for the embeddings, the scores, what joins the stream, and the logits. */
export const granite: Family = {
  type: "granite",
  open(raw, parameters) {
    const config = checkConfig(schema, raw, "granite");
    const { attention_bias: bias } = config;
    return gatedDecoder(raw, parameters, config, {
      type: "granite",
      className: "Granite",
      usualEnd: 2,
      activation: config.hidden_act,
      biases: { qkv: bias, o: bias, mlp: config.mlp_bias },
      embeddingScale: config.embedding_multiplier,
      scoreScale: config.attention_multiplier,
      residualScale: config.residual_multiplier,
      logitScale: 1 / config.logits_scaling,
    });
  },
};
