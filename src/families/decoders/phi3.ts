import * as v from "valibot";
import {
  activationName,
  checkConfig,
  count,
  countOrNull,
  idOr,
  normEpsilon,
  type RawConfig,
} from "../config.ts";
import type { Family } from "../family.ts";
import { gatedDecoder, gatedFields } from "../parts/gated-decoder.ts";
import { layerWindows } from "../parts/layer-windows.ts";

const schema = v.object({
  ...gatedFields,
  vocab_size: count(32064),
  hidden_size: count(3072),
  intermediate_size: count(8192),
  hidden_act: activationName("silu"),
  max_position_embeddings: count(4096),
  original_max_position_embeddings: count(4096),
  rms_norm_eps: normEpsilon(1e-5),
  pad_token_id: idOr(32000),
  sliding_window: countOrNull(null),
});

/** Phi-3 and 4 (Abdin et al. 2024): Llama's layers, q, k and v stored as one matrix and gate and up as another; a part of each head may turn. */
export const phi3: Family = {
  type: "phi3",
  open(raw, parameters) {
    const config = checkConfig(schema, raw, "phi3");
    const rope = {
      ...withLongRope(raw),
      original_max_position_embeddings: config.original_max_position_embeddings,
    };
    return gatedDecoder(raw, parameters, config, {
      type: "phi3",
      className: "Phi3",
      usualEnd: 32000,
      activation: config.hidden_act,
      biases: { qkv: false, o: false, mlp: false },
      isFused: true,
      windows: layerWindows("phi3", config, () => config.sliding_window !== null),
      rope: () => rope,
      isPartial: true,
      renewsPast: isLongRope(rope) ? config.original_max_position_embeddings : undefined,
    });
  },
};

/** Older files call the same scaling "su" or "yarn". */
function withLongRope(raw: RawConfig): RawConfig {
  const renamed = (given: unknown) => {
    if (typeof given !== "object" || given === null) return given;
    const { rope_type, type, ...rest } = given as RawConfig;
    const kind = rope_type ?? type;
    return { ...rest, rope_type: kind === "su" || kind === "yarn" ? "longrope" : kind };
  };
  return {
    ...raw,
    rope_scaling: renamed(raw.rope_scaling),
    rope_parameters: renamed(raw.rope_parameters),
  };
}

function isLongRope({ rope_scaling: older, rope_parameters: newer }: RawConfig): boolean {
  return ((older ?? newer) as RawConfig | undefined)?.rope_type === "longrope";
}
