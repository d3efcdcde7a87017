import * as v from "valibot";
import {
  activationName,
  checkConfig,
  count,
  countOrNull,
  depth,
  flag,
  idOr,
  refuse,
} from "../config.ts";
import type { Family } from "../family.ts";
import { gatedDecoder, gatedFields } from "../parts/gated-decoder.ts";
import { layerTypes, layerWindows } from "../parts/layer-windows.ts";

const schema = v.object({
  ...gatedFields,
  vocab_size: count(128256),
  hidden_size: count(2048),
  num_hidden_layers: depth(36),
  num_attention_heads: count(16),
  num_key_value_heads: countOrNull(4),
  hidden_act: activationName("silu"),
  max_position_embeddings: count(32768),
  tie_word_embeddings: flag(true),
  mlp_bias: flag(false),
  pad_token_id: idOr(128004),
  use_sliding_window: flag(false),
  sliding_window: countOrNull(null),
  /** 1 for a layer whose positions turn, 0 for one without positions. */
  no_rope_layers: v.nullish(v.array(v.picklist([0, 1]))),
  no_rope_layer_interval: depth(4),
  layer_types: layerTypes,
});

/** SmolLM 3 (Bakouch et al. 2025): Llama's layers, every fourth of which knows no positions. */
export const smollm3: Family = {
  type: "smollm3",
  open(raw, parameters) {
    const config = checkConfig(schema, raw, "smollm3");
    const { num_hidden_layers: layers, no_rope_layers: listed, attention_bias: bias } = config;
    if (listed && listed.length < layers)
      refuse(
        "smollm3",
        "no_rope_layers",
        listed,
        `It names ${listed.length} layers, and num_hidden_layers is ${layers}`,
      );
    const turns = (layer: number) =>
      listed ? listed[layer] === 1 : (layer + 1) % config.no_rope_layer_interval !== 0;
    const rope = { ...raw, rope_theta: raw.rope_theta ?? 2_000_000 };
    const hasWindow = config.use_sliding_window && config.sliding_window !== null;
    return gatedDecoder(raw, parameters, config, {
      type: "smollm3",
      className: "SmolLM3",
      usualEnd: 128001,
      activation: config.hidden_act,
      biases: { qkv: bias, o: bias, mlp: config.mlp_bias },
      windows: layerWindows("smollm3", config, (layer) => hasWindow && !turns(layer)),
      rope: (layer) => (turns(layer) ? rope : undefined),
    });
  },
};
