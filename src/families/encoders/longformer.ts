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
import { type LinearWeights, linear } from "../../tensor/operations.ts";
import {
  activationName,
  checkConfig,
  count,
  depth,
  expectPositionsPastPadding,
  flag,
  headWidthOf,
  maybeId,
  normEpsilon,
  positionPaddingId,
  type RawConfig,
  refuse,
} from "../config.ts";
import { type Family, headClass, type Network, type Outputs } from "../family.ts";
import { expectIds, type Inputs } from "../inputs.ts";
import type { Parameters } from "../parameters.ts";
import {
  type EncoderHead,
  encoderOutputs,
  encoderReadout,
  poolFirst,
  takesPooler,
} from "../parts/encoder-head.ts";
import {
  absentInPostNorm,
  afterAttention,
  type PostNormWeights,
  takePostNormLayer,
} from "../parts/post-norm.ts";
import {
  embedTokens,
  positionsAfterPadding,
  type TokenEmbeddings,
  takeTokenEmbeddings,
} from "../parts/token-embeddings.ts";
import { takeRobertaHead } from "./roberta-head.ts";

/** Weights of a window are kept for its whole width, however short the text: Longformer's own is 512. */
const WIDEST_WINDOW = 2 ** 20;
const evenWidth = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(2),
  v.maxValue(WIDEST_WINDOW),
  v.multipleOf(2, "a window is an even number: half of it lies on either side"),
);
const schema = v.object({
  vocab_size: count(30522),
  hidden_size: count(768),
  num_hidden_layers: depth(12),
  num_attention_heads: count(12),
  intermediate_size: count(3072),
  hidden_act: activationName("gelu"),
  max_position_embeddings: count(512),
  type_vocab_size: count(2),
  layer_norm_eps: normEpsilon(1e-12),
  attention_window: v.optional(v.union([evenWidth, v.array(evenWidth)]), 512),
  pad_token_id: positionPaddingId(1),
  sep_token_id: v.nullish(maybeId, 2),
  tie_word_embeddings: flag(true),
});
type Config = v.InferOutput<typeof schema>;

interface LayerWeights extends PostNormWeights {
  /** Projections of their own for what global tokens ask and are asked. */
  readonly global: Omit<AttentionWeights, "o">;
}

interface Weights {
  readonly embeddings: TokenEmbeddings;
  readonly layers: readonly LayerWeights[];
  readonly pooler: LinearWeights | undefined;
  readonly head: EncoderHead;
}

/** Longformer (Beltagy et al. 2020): RoBERTa whose tokens see a window around them, and some tokens everything. */
export const longformer: Family = {
  type: "longformer",
  open(raw, parameters): Network {
    const config = checkConfig(schema, raw, "longformer");
    expectPositionsPastPadding("longformer", config);
    const reaches = reachesOf(config);
    if (headClass(raw) === "ForMultipleChoice")
      refuse(
        "longformer",
        "architectures",
        raw.architectures,
        "Which tokens of its choices are global transformers tells of some batches only, and heed of none",
      );
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
      takes: ["types", "positions", "globalMask"],
      isCausal: false,
      readsTypes: false,
      paddingId: config.pad_token_id,
      countsPastPadding: true,
      absent: absentInPostNorm("longformer"),
      scoreScale: () => 1 / Math.sqrt(headWidth),
      exampleInputs: (length) => ({
        globalMask: Int32Array.from({ length }, (_, t) => +(t === 0)),
      }),
      readout: encoderReadout(weights.head),
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
  const ids = expectIds(inputs, "longformer");
  const positions = inputs.positions ?? positionsAfterPadding(ids, [B, T], config.pad_token_id);
  const named = { family: "longformer", epsilon: config.layer_norm_eps };
  const tokens = embedTokens(weights.embeddings, { ...inputs, positions }, named, program);
  let x = probe.site("embeddings", tokens); // (B, T, C)
  for (const [layer, w] of weights.layers.entries())
    x = probe.layer(layer, x, (x, probe) =>
      block(x, w, config, windows.get(reaches[layer]!)!, probe),
    );
  const final = probe.site("final", x); // (B, T, C)
  return encoderOutputs(final, weights.head, poolFirst(weights.pooler), probe);
}

/** Attention, then feed-forward; each is added to the stream, which is then normed. */
function block(
  x: LazyTensor,
  w: LayerWeights,
  config: Config,
  windows: Windows,
  probe: Probe,
): LazyTensor {
  const { num_attention_heads: heads, hidden_act: activation, layer_norm_eps: epsilon } = config;
  const q = projectQuery(x, w.attention, heads, probe); // (B, H, T, D)
  const { k, v } = projectKeyValue(x, w.attention, heads, probe); // (B, H, S, D)
  const global = projectGlobal(x, w.global, heads, windows.globals, probe);
  const scale = 1 / Math.sqrt(q.shape[3]!);
  const mixed = attendWindows({ q, k, v }, global, windows, scale, probe); // (B, H, T, D)
  const attended = projectOutput(mixed, w.attention, probe); // (B, T, C)
  return afterAttention(x, attended, w, { activation, epsilon }, probe);
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
  const C = config.hidden_size;
  const body = file.beside("longformer.", "");
  body.ignore(/(^|\.)position_ids$/);
  const embeddings = takeTokenEmbeddings(body, {
    vocabulary: config.vocab_size,
    positions: config.max_position_embeddings,
    types: config.type_vocab_size,
    width: C,
    tiedTo: config.tie_word_embeddings ? "lm_head.decoder.weight" : undefined,
  });
  return {
    embeddings,
    layers: Array.from({ length: config.num_hidden_layers }, (_, layer) =>
      takeLayer(config, body.within(`encoder.layer.${layer}.`, `layers.${layer}.`)),
    ),
    pooler: takesPooler(headClass(raw), body, "pooler.dense.weight")
      ? body.linear("pooler.dense", [C, C], "pooler")
      : undefined,
    head: takeRobertaHead(headClass(raw), { config, raw, words: embeddings.words, file }),
  };
}

function takeLayer(config: Config, from: Parameters): LayerWeights {
  const { hidden_size: C, intermediate_size: F } = config;
  return {
    ...takePostNormLayer(from, [C, F]),
    global: {
      q: from.linear("attention.self.query_global", [C, C], "global.q"),
      k: from.linear("attention.self.key_global", [C, C], "global.k"),
      v: from.linear("attention.self.value_global", [C, C], "global.v"),
    },
  };
}
