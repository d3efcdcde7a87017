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
  refuse,
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
import { type PreNormWeights, preNormBlock } from "../parts/pre-norm.ts";

const attentionType = v.picklist(["global", "local"]);
type AttentionType = v.InferOutput<typeof attentionType>;

const schema = v.object({
  vocab_size: count(50257),
  max_position_embeddings: count(2048),
  hidden_size: count(2048),
  num_layers: depth(24),
  num_heads: count(16),
  intermediate_size: v.nullish(size),
  /** [[["global", "local"], 12]]: a pattern, and how often it comes. */
  attention_types: v.nullish(v.array(v.tuple([v.array(attentionType), depth(1, 0)]))),
  /** One type a layer; newer files have both spellings. */
  attention_layers: v.nullish(v.array(attentionType)),
  window_size: count(256),
  activation_function: activationName("gelu_new"),
  layer_norm_epsilon: normEpsilon(1e-5),
  tie_word_embeddings: flag(true),
  pad_token_id: maybeId,
  eos_token_id: v.nullish(maybeIds, 50256),
});
type Config = v.InferOutput<typeof schema>;

const aliases = { num_attention_heads: "num_heads", num_hidden_layers: "num_layers" };

interface Weights {
  readonly words: LazyTensor; // (V, C)
  readonly positions: LazyTensor; // (P, C)
  readonly layers: readonly PreNormWeights[];
  readonly norm: NormWeights;
  readonly head: CausalHead;
}

/** GPT-Neo (Black et al. 2021): GPT-3's shape, in which layers look at everything before or at the last few tokens only. */
export const gptNeo: Family = {
  type: "gpt_neo",
  open(raw, parameters): Network {
    const config = checkConfig(schema, withAliases(raw, aliases), "gpt_neo");
    const headWidth = headWidthOf("gpt_neo", config.hidden_size, config.num_heads);
    const types = attentionTypes(config);
    const weights = takeWeights(config, raw, parameters);
    // This class of transformers always has a cache, and with one it does not look for texts in a row.
    const isPackable = headClass(raw) !== "ForQuestionAnswering";
    return {
      dimensions: {
        layers: config.num_layers,
        heads: config.num_heads,
        keyHeads: config.num_heads,
        headWidth,
        width: config.hidden_size,
        feedForward: config.intermediate_size ?? 4 * config.hidden_size,
        vocabulary: config.vocab_size,
        positions: config.max_position_embeddings,
      },
      task: weights.head.task,
      takes: ["types", "positions"],
      isCausal: true,
      readsTypes: false,
      paddingId: paddingIdOf(config.vocab_size, config.pad_token_id, config.eos_token_id),
      absent: {
        "scores.position": "gpt_neo adds positions to the embeddings, not to the scores",
        "scores.bias": "gpt_neo adds nothing to the scores",
        pooled: "gpt_neo has no pooler",
        logits: "this checkpoint has no head",
      },
      endId: 50256,
      generates: weights.head.task === "language modeling",
      scoreScale: () => 1,
      readout: causalReadout(weights.head, {
        kind: "layer",
        epsilon: config.layer_norm_epsilon,
        ...weights.norm,
      }),
      forward: (inputs, probe) => forward(weights, config, { types, isPackable }, inputs, probe),
    };
  },
};

function forward(
  weights: Weights,
  config: Config,
  { types, isPackable }: { readonly types: readonly AttentionType[]; readonly isPackable: boolean },
  inputs: Inputs,
  probe: Probe,
): Outputs {
  const { program } = probe;
  const { batch: B, length: T, cache } = inputs;
  const { num_heads: heads, activation_function: activation, layer_norm_epsilon: epsilon } = config;
  const global = causalMask(inputs, program, { isPackable });
  const before = config.window_size - 1;
  const local = { ...global, window: { offset: cache?.length ?? 0, before, after: 0 } };
  const words = embed(weights.words, program.input(expectIds(inputs, "gpt_neo"), [B, T], "ids"));
  const places = embed(weights.positions, positionIds(inputs, program));
  const kinds = inputs.types && embed(weights.words, program.input(inputs.types, [B, T], "types"));
  const sum = add(words, places);
  let x = probe.site("embeddings", kinds ? add(sum, kinds) : sum); // (B, T, C)
  for (const [layer, w] of weights.layers.entries()) {
    const attention = {
      // The published models were trained without dividing by √D.
      scale: 1,
      mask: types[layer] === "local" ? local : global,
      // This family hides later keys by a rule of its own, so that nothing is spread over them.
      spread: spreadUnder(weights.head, "keys in reach"),
      memory: cache?.memory(`layers.${layer}`),
    };
    x = probe.layer(layer, x, (x, probe) =>
      preNormBlock(x, w, { heads, activation, epsilon, attention }, probe),
    );
  }
  const final = probe.site("final", layerNorm(x, weights.norm, epsilon));
  const logits = weights.head.logits?.(final, inputs); // (B, T, V) or (B, labels)
  return { final, logits: logits && probe.site("logits", logits) };
}

/** How each layer looks back, in whichever spelling; a list of layers counts before a pattern, as transformers has it. */
function attentionTypes(config: Config): readonly AttentionType[] {
  const { attention_layers: layers, num_layers: count } = config;
  const standard: [AttentionType[], number][] = [[["global", "local"], 12]];
  const patterns = layers ? ([[layers, 1]] as const) : (config.attention_types ?? standard);
  const made = patterns.reduce((sum, [pattern, times]) => sum + pattern.length * times, 0);
  if (made !== count)
    refuse(
      "gpt_neo",
      layers ? "attention_layers" : "attention_types",
      layers ?? config.attention_types ?? null,
      `That makes ${made} layers, but num_layers is ${count}`,
    );
  return patterns.flatMap(([pattern, times]) =>
    Array.from({ length: times }, () => pattern).flat(),
  );
}

function takeWeights(config: Config, raw: RawConfig, file: Parameters): Weights {
  const C = config.hidden_size;
  const body = file.beside("transformer.", "");
  body.ignore(/(^|\.)h\.\d+\.attn\.attention\.(bias|masked_bias)$/);
  const words = body.table("wte.weight", [config.vocab_size, C], "embeddings.words", {
    tiedTo: config.tie_word_embeddings ? ["lm_head.weight"] : [],
  });
  const places = config.max_position_embeddings;
  return {
    words,
    positions: body.table("wpe.weight", [places, C], "embeddings.positions"),
    layers: Array.from({ length: config.num_layers }, (_, layer) =>
      takeLayer(config, body.within(`h.${layer}.`, `layers.${layer}.`)),
    ),
    norm: body.norm("ln_f", C, "norm"),
    head: takeCausalHead("GPTNeo", headClass(raw), {
      isTied: config.tie_word_embeddings,
      paddingId: config.pad_token_id ?? undefined,
      raw,
      words,
      file,
    }),
  };
}

function takeLayer(config: Config, from: Parameters): PreNormWeights {
  const C = config.hidden_size;
  const F = config.intermediate_size ?? 4 * C;
  const part = (name: "q" | "k" | "v") =>
    from.linear(`attn.attention.${name}_proj`, [C, C], name, { bias: false });
  return {
    attentionNorm: from.norm("ln_1", C, "attention.norm"),
    attention: {
      q: part("q"),
      k: part("k"),
      v: part("v"),
      o: from.linear("attn.attention.out_proj", [C, C], "o"),
    },
    norm: from.norm("ln_2", C, "mlp.norm"),
    up: from.linear("mlp.c_fc", [F, C], "mlp.up"),
    down: from.linear("mlp.c_proj", [C, F], "mlp.down"),
  };
}
