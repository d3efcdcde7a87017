import * as v from "valibot";
import { checkConfig, count, depth, type RawConfig, refuse } from "../config.ts";
import type { Family } from "../family.ts";
import { gatedDecoder } from "../parts/gated-decoder.ts";
import { layerWindows } from "../parts/layer-windows.ts";
import { gemmaDifferences } from "./gemma.ts";
import { gemma2Fields, gemma2Norms } from "./gemma2.ts";

const schema = v.object({
  ...gemma2Fields,
  vocab_size: count(262208),
  max_position_embeddings: count(131072),
  // Half of it to each side may be nothing.
  sliding_window: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0))), 4096),
  /** Every so many layers one sees everything. */
  sliding_window_pattern: depth(6),
  use_bidirectional_attention: v.nullish(v.boolean(), false),
});

/** Gemma 3 (Kamath et al. 2025), the text model: five local layers to a global one, each kind with a rotary base of its own; queries and keys normed. */
export const gemma3Text: Family = {
  type: "gemma3_text",
  open(raw, parameters) {
    const config = checkConfig(schema, raw, "gemma3_text");
    const bothWays = config.use_bidirectional_attention ?? false;
    const pattern = config.sliding_window_pattern;
    if (!bothWays && config.sliding_window === 0)
      refuse(
        "gemma3_text",
        "sliding_window",
        0,
        "A token sees itself at least: it must be 1 or more",
      );
    const windows = layerWindows(
      "gemma3_text",
      config,
      (layer) => (layer + 1) % pattern !== 0,
      bothWays ? (window) => halfToEachSide(window, config.is_causal) : undefined,
    );
    const ropes = { local: localRope(raw), global: globalRope(raw) };
    const isCausal = config.is_causal && !bothWays;
    return gatedDecoder(
      raw,
      parameters,
      { ...config, is_causal: isCausal },
      {
        ...gemmaDifferences(config),
        type: "gemma3_text",
        className: "Gemma3",
        activation: config.hidden_activation,
        norms: gemma2Norms,
        queryKeyNorm: "heads",
        windows,
        rope: (layer) => (windows[layer] ? ropes.local : ropes.global),
        scoreScale: config.query_pre_attn_scalar ** -0.5,
        logitCap: config.final_logit_softcapping ?? undefined,
      },
    );
  },
};

/** A window that reaches to both sides: half of it each way (EmbeddingGemma). */
function halfToEachSide(window: number, isCausal: boolean) {
  const reach = Math.floor(window / 2) + (isCausal ? 0 : 1);
  return { before: reach, after: reach };
}

/** How a kind of layer turns: its own part of rope_parameters. */
function nestedRope({ rope_parameters: given }: RawConfig, kind: string): RawConfig {
  const nested = (given as RawConfig | null | undefined)?.[kind];
  return typeof nested === "object" && nested !== null ? (nested as RawConfig) : {};
}

function localRope(raw: RawConfig): RawConfig {
  return {
    rope_parameters: nestedRope(raw, "sliding_attention"),
    rope_theta: raw.rope_local_base_freq ?? 10_000,
  };
}

/** Older files scale the global layers alone. */
function globalRope(raw: RawConfig): RawConfig {
  return {
    rope_parameters: { ...nestedRope(raw, "full_attention"), ...(raw.rope_scaling ?? {}) },
    rope_theta: raw.rope_theta ?? 1_000_000,
  };
}
