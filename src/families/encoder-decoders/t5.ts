import * as v from "valibot";
import { attend } from "../../attention/attend.ts";
import { everyText } from "../../attention/every-text.ts";
import { causalMask, keyMask } from "../../attention/masks.ts";
import { projectKeyValue, projectOutput, projectQuery } from "../../attention/project.ts";
import type { Probe } from "../../probe/probe.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import {
  add,
  embed,
  linear,
  type Mask,
  multiply,
  rmsNorm,
  scale,
  slice,
} from "../../tensor/operations.ts";
import {
  activationName,
  checkConfig,
  count,
  depth,
  flag,
  maybeId,
  normEpsilon,
  paddingIdOf,
  type RawConfig,
  refuse,
  size,
  withAliases,
} from "../config.ts";
import type { Family, Network, Outputs, Readout } from "../family.ts";
import { expectIds, type Inputs } from "../inputs.ts";
import { bucketBias } from "../parts/relative-buckets.ts";
import { endIds, type LabelHead, partsOf, takeLabelHead } from "./t5-head.ts";
import { type FeedForward, type LayerWeights, takeWeights, type Weights } from "./t5-weights.ts";

/** What differs between T5 and mT5: values of fields that are left out, and how the head is scaled. */
interface Variant {
  readonly type: "t5" | "mt5";
  readonly vocab_size: number;
  readonly d_ff: number;
  readonly num_layers: number;
  readonly num_heads: number;
  readonly feed_forward_proj: string;
}

const schema = (variant: Variant) =>
  v.object({
    vocab_size: count(variant.vocab_size),
    d_model: count(512),
    d_kv: count(64),
    d_ff: count(variant.d_ff),
    num_layers: depth(variant.num_layers),
    num_decoder_layers: v.nullish(depth(1)),
    num_heads: count(variant.num_heads),
    relative_attention_num_buckets: v.optional(v.pipe(size, v.minValue(4)), 32),
    relative_attention_max_distance: count(128),
    layer_norm_epsilon: normEpsilon(1e-6),
    dense_act_fn: activationName("relu"),
    is_gated_act: flag(false),
    tie_word_embeddings: flag(true),
    is_causal: flag(true),
    scale_decoder_outputs: v.optional(v.boolean()),
    pad_token_id: maybeId,
    decoder_start_token_id: maybeId,
  });
type Config = v.InferOutput<ReturnType<typeof schema>>;

const aliases = {
  hidden_size: "d_model",
  num_attention_heads: "num_heads",
  num_hidden_layers: "num_layers",
  head_dim: "d_kv",
};

/** T5 (Raffel et al. 2020): an encoder and a decoder that looks at it; distances between tokens add to the scores. */
export const t5: Family = t5Family({
  type: "t5",
  vocab_size: 32128,
  d_ff: 2048,
  num_layers: 6,
  num_heads: 8,
  feed_forward_proj: "relu",
});
/** mT5 (Xue et al. 2021): T5 1.1's network, trained on a hundred languages. */
export const mt5: Family = t5Family({
  type: "mt5",
  vocab_size: 250112,
  d_ff: 1024,
  num_layers: 8,
  num_heads: 6,
  feed_forward_proj: "gated-gelu",
});

function t5Family(variant: Variant): Family {
  const { type } = variant;
  return {
    type,
    open(raw, parameters): Network {
      const fields = withFeedForward(withAliases(raw, aliases), variant);
      const config = checkConfig(schema(variant), fields, type);
      const parts = partsOf(raw, type);
      const weights = takeWeights(config, parts, parameters);
      const labels = takeLabelHead(parts, raw, { width: config.d_model, file: parameters });
      // MT5Config has a token of its own to begin with where the file names none; T5Config begins with padding.
      const named = config.decoder_start_token_id ?? (type === "mt5" ? 0 : config.pad_token_id);
      const startId = named ?? 0;
      // A config without the field means: scaled, unless the embeddings are not tied. mT5 never is.
      const isScaled =
        type === "t5" && (config.scale_decoder_outputs ?? config.tie_word_embeddings);
      return {
        dimensions: {
          layers: config.num_layers,
          decoderLayers: weights.decoder?.layers.length,
          heads: config.num_heads,
          keyHeads: config.num_heads,
          headWidth: config.d_kv,
          width: config.d_model,
          feedForward: config.d_ff,
          vocabulary: config.vocab_size,
          positions: undefined,
        },
        task: labels?.task ?? (weights.head ? "language modeling" : "features"),
        takes: weights.decoder ? ["decoderIds", "decoderMask"] : [],
        isCausal: false,
        readsTypes: false,
        paddingId: paddingIdOf(config.vocab_size, config.pad_token_id),
        absent: {
          "scores.position": `what distance adds to a score in ${type} is learned for it alone: see scores.bias`,
          "cross.scores.bias": `distances between an encoder's and a decoder's tokens add nothing in ${type}`,
          pooled: `${type} has no pooler`,
          logits: "this checkpoint has no head",
        },
        endId: 1,
        generates: weights.head !== undefined,
        decoderStartId: weights.decoder ? startId : undefined,
        decoderFollowsIds: labels !== undefined,
        scoreScale: () => 1,
        exampleInputs: (length, batch) => ({
          // A classifier reads where a text ends.
          ...(labels && { ids: new Int32Array(batch * length).fill(endId(raw)) }),
          decoder: weights.decoder && { length, ids: new Int32Array(batch * length) },
        }),
        readout: wordReadout(weights, config, isScaled),
        forward: (inputs, probe) => forward(weights, { config, isScaled, labels }, inputs, probe),
      };
    },
  };
}

/** How the head over words reads the decoder's stream; undefined where there is none. */
function wordReadout(
  { head, decoder }: Weights,
  { d_model: C, layer_norm_epsilon: epsilon }: Config,
  isScaled: boolean,
): Readout | undefined {
  if (!head || !decoder) return undefined;
  const factor = isScaled ? C ** -0.5 : 1;
  return {
    stack: "decoder.",
    norm: { kind: "rms", epsilon, gain: decoder.norm },
    logits: (final) => linear(isScaled ? scale(final, factor) : final, { weight: head }),
    map: { weight: head, scale: factor },
  };
}

/** The first id that ends a text. */
function endId(raw: RawConfig): number {
  const [first] = endIds(raw);
  return typeof first === "number" ? first : 1;
}

interface Setting {
  readonly config: Config;
  /** Whether the decoder's final state is divided by √C before the head. */
  readonly isScaled: boolean;
  readonly labels: LabelHead | undefined;
}

function forward(weights: Weights, setting: Setting, inputs: Inputs, probe: Probe): Outputs {
  // While generating, the decoder finds what it made of the encoder's state in the cache.
  const isEncoded = inputs.cache !== undefined && inputs.cache.length > 0;
  const encoded = isEncoded ? undefined : encode(weights, setting.config, inputs, probe);
  const labelled = (final: LazyTensor) =>
    setting.labels && probe.site("logits", setting.labels.logits(final, inputs));
  if (!weights.decoder) return { final: encoded!, logits: labelled(encoded!) };
  const final = decode(weights, setting.config, inputs, encoded, probe); // (B, T', C)
  if (setting.labels) return { final, encoded, logits: labelled(final) };
  const readout = wordReadout(weights, setting.config, setting.isScaled);
  if (!readout) return { final, encoded };
  const states = inputs.isLastOnly ? slice(final, 1, final.shape[1]! - 1, final.shape[1]!) : final;
  return { final, encoded, logits: probe.site("logits", readout.logits(states)) };
}

/** The encoder's final state: ids (B, S) → (B, S, C). */
export function encode(
  { words, encoder }: Weights,
  config: Config,
  inputs: Inputs,
  outer: Probe,
): LazyTensor {
  const probe = outer.within("encoder.");
  const { batch: B, length: S } = inputs;
  const mask = { keys: keyMask(inputs.mask, [B, S], probe.program) };
  const bias = distanceBias(encoder.bias, config, { T: S, past: 0, isBothWays: true }, probe);
  const ids = probe.program.input(expectIds(inputs, "t5"), [B, S], "ids");
  let x = probe.site("embeddings", embed(words.encoder, ids)); // (B, S, C)
  for (const [layer, w] of encoder.layers.entries())
    x = probe.layer(layer, x, (x, probe) => block(x, w, config, { mask, bias }, probe));
  return probe.site("final", rmsNorm(x, encoder.norm, config.layer_norm_epsilon));
}

/**
 * The decoder's final state: decoder ids (B, T) → (B, T, C), looking at the encoder's (B, S, C). With `inputs.cache` the ids
 * are those of new tokens, and `encoded` is needed in the first pass only.
 */
export function decode(
  { words, decoder }: Weights,
  config: Config,
  inputs: Inputs,
  encoded: LazyTensor | undefined,
  outer: Probe,
): LazyTensor {
  const probe = outer.within("decoder.");
  const { batch, cache } = inputs;
  const { length: T, ids, mask: given } = inputs.decoder!;
  const past = cache?.length ?? 0;
  const mask = causalMask({ batch, length: T, mask: given, cache }, probe.program, {
    isCausal: config.is_causal,
  });
  const bias = distanceBias(decoder!.bias, config, { T, past, isBothWays: false }, probe);
  const encoderMask = { keys: keyMask(inputs.mask, [batch, inputs.length], probe.program) };
  let x = probe.site(
    "embeddings",
    embed(words.decoder, probe.program.input(ids, [batch, T], "decoderIds")),
  );
  for (const [layer, w] of decoder!.layers.entries()) {
    const name = `decoder.layers.${layer}`;
    const memory = cache?.memory(name);
    const cross = { encoded, mask: encoderMask, memory: cache?.memory(`${name}.cross`) };
    x = probe.layer(layer, x, (x, probe) =>
      block(x, w, config, { mask, bias, memory, cross }, probe),
    );
  }
  return probe.site("final", rmsNorm(x, decoder!.norm, config.layer_norm_epsilon)); // (B, T, C)
}

type Memory = ReturnType<NonNullable<Inputs["cache"]>["memory"]>;

/** What a decoder's layer needs to look at the encoder. */
interface Cross {
  readonly encoded: LazyTensor | undefined;
  readonly mask: Mask;
  readonly memory: Memory | undefined;
}

interface BlockOptions {
  readonly mask: Mask;
  readonly bias: LazyTensor; // (1, H, T, S)
  readonly memory?: Memory;
  readonly cross?: Cross;
}

/** Attention, in a decoder a look at the encoder, and feed-forward: each of a normed stream, each added to it. */
function block(
  x: LazyTensor,
  w: LayerWeights,
  config: Config,
  { mask, bias: shared, memory, cross }: BlockOptions,
  probe: Probe,
): LazyTensor {
  const { num_heads: heads, layer_norm_epsilon: epsilon } = config;
  const normed = probe.site("normed", rmsNorm(x, w.attentionNorm, epsilon)); // (B, T, C)
  const q = projectQuery(normed, w.attention, heads, probe); // (B, H, T, D)
  const { k, v } = projectKeyValue(normed, w.attention, heads, probe); // (B, H, S, D)
  const bias = everyText(shared, x.shape[0]!, probe);
  const mixed = attend(q, k, v, { scale: 1, bias, mask, memory }, probe); // (B, H, T, D)
  const middle = probe.site("middle", add(x, projectOutput(mixed, w.attention, probe)));
  const looked = cross ? lookAtEncoder(middle, w, config, cross, probe.within("cross.")) : middle;
  const mlp = feedForward(rmsNorm(looked, w.norm, epsilon), w.feedForward, config); // (B, T, C)
  return add(looked, probe.site("mlp", mlp));
}

/** Queries of the decoder's stream (B, T, C), keys and values of the encoder's final state (B, S, C) → (B, T, C). */
function lookAtEncoder(
  x: LazyTensor,
  { cross: w }: LayerWeights,
  { num_heads: heads, layer_norm_epsilon: epsilon }: Config,
  { encoded, mask, memory }: Cross,
  probe: Probe,
): LazyTensor {
  const { attention, norm } = w!;
  const normed = probe.site("normed", rmsNorm(x, norm, epsilon)); // (B, T, C)
  const q = projectQuery(normed, attention, heads, probe); // (B, H, T, D)
  const make = () => projectKeyValue(encoded!, attention, heads, probe); // (B, H, S, D)
  const { k, v } = memory ? memory.once(make) : make();
  const mixed = attend(q, k, v, { scale: 1, mask }, probe); // (B, H, T, D)
  return probe.site("middle", add(x, projectOutput(mixed, attention, probe)));
}

/** Up, activation, down; in the gated form the activated half scales the other one (Shazeer 2020). */
function feedForward(x: LazyTensor, { gate, up, down }: FeedForward, config: Config): LazyTensor {
  const activation = config.dense_act_fn;
  const wide = gate
    ? multiply(linear(x, gate, { activation }), linear(x, up))
    : linear(x, up, { activation }); // (B, T, F)
  return linear(wide, down); // (B, T, C)
}

/** What each distance adds to the scores: table (buckets, H) → (1, H, T, S), where S counts `past` tokens before the T. */
function distanceBias(
  table: LazyTensor,
  config: Config,
  { T, past, isBothWays }: { T: number; past: number; isBothWays: boolean },
  { program }: Probe,
): LazyTensor {
  return bucketBias(
    table,
    [T, past + T],
    past,
    {
      buckets: config.relative_attention_num_buckets,
      maxDistance: config.relative_attention_max_distance,
      isBothWays,
    },
    program,
  );
}

/** The feed-forward's form and activation out of "relu", "gated-gelu" and their like; fields of their own go before. */
function withFeedForward(raw: RawConfig, { type, feed_forward_proj }: Variant): RawConfig {
  const projection = raw.feed_forward_proj ?? feed_forward_proj;
  const match = /^(gated-)?([^-]+)$/.exec(String(projection));
  if (!match)
    return refuse(
      type,
      "feed_forward_proj",
      projection,
      'It is an activation or "gated-" and one: relu, gated-gelu',
    );
  const [, gated, activation] = match;
  return {
    // "gated-gelu" has always meant the tanh form.
    dense_act_fn: gated && activation === "gelu" ? "gelu_new" : activation,
    is_gated_act: gated !== undefined,
    ...raw,
  };
}
