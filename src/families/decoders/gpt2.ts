import * as v from "valibot";
import { causalMask } from "../../attention/masks.ts";
import type { Probe } from "../../probe/probe.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { add, embed, layerNorm, type NormWeights } from "../../tensor/operations.ts";
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
  size,
  withAliases,
} from "../config.ts";
import { type Family, headClass, type Network, type Outputs } from "../family.ts";
import { expectIds, type Inputs, positionIds } from "../inputs.ts";
import type { Parameters } from "../parameters.ts";
import {
  type CausalHead,
  causalReadout,
  spreadUnder,
  takeCausalHead,
} from "../parts/causal-head.ts";
import type { LookWeights } from "../parts/look-at-encoder.ts";
import { type PreNormWeights, preNormBlock } from "../parts/pre-norm.ts";
import type { MatrixLayout } from "../stored-source.ts";

const schema = v.object({
  vocab_size: count(50257),
  n_positions: count(1024),
  n_embd: count(768),
  n_layer: depth(12),
  n_head: count(12),
  n_inner: v.nullish(size),
  activation_function: activationName("gelu_new"),
  layer_norm_epsilon: normEpsilon(1e-5),
  scale_attn_weights: flag(true),
  scale_attn_by_inverse_layer_idx: flag(false),
  // Only how transformers orders the product in half precision; the formula is the same.
  reorder_and_upcast_attn: flag(false),
  tie_word_embeddings: flag(true),
  is_causal: flag(true),
  pad_token_id: maybeId,
  eos_token_id: maybeIds,
});
type Config = v.InferOutput<typeof schema>;

const aliases = {
  hidden_size: "n_embd",
  max_position_embeddings: "n_positions",
  n_ctx: "n_positions",
  num_attention_heads: "n_head",
  num_hidden_layers: "n_layer",
};

interface Weights {
  readonly words: LazyTensor; // (V, C)
  readonly positions: LazyTensor; // (P, C)
  readonly layers: readonly PreNormWeights[];
  readonly norm: NormWeights;
  readonly head: CausalHead;
}

/** GPT-2 (Radford et al. 2019): a decoder whose norms come before each part. */
export const gpt2: Family = {
  type: "gpt2",
  writer: "LMHeadModel",
  open(raw, parameters, isBeside = false): Network {
    const config = checkConfig(schema, withAliases(raw, aliases), "gpt2");
    const headWidth = headWidthOf("gpt2", config.n_embd, config.n_head);
    const weights = takeWeights(config, raw, parameters, isBeside);
    return {
      dimensions: {
        layers: config.n_layer,
        heads: config.n_head,
        keyHeads: config.n_head,
        headWidth,
        width: config.n_embd,
        feedForward: config.n_inner ?? 4 * config.n_embd,
        vocabulary: config.vocab_size,
        positions: config.n_positions,
      },
      task: weights.head.task,
      takes: ["types", "positions"],
      isCausal: config.is_causal,
      readsTypes: false,
      paddingId: paddingIdOf(config.vocab_size, config.pad_token_id, config.eos_token_id),
      absent: {
        "scores.position": "gpt2 adds positions to the embeddings, not to the scores",
        "scores.bias": "gpt2 adds nothing to the scores",
        pooled: "gpt2 has no pooler",
        logits: "this checkpoint has no head",
      },
      endId: 50256,
      generates: weights.head.task === "language modeling",
      scoreScale: (layer) => scoreScale(config, layer),
      readout: causalReadout(weights.head, {
        kind: "layer",
        epsilon: config.layer_norm_epsilon,
        ...weights.norm,
      }),
      forward: (inputs, probe) => forward(weights, config, inputs, probe),
    };
  },
};

function forward(weights: Weights, config: Config, inputs: Inputs, probe: Probe): Outputs {
  const { program } = probe;
  const { batch: B, length: T, cache, beside } = inputs;
  const { n_head: heads, activation_function: activation, layer_norm_epsilon: epsilon } = config;
  const mask = causalMask(inputs, program, { isCausal: config.is_causal });
  const words = embed(weights.words, program.input(expectIds(inputs, "gpt2"), [B, T], "ids"));
  const places = embed(weights.positions, positionIds(inputs, program));
  const kinds = inputs.types && embed(weights.words, program.input(inputs.types, [B, T], "types"));
  const sum = add(words, places);
  let x = probe.site("embeddings", kinds ? add(sum, kinds) : sum); // (B, T, C)
  for (const [layer, w] of weights.layers.entries()) {
    const attention = {
      mask,
      scale: scoreScale(config, layer),
      memory: cache?.memory(`layers.${layer}`),
      spread: spreadUnder(weights.head),
    };
    const cross = beside && { ...beside, memory: cache?.memory(`layers.${layer}.cross`) };
    x = probe.layer(layer, x, (x, probe) =>
      preNormBlock(x, w, { heads, activation, epsilon, attention, cross }, probe),
    );
  }
  const final = probe.site("final", layerNorm(x, weights.norm, epsilon));
  if (beside) return { final };
  const logits = weights.head.logits?.(final, inputs); // (B, T, V) or (B, labels)
  return { final, logits: logits && probe.site("logits", logits) };
}

function scoreScale(config: Config, layer: number): number {
  const width = config.scale_attn_weights ? 1 / Math.sqrt(config.n_embd / config.n_head) : 1;
  return config.scale_attn_by_inverse_layer_idx ? width / (layer + 1) : width;
}

function takeWeights(config: Config, raw: RawConfig, file: Parameters, isBeside: boolean): Weights {
  const C = config.n_embd;
  const body = file.beside("transformer.", "");
  body.ignore(/(^|\.)h\.\d+\.(attn|crossattention)\.(bias|masked_bias)$/);
  const words = body.table("wte.weight", [config.vocab_size, C], "embeddings.words", {
    tiedTo: config.tie_word_embeddings ? ["lm_head.weight"] : [],
  });
  return {
    words,
    positions: body.table("wpe.weight", [config.n_positions, C], "embeddings.positions"),
    layers: Array.from({ length: config.n_layer }, (_, layer) =>
      takeLayer(config, body.within(`h.${layer}.`, `layers.${layer}.`), isBeside),
    ),
    norm: body.norm("ln_f", C, "norm"),
    head: takeCausalHead("GPT2", headClass(raw), {
      isTied: config.tie_word_embeddings,
      paddingId: config.pad_token_id ?? undefined,
      raw,
      words,
      file,
    }),
  };
}

function takeLayer(config: Config, from: Parameters, isBeside: boolean): PreNormWeights {
  const C = config.n_embd;
  const F = config.n_inner ?? 4 * C;
  const stored = "in-out";
  // q, k and v are stored as one matrix, side by side.
  const part = (n: number, name: string) =>
    from.linear("attn.c_attn", [C, C], name, { stored, rows: [n * C, (n + 1) * C] });
  return {
    attentionNorm: from.norm("ln_1", C, "attention.norm"),
    attention: {
      q: part(0, "q"),
      k: part(1, "k"),
      v: part(2, "v"),
      o: from.linear("attn.c_proj", [C, C], "o", { stored }),
    },
    cross: isBeside ? takeLook(config, from) : undefined,
    norm: from.norm("ln_2", C, "mlp.norm"),
    up: from.linear("mlp.c_fc", [F, C], "mlp.up", { stored }),
    down: from.linear("mlp.c_proj", [C, F], "mlp.down", { stored }),
  };
}

/** How a layer looks at an encoder: its k and v are stored as one matrix, its q apart. */
function takeLook(
  { n_embd: C, layer_norm_epsilon: epsilon }: Config,
  from: Parameters,
): LookWeights {
  const stored = "in-out";
  const map = (name: string, part: string, layout: MatrixLayout = {}) =>
    from.linear(`crossattention.${name}`, [C, C], `cross.${part}`, { stored, ...layout });
  return {
    norm: { kind: "layer", epsilon, ...from.norm("ln_cross_attn", C, "cross.norm") },
    attention: {
      q: map("q_attn", "q"),
      k: map("c_attn", "k", { rows: [0, C] }),
      v: map("c_attn", "v", { rows: [C, 2 * C] }),
      o: map("c_proj", "o"),
    },
  };
}
