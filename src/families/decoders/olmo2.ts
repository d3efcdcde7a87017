import * as v from "valibot";
import { activationName, checkConfig, count, idOr, normEpsilon } from "../config.ts";
import type { Family } from "../family.ts";
import { gatedDecoder, gatedFields } from "../parts/gated-decoder.ts";

const schema = v.object({
  ...gatedFields,
  vocab_size: count(50304),
  hidden_act: activationName("silu"),
  rms_norm_eps: normEpsilon(1e-5),
  pad_token_id: idOr(1),
});

/** OLMo 2 (OLMo et al. 2024): each part's output is normed, not what it reads; queries and keys are normed over all heads. */
export const olmo2: Family = {
  type: "olmo2",
  open(raw, parameters) {
    const config = checkConfig(schema, raw, "olmo2");
    const { attention_bias: bias } = config;
    return gatedDecoder(raw, parameters, config, {
      type: "olmo2",
      className: "Olmo2",
      usualEnd: 50279,
      activation: config.hidden_act,
      biases: { qkv: bias, o: bias, mlp: false },
      norms: { output: "post_attention_layernorm", mlpOutput: "post_feedforward_layernorm" },
      queryKeyNorm: "all",
    });
  },
};
