import * as v from "valibot";
import { activationName, checkConfig, flag } from "../config.ts";
import type { Family } from "../family.ts";
import { gatedDecoder, gatedFields } from "../parts/gated-decoder.ts";

const schema = v.object({
  ...gatedFields,
  hidden_act: activationName("silu"),
  mlp_bias: flag(false),
});

/** Llama (Touvron et al. 2023): a decoder with rotary positions, grouped queries, RMS norms and a gated feed-forward. */
export const llama: Family = {
  type: "llama",
  open(raw, parameters) {
    const config = checkConfig(schema, raw, "llama");
    const { attention_bias: bias, mlp_bias: mlp } = config;
    return gatedDecoder(raw, parameters, config, {
      type: "llama",
      className: "Llama",
      usualEnd: 2,
      activation: config.hidden_act,
      biases: { qkv: bias, o: bias, mlp },
    });
  },
};
