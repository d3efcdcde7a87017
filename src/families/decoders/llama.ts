import * as v from "valibot";
import { type AttendOptions, attend } from "../../attention/attend.ts";
import { causalMask } from "../../attention/masks.ts";
import { type AttentionWeights, projectOutput } from "../../attention/project.ts";
import type { Probe } from "../../probe/probe.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import {
  add,
  embed,
  type LinearWeights,
  linear,
  multiply,
  rmsNorm,
  rotary,
} from "../../tensor/operations.ts";
import {
  activationName,
  checkConfig,
  count,
  depth,
  flag,
  headWidthOf,
  maybeId,
  maybeIds,
  normEpsilon,
  paddingIdOf,
  type RawConfig,
  refuse,
  size,
} from "../config.ts";
import { type Family, headClass, type Network, type Outputs } from "../family.ts";
import { expectIds, type Inputs } from "../inputs.ts";
import type { Parameters } from "../parameters.ts";
import {
  type CausalHead,
  causalReadout,
  spreadUnder,
  takeCausalHead,
} from "../parts/causal-head.ts";
import { rotaryAngles, type Turn } from "../parts/rotary-angles.ts";

const maybeCount = v.nullish(size);

const schema = v.object({
  vocab_size: count(32000),
  hidden_size: count(4096),
  intermediate_size: count(11008),
  num_hidden_layers: depth(32),
  num_attention_heads: count(32),
  num_key_value_heads: maybeCount,
  head_dim: maybeCount,
  hidden_act: activationName("silu"),
  max_position_embeddings: count(2048),
  rms_norm_eps: normEpsilon(1e-6),
  attention_bias: flag(false),
  mlp_bias: flag(false),
  tie_word_embeddings: flag(false),
  is_causal: flag(true),
  pad_token_id: maybeId,
  eos_token_id: maybeIds,
});
type Config = v.InferOutput<typeof schema>;

/** Sizes of the heads, with the config's defaults filled in. */
interface Heads {
  readonly heads: number;
  readonly keyHeads: number;
  readonly headWidth: number;
}

interface LayerWeights {
  readonly attentionNorm: LazyTensor; // (C)
  readonly attention: AttentionWeights;
  readonly norm: LazyTensor; // (C)
  readonly gate: LinearWeights;
  readonly up: LinearWeights;
  readonly down: LinearWeights;
}

interface Weights {
  readonly words: LazyTensor; // (V, C)
  readonly layers: readonly LayerWeights[];
  readonly norm: LazyTensor; // (C)
  readonly head: CausalHead;
}

/** Llama (Touvron et al. 2023): a decoder with rotary positions, grouped queries, RMS norms and a gated feed-forward. */
export const llama: Family = {
  type: "llama",
  open(raw, parameters): Network {
    const config = checkConfig(schema, raw, "llama");
    const sizes = headsOf(config);
    const weights = takeWeights(config, sizes, raw, parameters);
    const angles = rotaryAngles(raw, {
      family: "llama",
      headWidth: sizes.headWidth,
      positions: config.max_position_embeddings,
    });
    return {
      dimensions: {
        layers: config.num_hidden_layers,
        ...sizes,
        width: config.hidden_size,
        feedForward: config.intermediate_size,
        vocabulary: config.vocab_size,
        positions: config.max_position_embeddings,
      },
      task: weights.head.task,
      takes: ["positions"],
      isCausal: config.is_causal,
      isUnbounded: true,
      readsTypes: false,
      paddingId: paddingIdOf(config.vocab_size, config.pad_token_id, config.eos_token_id),
      absent: {
        "scores.position":
          "llama turns queries and keys by their positions; the scores have no part for them",
        "scores.bias": "llama adds nothing to the scores",
        pooled: "llama has no pooler",
        logits: "this checkpoint has no head",
      },
      endId: 2,
      generates: weights.head.task === "language modeling",
      scoreScale: () => 1 / Math.sqrt(sizes.headWidth),
      readout: causalReadout(weights.head, {
        kind: "rms",
        epsilon: config.rms_norm_eps,
        gain: weights.norm,
      }),
      forward: (inputs, probe) => {
        const turn = angles(inputs, probe.program);
        return forward(weights, config, { sizes, turn }, inputs, probe);
      },
    };
  },
};

function forward(
  weights: Weights,
  config: Config,
  { sizes, turn }: { sizes: Heads; turn: Turn },
  inputs: Inputs,
  probe: Probe,
): Outputs {
  const { program } = probe;
  const { batch: B, length: T, cache } = inputs;
  const scale = 1 / Math.sqrt(sizes.headWidth);
  const mask = causalMask(inputs, program, { isCausal: config.is_causal });
  const ids = program.input(expectIds(inputs, "llama"), [B, T], "ids");
  let x = probe.site("embeddings", embed(weights.words, ids)); // (B, T, C)
  for (const [layer, w] of weights.layers.entries()) {
    const memory = cache?.memory(`layers.${layer}`);
    const attention = { mask, scale, memory, spread: spreadUnder(weights.head) };
    x = probe.layer(layer, x, (x, probe) => block(x, w, config, { sizes, turn, attention }, probe));
  }
  const final = probe.site("final", rmsNorm(x, weights.norm, config.rms_norm_eps));
  const logits = weights.head.logits?.(final, inputs); // (B, T, V) or (B, labels)
  return { final, logits: logits && probe.site("logits", logits) };
}

/** Attention and feed-forward, each of a normed stream, each added to it. */
function block(
  x: LazyTensor,
  w: LayerWeights,
  { rms_norm_eps: epsilon, hidden_act: activation }: Config,
  { sizes, turn, attention }: { sizes: Heads; turn: Turn; attention: AttendOptions },
  probe: Probe,
): LazyTensor {
  const { heads, keyHeads } = sizes;
  const normed = probe.site("normed", rmsNorm(x, w.attentionNorm, epsilon)); // (B, T, C)
  const q = probe.site("q", rotary(linear(normed, w.attention.q, { heads }), turn)); // (B, H, T, D)
  const k = probe.site("k", rotary(linear(normed, w.attention.k, { heads: keyHeads }), turn));
  const v = probe.site("v", linear(normed, w.attention.v, { heads: keyHeads })); // (B, Hkv, T, D)
  const mixed = attend(q, k, v, attention, probe); // (B, H, T, D)
  const middle = probe.site("middle", add(x, projectOutput(mixed, w.attention, probe)));
  const inner = rmsNorm(middle, w.norm, epsilon);
  const wide = multiply(linear(inner, w.gate, { activation }), linear(inner, w.up)); // (B, T, F)
  return add(middle, probe.site("mlp", linear(wide, w.down))); // (B, T, C)
}

function headsOf(config: Config): Heads {
  const { num_attention_heads: heads, hidden_size: width } = config;
  const share = headWidthOf("llama", width, heads);
  const keyHeads = config.num_key_value_heads ?? heads;
  const headWidth = config.head_dim ?? share;
  if (heads % keyHeads !== 0)
    refuse(
      "llama",
      "num_key_value_heads",
      keyHeads,
      `The ${heads} query heads cannot share them evenly: it must divide ${heads}`,
    );
  if (headWidth % 2 !== 0)
    refuse("llama", "head_dim", headWidth, "Rotary positions turn pairs, so it must be even");
  return { heads, keyHeads, headWidth };
}

function takeWeights(config: Config, sizes: Heads, raw: RawConfig, file: Parameters): Weights {
  const C = config.hidden_size;
  const body = file.beside("model.", "transformer.", "");
  body.ignore(/(^|\.)rotary_emb\.inv_freq$/);
  const words = body.table("embed_tokens.weight", [config.vocab_size, C], "embeddings.words", {
    tiedTo: config.tie_word_embeddings ? ["lm_head.weight"] : [],
  });
  return {
    words,
    layers: Array.from({ length: config.num_hidden_layers }, (_, layer) =>
      takeLayer(config, sizes, body.within(`layers.${layer}.`, `layers.${layer}.`)),
    ),
    norm: body.plain("norm.weight", [C], "norm.gain"),
    head: takeCausalHead("Llama", headClass(raw), {
      isTied: config.tie_word_embeddings,
      paddingId: config.pad_token_id ?? undefined,
      raw,
      words,
      file,
    }),
  };
}

function takeLayer(config: Config, sizes: Heads, from: Parameters): LayerWeights {
  const { hidden_size: C, intermediate_size: F, attention_bias: bias, mlp_bias } = config;
  const { heads, keyHeads, headWidth: D } = sizes;
  const part = (name: "q" | "k" | "v", count: number) =>
    from.linear(`self_attn.${name}_proj`, [count * D, C], name, { bias });
  const map = (name: "gate" | "up" | "down", [out, width]: readonly [number, number]) =>
    from.linear(`mlp.${name}_proj`, [out, width], `mlp.${name}`, { bias: mlp_bias });
  return {
    attentionNorm: from.plain("input_layernorm.weight", [C], "attention.norm.gain"),
    attention: {
      q: part("q", heads),
      k: part("k", keyHeads),
      v: part("v", keyHeads),
      o: from.linear("self_attn.o_proj", [C, heads * D], "o", { bias }),
    },
    norm: from.plain("post_attention_layernorm.weight", [C], "mlp.norm.gain"),
    gate: map("gate", [F, C]),
    up: map("up", [F, C]),
    down: map("down", [C, F]),
  };
}
