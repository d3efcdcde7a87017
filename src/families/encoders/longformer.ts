import * as v from "valibot";
import { type GlobalTokens, globalTokens } from "../../attention/global-tokens.ts";
import {
  type AttentionWeights,
  projectKeyValue,
  projectOutput,
  projectQuery,
} from "../../attention/project.ts";
import {
  attendWindows,
  type GlobalAttention,
  type Windows,
  windowsOf,
} from "../../attention/windows.ts";
import { ConfigError, InputError } from "../../errors/errors.ts";
import type { Probe } from "../../probe/probe.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import {
  add,
  embed,
  type LinearWeights,
  layerNorm,
  linear,
  type NormWeights,
} from "../../tensor/operations.ts";
import type { Program } from "../../tensor/program.ts";
import {
  activationName,
  checkConfig,
  count,
  flag,
  headWidthOf,
  index,
  maybeIndex,
  type RawConfig,
  real,
} from "../config.ts";
import { type Family, headClass, type Network, type Outputs } from "../family.ts";
import { expectIds, type Inputs, positionIds } from "../inputs.ts";
import type { Parameters } from "../parameters.ts";
import { type EncoderHead, poolFirst, takesPooler } from "../parts/encoder-head.ts";
import { takeRobertaHead } from "./roberta-head.ts";

const evenWidth = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(2),
  v.multipleOf(2, "a window is an even number: half of it lies on either side"),
);
const schema = v.object({
  vocab_size: count(30522),
  hidden_size: count(768),
  num_hidden_layers: count(12),
  num_attention_heads: count(12),
  intermediate_size: count(3072),
  hidden_act: activationName("gelu"),
  max_position_embeddings: count(512),
  type_vocab_size: count(2),
  layer_norm_eps: real(1e-12),
  attention_window: v.optional(v.union([evenWidth, v.array(evenWidth)]), 512),
  pad_token_id: index(1),
  sep_token_id: v.nullish(maybeIndex, 2),
  tie_word_embeddings: flag(true),
});
type Config = v.InferOutput<typeof schema>;

interface LayerWeights {
  readonly attention: AttentionWeights;
  /** Projections of their own for what global tokens ask and are asked. */
  readonly global: Omit<AttentionWeights, "o">;
  readonly attentionNorm: NormWeights;
  readonly up: LinearWeights;
  readonly down: LinearWeights;
  readonly norm: NormWeights;
}

interface Weights {
  readonly words: LazyTensor; // (V, C)
  readonly positions: LazyTensor; // (P, C)
  readonly types: LazyTensor; // (types, C)
  readonly norm: NormWeights;
  readonly layers: readonly LayerWeights[];
  readonly pooler: LinearWeights | undefined;
  readonly head: EncoderHead;
}

/** Longformer (Beltagy et al. 2020): RoBERTa whose tokens see a window around them, and some tokens everything. */
export const longformer: Family = {
  type: "longformer",
  open(raw, parameters): Network {
    const config = checkConfig(schema, raw, "longformer");
    const reaches = reachesOf(config);
    const headWidth = headWidthOf("longformer", config.hidden_size, config.num_attention_heads);
    const weights = takeWeights(config, raw, parameters);
    return {
      dimensions: {
        layers: config.num_hidden_layers,
        heads: config.num_attention_heads,
        keyHeads: config.num_attention_heads,
        headWidth,
        width: config.hidden_size,
        feedForward: config.intermediate_size,
        vocabulary: config.vocab_size,
        // The first ones belong to padding and to the ids before it.
        positions: config.max_position_embeddings - config.pad_token_id - 1,
      },
      task: weights.head.task,
      isCausal: false,
      readsTypes: false,
      paddingId: config.pad_token_id,
      absent: {
        normed: "the norm comes after: the projections see the stream itself",
        "scores.position": "longformer adds positions to the embeddings, not to the scores",
        "scores.bias": "longformer adds nothing to the scores",
        pooled: "this checkpoint has no pooler",
        logits: "this checkpoint has no head",
      },
      scoreScale: () => 1 / Math.sqrt(headWidth),
      exampleInputs: (length) => ({
        globalMask: Int32Array.from({ length }, (_, t) => +(t === 0)),
      }),
      forward: (inputs, probe) => forward(weights, { config, reaches, raw }, inputs, probe),
    };
  },
};

interface Setting {
  readonly config: Config;
  /** How many keys each layer's queries see to either side. */
  readonly reaches: readonly number[];
  readonly raw: RawConfig;
}

function forward(weights: Weights, setting: Setting, inputs: Inputs, probe: Probe): Outputs {
  const { config, reaches, raw } = setting;
  const { program } = probe;
  const { batch: B, length: T, mask } = inputs;
  const heads = config.num_attention_heads;
  const globalMask = globalMaskOf(inputs, headClass(raw), config);
  const globals = globalTokens(program, [B, T, heads], { mask, globalMask });
  const windows = new Map(
    [...new Set(reaches)].map((reach) => [reach, windowsOf(globals, heads, reach)]),
  );
  let x = probe.site("embeddings", embeddings(weights, config, inputs, program)); // (B, T, C)
  for (const [layer, w] of weights.layers.entries())
    x = probe.layer(layer, x, (x, probe) =>
      block(x, w, config, windows.get(reaches[layer]!)!, probe),
    );
  const final = probe.site("final", x); // (B, T, C)
  const { head, pooler } = weights;
  const pooled =
    pooler && (head.readsPooled || probe.wants("pooled"))
      ? probe.site("pooled", poolFirst(final, pooler)) // (B, C)
      : undefined;
  const logits = head.logits?.(final, pooled); // (B, T, V), (B, T, labels) or (B, labels)
  return { final, pooled, logits: logits && probe.site("logits", logits) };
}

/** Word, type and position embeddings, summed and normed: ids (B, T) → (B, T, C). */
function embeddings(w: Weights, config: Config, inputs: Inputs, program: Program): LazyTensor {
  const { batch: B, length: T } = inputs;
  const ids = expectIds(inputs, "longformer");
  const types = inputs.types ?? new Int32Array(B * T);
  const positions = inputs.positions ?? positionsOf(ids, [B, T], config.pad_token_id);
  const words = embed(w.words, program.input(ids, [B, T], "ids"));
  const kinds = embed(w.types, program.input(types, [B, T], "types"));
  const places = embed(w.positions, positionIds({ ...inputs, positions }, program));
  return layerNorm(add(add(words, kinds), places), w.norm, config.layer_norm_eps);
}

/** Real tokens count from padding + 1; padding, which the ids tell and not the mask, gets the padding id. */
function positionsOf(
  ids: Int32Array,
  [B, T]: readonly [number, number],
  padding: number,
): Int32Array {
  const positions = new Int32Array(B * T).fill(padding);
  for (let b = 0; b < B; b++) {
    let next = padding + 1;
    for (let place = b * T; place < (b + 1) * T; place++)
      if (ids[place] !== padding) positions[place] = next++;
  }
  return positions;
}

/** Attention, then feed-forward; each is added to the stream, which is then normed. */
function block(
  x: LazyTensor,
  w: LayerWeights,
  config: Config,
  windows: Windows,
  probe: Probe,
): LazyTensor {
  const { num_attention_heads: heads, hidden_size: C, layer_norm_eps: epsilon } = config;
  const q = projectQuery(x, w.attention, heads, probe); // (B, H, T, D)
  const { k, v } = projectKeyValue(x, w.attention, heads, probe); // (B, H, S, D)
  const global = projectGlobal(x, w.global, heads, windows.globals, probe);
  const scale = 1 / Math.sqrt(C / heads);
  const mixed = attendWindows({ q, k, v }, global, windows, scale, probe); // (B, H, T, D)
  const attended = projectOutput(mixed, w.attention, probe); // (B, T, C)
  const middle = probe.site("middle", layerNorm(add(attended, x), w.attentionNorm, epsilon));
  const wide = linear(middle, w.up, { activation: config.hidden_act }); // (B, T, F)
  const mlp = probe.site("mlp", linear(wide, w.down)); // (B, T, C)
  return layerNorm(add(mlp, middle), w.norm, epsilon);
}

/** q, k, v of global attention, q of global tokens alone: x (B, T, C) → q (B, H, G, D), k and v (B, H, S, D). */
function projectGlobal(
  x: LazyTensor,
  w: Omit<AttentionWeights, "o">,
  heads: number,
  globals: GlobalTokens,
  probe: Probe,
): GlobalAttention | undefined {
  const within = probe.within("global.");
  const isAsked = within.wants("q", "k", "v");
  if (globals.most === 0 && !isAsked) return undefined;
  const own = linear(globals.rowsOf(x), w.q, { heads }); // (B, H, G, D)
  // As a site it has a row for every token; those of local tokens are 0.
  const q = isAsked ? globals.rowsOf(within.site("q", globals.spreadRows(own))) : own;
  const k = within.site("k", linear(x, w.k, { heads })); // (B, H, S, D)
  const value = within.site("v", linear(x, w.v, { heads })); // (B, H, S, D)
  return globals.most > 0 ? { q, k, v: value } : undefined;
}

/** Which tokens are global where the input does not say: what transformers does for this class. */
function globalMaskOf(inputs: Inputs, head: string, config: Config): Int32Array | undefined {
  const { batch: B, length: T, globalMask: given } = inputs;
  if (given) {
    if (given.some((value) => value !== 0 && value !== 1))
      throw new InputError("longformer: globalMask must hold 1 (global) and 0 (local) only");
    return given;
  }
  const ids = expectIds(inputs, "longformer");
  if (head === "ForSequenceClassification") return ids.map((_, place) => (place % T === 0 ? 1 : 0));
  if (head !== "ForQuestionAnswering") return undefined;
  // The question: all before the first of the three separators of <s> question </s></s> text </s>.
  const mask = new Int32Array(B * T);
  for (let b = 0; b < B; b++) {
    const row = ids.subarray(b * T, (b + 1) * T);
    const separators = row.filter((id) => id === config.sep_token_id).length;
    if (separators !== 3)
      throw new InputError(
        `longformer: to find the question, text ${b} needs 3 separators (id ${config.sep_token_id}), it has ${separators}. Give { text: question, pair: text }, or say which tokens are global with globalMask`,
      );
    mask.fill(1, b * T, b * T + row.indexOf(config.sep_token_id!));
  }
  return mask;
}

/** A window of 512 reaches 256 keys to either side. */
function reachesOf({ attention_window: window, num_hidden_layers: layers }: Config): number[] {
  const windows = typeof window === "number" ? new Array<number>(layers).fill(window) : window;
  if (windows.length !== layers)
    throw new ConfigError(
      `longformer: config.json says num_hidden_layers=${layers}, attention_window lists ${windows.length} windows. It needs one a layer`,
    );
  return windows.map((width) => width / 2);
}

function takeWeights(config: Config, raw: RawConfig, file: Parameters): Weights {
  const { hidden_size: C, vocab_size: V, max_position_embeddings: P } = config;
  const body = file.beside("longformer.", "");
  body.ignore(/(^|\.)position_ids$/);
  const at = body.within("embeddings.", "embeddings.");
  const words = at.table("word_embeddings.weight", [V, C], "words");
  return {
    words,
    positions: at.table("position_embeddings.weight", [P, C], "positions"),
    types: at.table("token_type_embeddings.weight", [config.type_vocab_size, C], "types"),
    norm: at.norm("LayerNorm", C, "norm"),
    layers: Array.from({ length: config.num_hidden_layers }, (_, layer) =>
      takeLayer(config, body.within(`encoder.layer.${layer}.`, `layers.${layer}.`)),
    ),
    pooler: takesPooler(headClass(raw), body, "pooler.dense.weight")
      ? body.linear("pooler.dense", [C, C], "pooler")
      : undefined,
    head: takeRobertaHead(headClass(raw), { config, raw, words, file }),
  };
}

function takeLayer(config: Config, from: Parameters): LayerWeights {
  const { hidden_size: C, intermediate_size: F } = config;
  return {
    attention: {
      q: from.linear("attention.self.query", [C, C], "q"),
      k: from.linear("attention.self.key", [C, C], "k"),
      v: from.linear("attention.self.value", [C, C], "v"),
      o: from.linear("attention.output.dense", [C, C], "o"),
    },
    global: {
      q: from.linear("attention.self.query_global", [C, C], "global.q"),
      k: from.linear("attention.self.key_global", [C, C], "global.k"),
      v: from.linear("attention.self.value_global", [C, C], "global.v"),
    },
    attentionNorm: from.norm("attention.output.LayerNorm", C, "attention.norm"),
    up: from.linear("intermediate.dense", [F, C], "mlp.up"),
    down: from.linear("output.dense", [C, F], "mlp.down"),
    norm: from.norm("output.LayerNorm", C, "mlp.norm"),
  };
}
