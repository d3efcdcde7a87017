import * as v from "valibot";
import {
  activationName,
  checkConfig,
  count,
  depth,
  expectHeadWidth,
  flag,
  headWidthOf,
  maybeId,
  maybeIds,
  normEpsilon,
  refuse,
} from "../config.ts";
import { type Family, headClass, type Network } from "../family.ts";
import type { Parameters } from "../parameters.ts";
import { takeCausalHead } from "../parts/causal-head.ts";
import { decoderNetwork, eachLayer } from "../parts/decoder.ts";
import type { DecoderLayer } from "../parts/decoder-block.ts";
import { takeGrouped } from "../parts/fused-maps.ts";
import { takeNorm } from "../parts/norm.ts";
import { rotaryAngles, turnedWidth } from "../parts/rotary-angles.ts";

const schema = v.object({
  vocab_size: count(50432),
  hidden_size: count(6144),
  num_hidden_layers: depth(44),
  num_attention_heads: count(64),
  intermediate_size: count(24576),
  hidden_act: activationName("gelu"),
  max_position_embeddings: count(2048),
  layer_norm_eps: normEpsilon(1e-5),
  use_parallel_residual: flag(true),
  attention_bias: flag(true),
  tie_word_embeddings: flag(false),
  is_causal: flag(true),
  pad_token_id: maybeId,
  eos_token_id: maybeIds,
});
type Config = v.InferOutput<typeof schema>;

/** GPT-NeoX (Black et al. 2022), and with it Pythia: attention and feed-forward side by side, a part of each head turned by position. */
export const gptNeoX: Family = {
  type: "gpt_neox",
  open(raw, file): Network {
    const config = checkConfig(schema, raw, "gpt_neox");
    const { hidden_size: C, num_hidden_layers: layers, num_attention_heads: heads } = config;
    const D = headWidthOf("gpt_neox", C, heads);
    expectHeadWidth("gpt_neox", raw, D);
    const rope = {
      ...raw,
      rope_theta: raw.rotary_emb_base ?? 10_000,
      partial_rotary_factor: raw.rotary_pct ?? 0.25,
    };
    const positions = config.max_position_embeddings;
    const model = { family: "gpt_neox", headWidth: D, positions, isPartial: true };
    // A pair of which the config takes half turns too, as transformers has it.
    const width = Math.ceil(turnedWidth(rope, model) / 2) * 2;
    if (width > D)
      refuse(
        "gpt_neox",
        raw.rotary_pct === undefined ? "hidden_size" : "rotary_pct",
        raw.rotary_pct ?? C,
        `${width} of a head's ${D} numbers would turn, in pairs: heads need to be wider, or less of them to turn`,
      );
    const angles = width > 0 ? rotaryAngles(rope, model) : undefined;
    const body = file.beside("gpt_neox.", "");
    body.ignore(/(^|\.)attention\.(bias|masked_bias|rotary_emb\.inv_freq)$/);
    const outputs = file.holds("embed_out.weight") ? "embed_out" : "lm_head";
    const words = body.table("embed_in.weight", [config.vocab_size, C], "embeddings.words", {
      tiedTo: config.tie_word_embeddings ? [`${outputs}.weight`] : [],
    });
    return decoderNetwork({
      family: "gpt_neox",
      dimensions: {
        layers,
        heads,
        keyHeads: heads,
        headWidth: D,
        width: C,
        feedForward: config.intermediate_size,
        vocabulary: config.vocab_size,
        positions,
      },
      words,
      layers: Array.from({ length: layers }, (_, layer) =>
        takeLayer(config, D, body.within(`layers.${layer}.`, `layers.${layer}.`)),
      ),
      shape: {
        heads,
        keyHeads: heads,
        activation: config.hidden_act,
        isParallel: config.use_parallel_residual,
      },
      angles: eachLayer(layers, angles),
      norm: takeNorm(body, "final_layer_norm", C, "norm", normKind(config)),
      head: takeCausalHead("GPTNeoX", headClass(raw), {
        isTied: config.tie_word_embeddings,
        paddingId: config.pad_token_id ?? undefined,
        raw,
        words,
        file,
        stored: outputs,
      }),
      scoreScale: 1 / Math.sqrt(D),
      positions: "turned",
      turning: { pairs: "halves", width },
      takes: ["positions"],
      isCausal: config.is_causal,
      isUnbounded: true,
      ids: config,
      usualEnd: 2,
    });
  },
};

function normKind({ layer_norm_eps: epsilon }: Config) {
  return { kind: "layer", epsilon } as const;
}

function takeLayer(config: Config, D: number, from: Parameters): DecoderLayer {
  const { hidden_size: C, intermediate_size: F, num_attention_heads: heads } = config;
  const bias = config.attention_bias;
  const sizes = { heads, keyHeads: heads, headWidth: D, width: C, bias };
  return {
    attentionNorm: takeNorm(from, "input_layernorm", C, "attention.norm", normKind(config)),
    attention: {
      ...takeGrouped(from, "attention.query_key_value", sizes),
      o: from.linear("attention.dense", [C, C], "o", { bias }),
    },
    mlpNorm: takeNorm(from, "post_attention_layernorm", C, "mlp.norm", normKind(config)),
    up: from.linear("mlp.dense_h_to_4h", [F, C], "mlp.up"),
    down: from.linear("mlp.dense_4h_to_h", [C, F], "mlp.down"),
  };
}
