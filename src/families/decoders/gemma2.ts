import * as v from "valibot";
import {
  activationName,
  checkConfig,
  count,
  countOrNull,
  depth,
  positiveOrNull,
} from "../config.ts";
import type { Family } from "../family.ts";
import { gatedDecoder } from "../parts/gated-decoder.ts";
import { layerTypes, layerWindows } from "../parts/layer-windows.ts";
import { expectCausal, gemmaDifferences, gemmaFields } from "./gemma.ts";

/** Fields of the second and third Gemma. */
export const gemma2Fields = {
  ...gemmaFields,
  hidden_size: count(2304),
  intermediate_size: count(9216),
  num_hidden_layers: depth(26),
  num_attention_heads: count(8),
  num_key_value_heads: count(4),
  hidden_activation: activationName("gelu_new"),
  query_pre_attn_scalar: v.optional(v.pipe(v.number(), v.finite(), v.gtValue(0)), 256),
  sliding_window: countOrNull(4096),
  layer_types: layerTypes,
  final_logit_softcapping: positiveOrNull(null),
};

/** Where the second and third Gemma norm a layer: before each part, and what it gives. */
export const gemma2Norms = {
  attention: "input_layernorm",
  output: "post_attention_layernorm",
  mlp: "pre_feedforward_layernorm",
  mlpOutput: "post_feedforward_layernorm",
} as const;

const schema = v.object({
  ...gemma2Fields,
  final_logit_softcapping: positiveOrNull(30),
  attn_logit_softcapping: positiveOrNull(50),
});

/** Gemma 2 (Riviere et al. 2024): norms before and after each part, every other layer local, scores and logits capped softly. */
export const gemma2: Family = {
  type: "gemma2",
  open(raw, parameters) {
    const config = checkConfig(schema, raw, "gemma2");
    expectCausal("gemma2", config);
    return gatedDecoder(raw, parameters, config, {
      ...gemmaDifferences(config),
      type: "gemma2",
      className: "Gemma2",
      activation: config.hidden_activation,
      norms: gemma2Norms,
      windows: layerWindows("gemma2", config, (layer) => layer % 2 === 0),
      scoreScale: config.query_pre_attn_scalar ** -0.5,
      scoreCap: config.attn_logit_softcapping ?? undefined,
      logitCap: config.final_logit_softcapping ?? undefined,
    });
  },
};
