import * as v from "valibot";
import { activationName, checkConfig, count, countOrNull, flag } from "../config.ts";
import type { Family } from "../family.ts";
import { gatedDecoder, gatedFields } from "../parts/gated-decoder.ts";
import { layerTypes, layerWindows } from "../parts/layer-windows.ts";

/** Fields of Qwen's configs, from its second generation on. */
export const qwenFields = {
  ...gatedFields,
  vocab_size: count(151936),
  intermediate_size: count(22016),
  num_key_value_heads: countOrNull(32),
  hidden_act: activationName("silu"),
  max_position_embeddings: count(32768),
  use_sliding_window: flag(false),
  sliding_window: countOrNull(4096),
  max_window_layers: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 28),
  layer_types: layerTypes,
};
const schema = v.object(qwenFields);

/** The window of each layer: those from max_window_layers on, where windows are used at all. */
export function qwenWindows(family: string, config: v.InferOutput<typeof schema>) {
  const window = config.use_sliding_window ? config.sliding_window : null;
  const used = { ...config, sliding_window: window };
  return layerWindows(
    family,
    used,
    (layer) => window !== null && layer >= config.max_window_layers,
  );
}

/** Qwen 2 and 2.5 (Yang et al. 2024): Llama's layers with biases on queries, keys and values. */
export const qwen2: Family = {
  type: "qwen2",
  open(raw, parameters) {
    const config = checkConfig(schema, raw, "qwen2");
    return gatedDecoder(raw, parameters, config, {
      type: "qwen2",
      className: "Qwen2",
      activation: config.hidden_act,
      biases: { qkv: true, o: false, mlp: false },
      windows: qwenWindows("qwen2", config),
    });
  },
};
