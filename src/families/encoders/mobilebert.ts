import * as v from "valibot";
import { attend } from "../../attention/attend.ts";
import { keyMask } from "../../attention/masks.ts";
import { type AttentionWeights, projectOutput, projectQuery } from "../../attention/project.ts";
import type { Probe } from "../../probe/probe.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import {
  add,
  concat,
  embed,
  type LinearWeights,
  layerNorm,
  linear,
  type Mask,
  multiply,
  type NormWeights,
  slice,
} from "../../tensor/operations.ts";
import type { Program } from "../../tensor/program.ts";
import {
  activationName,
  checkConfig,
  count,
  depth,
  flag,
  headWidthOf,
  maybeId,
  normEpsilon,
  type RawConfig,
  refuse,
  size,
} from "../config.ts";
import { type Family, headClass, type Network, type Outputs } from "../family.ts";
import { expectIds, type Inputs, positionIds } from "../inputs.ts";
import type { Parameters } from "../parameters.ts";
import {
  type EncoderHead,
  encoderOutputs,
  encoderReadout,
  firstToken,
  poolFirst,
  takesPooler,
} from "../parts/encoder-head.ts";
import { absentInPostNorm } from "../parts/post-norm.ts";
import { takeMobileBertHead } from "./mobilebert-head.ts";

const schema = v.object({
  vocab_size: count(30522),
  hidden_size: count(512),
  num_hidden_layers: depth(24),
  num_attention_heads: count(4),
  intermediate_size: count(512),
  hidden_act: activationName("relu"),
  max_position_embeddings: count(512),
  type_vocab_size: count(2),
  layer_norm_eps: normEpsilon(1e-12),
  pad_token_id: maybeId,
  embedding_size: count(128),
  trigram_input: flag(true),
  use_bottleneck: flag(true),
  intra_bottleneck_size: count(128),
  true_hidden_size: v.optional(size),
  use_bottleneck_attention: flag(false),
  key_query_shared_bottleneck: flag(true),
  num_feedforward_networks: depth(4),
  normalization_type: v.optional(v.picklist(["no_norm", "layer_norm"]), "no_norm"),
  classifier_activation: flag(true),
  tie_word_embeddings: flag(true),
});
type Config = v.InferOutput<typeof schema>;

/** A norm of this family: x · gain + bias, or a layer norm with its own ε. */
type Norm = (x: LazyTensor) => LazyTensor;

/** A map into another width, and the norm after it. */
interface Bottleneck {
  readonly dense: LinearWeights;
  readonly norm: Norm;
}

interface FeedForward {
  readonly up: LinearWeights;
  readonly down: LinearWeights;
  readonly norm: Norm;
}

interface LayerWeights {
  /** From the stream (C) to the width inside (W); undefined where the layer works at full width. */
  readonly input: Bottleneck | undefined;
  /** What queries and keys are made from, where they have their own. */
  readonly shared: Bottleneck | undefined;
  readonly attention: AttentionWeights;
  readonly attentionNorm: Norm;
  /** The last one leads back to the stream. */
  readonly feedForwards: readonly FeedForward[];
  readonly output: Bottleneck | undefined;
}

interface Weights {
  readonly words: LazyTensor; // (V, E)
  readonly positions: LazyTensor; // (P, C)
  readonly types: LazyTensor; // (types, C)
  readonly widen: LinearWeights | undefined; // (C, 3E or E)
  readonly norm: Norm;
  readonly layers: readonly LayerWeights[];
  readonly pool: ((final: LazyTensor) => LazyTensor) | undefined;
  readonly head: EncoderHead;
}

/** MobileBERT (Sun et al. 2020): thin layers between bottlenecks, each with several feed-forwards. */
export const mobilebert: Family = {
  type: "mobilebert",
  open(raw, parameters): Network {
    const config = checkConfig(schema, raw, "mobilebert");
    const inner = innerWidth(config);
    refuseUnknown(config, inner);
    const headWidth = headWidthOf("mobilebert", inner, config.num_attention_heads);
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
        positions: config.max_position_embeddings,
      },
      task: weights.head.task,
      takes: ["types", "positions"],
      isCausal: false,
      readsTypes: true,
      paddingId: config.pad_token_id ?? 0,
      // The last token's vector is made of its neighbour's too, be that padding.
      readsPadding: config.trigram_input,
      absent: absentInPostNorm("mobilebert"),
      scoreScale: () => 1 / Math.sqrt(headWidth),
      readout: encoderReadout(weights.head),
      forward: (inputs, probe) => forward(weights, config, inputs, probe),
    };
  },
};

function forward(weights: Weights, config: Config, inputs: Inputs, probe: Probe): Outputs {
  const mask = { keys: keyMask(inputs.mask, [inputs.batch, inputs.length], probe.program) }; // (B, S)
  let x = probe.site("embeddings", embeddings(weights, config, inputs, probe.program)); // (B, T, C)
  for (const [layer, w] of weights.layers.entries())
    x = probe.layer(layer, x, (x, probe) => block(x, w, config, mask, probe));
  const final = probe.site("final", x); // (B, T, C)
  return encoderOutputs(final, weights.head, weights.pool, probe);
}

/** Narrow word embeddings, each beside its neighbours', mapped to the stream's width; then positions and types: ids (B, T) → (B, T, C). */
function embeddings(w: Weights, config: Config, inputs: Inputs, program: Program): LazyTensor {
  const { batch: B, length: T } = inputs;
  const types = inputs.types ?? new Int32Array(B * T);
  const own = embed(w.words, program.input(expectIds(inputs, "mobilebert"), [B, T], "ids")); // (B, T, E)
  const words = config.trigram_input ? withNeighbours(own, program) : own; // (B, T, 3E or E)
  const wide = w.widen ? linear(words, w.widen) : words; // (B, T, C)
  const places = embed(w.positions, positionIds(inputs, program));
  const kinds = embed(w.types, program.input(types, [B, T], "types"));
  return w.norm(add(add(wide, places), kinds));
}

/** Next, own and previous vector side by side, zeros past the ends: (B, T, E) → (B, T, 3E). */
function withNeighbours(own: LazyTensor, program: Program): LazyTensor {
  const [B, T, E] = own.shape as readonly [number, number, number];
  const zeros = program.input(new Float32Array(B * E), [B, 1, E], "no neighbour");
  if (T === 1) return concat([zeros, own, zeros], 2);
  const next = concat([slice(own, 1, 1, T), zeros], 1);
  const previous = concat([zeros, slice(own, 1, 0, T - 1)], 1);
  return concat([next, own, previous], 2);
}

/** Through the bottleneck, attention, feed-forwards, and back to the stream; W is the width inside. */
function block(
  x: LazyTensor,
  w: LayerWeights,
  config: Config,
  mask: Mask,
  probe: Probe,
): LazyTensor {
  const heads = config.num_attention_heads;
  const inside = w.input ? through(x, w.input) : x; // (B, T, W)
  const asked = w.shared ? through(x, w.shared) : config.use_bottleneck_attention ? inside : x;
  const told = config.use_bottleneck_attention ? inside : x; // (B, T, W) or (B, T, C)
  const q = projectQuery(asked, w.attention, heads, probe); // (B, H, T, D)
  const k = probe.site("k", linear(asked, w.attention.k, { heads })); // (B, H, S, D)
  const v = probe.site("v", linear(told, w.attention.v, { heads })); // (B, H, S, D)
  const scale = 1 / Math.sqrt(q.shape[3]!);
  const mixed = attend(q, k, v, { scale, mask }, probe); // (B, H, T, D)
  const attended = projectOutput(mixed, w.attention, probe); // (B, T, W)
  const middle = probe.site("middle", w.attentionNorm(add(attended, inside))); // (B, T, W)
  let thin = middle;
  for (const [place, part] of w.feedForwards.entries()) {
    const wide = linear(thin, part.up, { activation: config.hidden_act }); // (B, T, F)
    const narrow = linear(wide, part.down); // (B, T, W)
    const isLast = place === w.feedForwards.length - 1;
    // Without a bottleneck the last feed-forward is what joins the stream.
    thin = part.norm(add(isLast && !w.output ? probe.site("mlp", narrow) : narrow, thin));
  }
  if (!w.output) return thin;
  const mlp = probe.site("mlp", linear(thin, w.output.dense)); // (B, T, C)
  return w.output.norm(add(mlp, x));
}

function through(x: LazyTensor, { dense, norm }: Bottleneck): LazyTensor {
  return norm(linear(x, dense));
}

function takeWeights(config: Config, raw: RawConfig, file: Parameters): Weights {
  const { hidden_size: C, embedding_size: E, vocab_size: V, trigram_input: isTrigram } = config;
  const body = file.beside("mobilebert.", "");
  const at = body.within("embeddings.", "embeddings.");
  file.ignore(/(^|\.)embeddings\.position_ids$/);
  const words = at.table("word_embeddings.weight", [V, E], "words", {
    tiedTo: config.tie_word_embeddings ? ["cls.predictions.decoder.weight"] : [],
  });
  return {
    words,
    positions: at.table(
      "position_embeddings.weight",
      [config.max_position_embeddings, C],
      "positions",
    ),
    types: at.table("token_type_embeddings.weight", [config.type_vocab_size, C], "types"),
    widen:
      isTrigram || E !== C
        ? at.linear("embedding_transformation", [C, isTrigram ? 3 * E : E], "widen")
        : undefined,
    norm: takeNorm(at, "LayerNorm", [C, "norm"], config, torchEpsilon),
    layers: Array.from({ length: config.num_hidden_layers }, (_, layer) =>
      takeLayer(config, body.within(`encoder.layer.${layer}.`, `layers.${layer}.`)),
    ),
    pool: takePooler(config, headClass(raw), body),
    head: takeMobileBertHead(headClass(raw), { config, raw, words, file }),
  };
}

function takeLayer(config: Config, from: Parameters): LayerWeights {
  const { hidden_size: C, intermediate_size: F } = config;
  const W = innerWidth(config);
  const norm = (stored: string, width: number, name: string, epsilon = config.layer_norm_eps) =>
    takeNorm(from, stored, [width, name], config, epsilon);
  const bottleneck = (
    stored: string,
    [out, width]: [number, number],
    name: string,
  ): Bottleneck => ({
    dense: from.linear(`${stored}.dense`, [out, width], name),
    norm: norm(`${stored}.LayerNorm`, out, `${name}.norm`),
  });
  const hasShared =
    config.use_bottleneck && config.key_query_shared_bottleneck && !config.use_bottleneck_attention;
  const feedForward = (stored: string, name: string, epsilon?: number): FeedForward => ({
    up: from.linear(`${stored}intermediate.dense`, [F, W], `${name}.up`),
    down: from.linear(`${stored}output.dense`, [W, F], `${name}.down`),
    norm: norm(`${stored}output.LayerNorm`, W, `${name}.norm`, epsilon),
  });
  return {
    input: config.use_bottleneck ? bottleneck("bottleneck.input", [W, C], "bottleneck") : undefined,
    shared: hasShared ? bottleneck("bottleneck.attention", [W, C], "bottleneck.shared") : undefined,
    attention: {
      q: from.linear("attention.self.query", [W, W], "q"),
      k: from.linear("attention.self.key", [W, W], "k"),
      v: from.linear("attention.self.value", [W, config.use_bottleneck_attention ? W : C], "v"),
      o: from.linear("attention.output.dense", [W, W], "o"),
    },
    attentionNorm: norm("attention.output.LayerNorm", W, "attention.norm"),
    feedForwards: [
      ...Array.from({ length: config.num_feedforward_networks - 1 }, (_, n) =>
        feedForward(`ffn.${n}.`, `mlp.${n}`),
      ),
      feedForward("", `mlp.${config.num_feedforward_networks - 1}`, torchEpsilon),
    ],
    output: config.use_bottleneck ? bottleneck("output.bottleneck", [C, W], "output") : undefined,
  };
}

/** PyTorch's own ε, which two of the layer norms keep whatever the config says. */
const torchEpsilon = 1e-5;

function takeNorm(
  from: Parameters,
  stored: string,
  [width, name]: readonly [number, string],
  { normalization_type: kind }: Config,
  epsilon: number,
): Norm {
  const weights: NormWeights = from.norm(stored, width, name);
  return kind === "layer_norm"
    ? (x) => layerNorm(x, weights, epsilon)
    : (x) => add(multiply(x, weights.gain), weights.bias);
}

/** The pooler, where the class has one: tanh of a map of the first token, or the first token itself. */
function takePooler(
  { hidden_size: C, classifier_activation: isActive }: Config,
  head: string,
  body: Parameters,
): Weights["pool"] {
  const isPooling = [
    "Model",
    "ForPreTraining",
    "ForSequenceClassification",
    "ForNextSentencePrediction",
    "ForMultipleChoice",
  ];
  if (!isActive) return isPooling.includes(head) ? firstToken : undefined;
  if (!takesPooler(head, body, "pooler.dense.weight", isPooling.slice(2))) return undefined;
  return poolFirst(body.linear("pooler.dense", [C, C], "pooler"));
}

/** The width attention works at. */
function innerWidth(config: Config): number {
  return (
    config.true_hidden_size ??
    (config.use_bottleneck ? config.intra_bottleneck_size : config.hidden_size)
  );
}

function refuseUnknown(config: Config, inner: number): void {
  const { hidden_size: C, use_bottleneck: isBottleneck } = config;
  if (inner !== (isBottleneck ? config.intra_bottleneck_size : C))
    refuse(
      "mobilebert",
      "true_hidden_size",
      inner,
      `It must be ${isBottleneck ? "intra_bottleneck_size" : "hidden_size, as use_bottleneck is false"}`,
    );
  const readsStream = !config.use_bottleneck_attention && !config.key_query_shared_bottleneck;
  if (isBottleneck && readsStream && inner !== C)
    refuse(
      "mobilebert",
      "key_query_shared_bottleneck",
      false,
      `Queries and keys then come from the stream itself, ${C} wide, but their maps take ${inner}`,
    );
}
