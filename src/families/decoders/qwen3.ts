import * as v from "valibot";
import { checkConfig, countOrNull } from "../config.ts";
import type { Family } from "../family.ts";
import { gatedDecoder } from "../parts/gated-decoder.ts";
import { qwenFields, qwenWindows } from "./qwen2.ts";

const schema = v.object({ ...qwenFields, head_dim: countOrNull(128) });

/** Qwen 3 (Yang et al. 2025): queries and keys are normed head by head, and no map has a bias. */
export const qwen3: Family = {
  type: "qwen3",
  open(raw, parameters) {
    const config = checkConfig(schema, raw, "qwen3");
    const { attention_bias: bias } = config;
    return gatedDecoder(raw, parameters, config, {
      type: "qwen3",
      className: "Qwen3",
      activation: config.hidden_act,
      biases: { qkv: bias, o: bias, mlp: false },
      queryKeyNorm: "heads",
      windows: qwenWindows("qwen3", config),
    });
  },
};
