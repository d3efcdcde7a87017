import * as v from "valibot";
import { activationName, checkConfig, count, countOrNull } from "../config.ts";
import type { Family } from "../family.ts";
import { gatedDecoder, gatedFields } from "../parts/gated-decoder.ts";
import { layerWindows } from "../parts/layer-windows.ts";

const schema = v.object({
  ...gatedFields,
  intermediate_size: count(14336),
  num_key_value_heads: countOrNull(8),
  hidden_act: activationName("silu"),
  max_position_embeddings: count(131072),
  sliding_window: countOrNull(4096),
});

/** Mistral (Jiang et al. 2023): Llama's layers, whose tokens look back through a window. */
export const mistral: Family = {
  type: "mistral",
  open(raw, parameters) {
    const config = checkConfig(schema, raw, "mistral");
    return gatedDecoder(raw, parameters, config, {
      type: "mistral",
      className: "Mistral",
      usualEnd: 2,
      activation: config.hidden_act,
      biases: { qkv: false, o: false, mlp: false },
      windows: layerWindows("mistral", config, () => config.sliding_window !== null),
    });
  },
};
