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
  size,
} from "../config.ts";
import { type Family, headClass, type Network } from "../family.ts";
import type { Parameters } from "../parameters.ts";
import { takeCausalHead } from "../parts/causal-head.ts";
import { decoderNetwork, eachLayer } from "../parts/decoder.ts";
import type { DecoderLayer } from "../parts/decoder-block.ts";
import { type NormKind, takeNorm } from "../parts/norm.ts";
import { rotaryAngles, turnedWidth } from "../parts/rotary-angles.ts";

const schema = v.object({
  vocab_size: count(51200),
  hidden_size: count(2048),
  intermediate_size: count(8192),
  num_hidden_layers: depth(24),
  num_attention_heads: count(32),
  num_key_value_heads: v.nullish(size),
  hidden_act: activationName("gelu_new"),
  max_position_embeddings: count(2048),
  layer_norm_eps: normEpsilon(1e-5),
  qk_layernorm: flag(false),
  tie_word_embeddings: flag(false),
  is_causal: flag(true),
  pad_token_id: maybeId,
  eos_token_id: maybeIds,
});
type Config = v.InferOutput<typeof schema>;

/** Phi 1, 1.5 and 2 (Gunasekar et al. 2023): attention and feed-forward side by side of one norm, a part of each head turned by position. */
export const phi: Family = {
  type: "phi",
  open(raw, file): Network {
    const config = checkConfig(schema, raw, "phi");
    const { hidden_size: C, num_hidden_layers: layers, num_attention_heads: heads } = config;
    const D = headWidthOf("phi", C, heads);
    expectHeadWidth("phi", raw, D);
    const keyHeads = config.num_key_value_heads ?? heads;
    if (heads % keyHeads !== 0)
      refuse(
        "phi",
        "num_key_value_heads",
        keyHeads,
        `The ${heads} query heads cannot share them evenly: it must divide ${heads}`,
      );
    const positions = config.max_position_embeddings;
    const rope = { ...raw, partial_rotary_factor: raw.partial_rotary_factor ?? 0.5 };
    const model = { family: "phi", headWidth: D, positions, isPartial: true };
    const width = turnedWidth(rope, model);
    if (width % 2 !== 0)
      refuse(
        "phi",
        "partial_rotary_factor",
        rope.partial_rotary_factor,
        `${width} of ${D} numbers would turn, in pairs`,
      );
    const kind: NormKind = { kind: "layer", epsilon: config.layer_norm_eps };
    const body = file.beside("model.", "transformer.", "");
    body.ignore(/(^|\.)rotary_emb\.inv_freq$/);
    const words = body.table("embed_tokens.weight", [config.vocab_size, C], "embeddings.words", {
      tiedTo: config.tie_word_embeddings ? ["lm_head.weight"] : [],
    });
    return decoderNetwork({
      family: "phi",
      dimensions: {
        layers,
        heads,
        keyHeads,
        headWidth: D,
        width: C,
        feedForward: config.intermediate_size,
        vocabulary: config.vocab_size,
        positions,
      },
      words,
      layers: Array.from({ length: layers }, (_, layer) =>
        takeLayer(config, [D, keyHeads], kind, body.within(`layers.${layer}.`, `layers.${layer}.`)),
      ),
      shape: { heads, keyHeads, activation: config.hidden_act, isParallel: true },
      angles: eachLayer(layers, width > 0 ? rotaryAngles(rope, model) : undefined),
      norm: takeNorm(body, "final_layernorm", C, "norm", kind),
      head: takeCausalHead("Phi", headClass(raw), {
        isTied: config.tie_word_embeddings,
        paddingId: config.pad_token_id ?? undefined,
        raw,
        words,
        file,
        hasBias: true,
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

function takeLayer(
  config: Config,
  [D, keyHeads]: readonly [number, number],
  kind: NormKind,
  from: Parameters,
): DecoderLayer {
  const { hidden_size: C, intermediate_size: F, qk_layernorm: isNormed } = config;
  const own = (name: "q" | "k") =>
    isNormed ? takeNorm(from, `self_attn.${name}_layernorm`, D, `${name}.norm`, kind) : undefined;
  return {
    attentionNorm: takeNorm(from, "input_layernorm", C, "attention.norm", kind),
    attention: {
      q: from.linear("self_attn.q_proj", [C, C], "q"),
      k: from.linear("self_attn.k_proj", [keyHeads * D, C], "k"),
      v: from.linear("self_attn.v_proj", [keyHeads * D, C], "v"),
      o: from.linear("self_attn.dense", [C, C], "o"),
    },
    queryNorm: own("q"),
    keyNorm: own("k"),
    up: from.linear("mlp.fc1", [F, C], "mlp.up"),
    down: from.linear("mlp.fc2", [C, F], "mlp.down"),
  };
}
