import * as v from "valibot";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { embed, linear, scale } from "../../tensor/operations.ts";
import type { Program } from "../../tensor/program.ts";
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
import { type Family, labelCount, type Network, type Readout } from "../family.ts";
import { bucketBias } from "../parts/relative-buckets.ts";
import { firstEndId, takeLabelHead } from "./label-head.ts";
import { runStacks, type Stack, type Stacks } from "./stacks.ts";
import { partsOf } from "./t5-head.ts";
import { type StackWeights, takeWeights, type Weights } from "./t5-weights.ts";

/** The id that ends a text, where config.json names none. */
const END = 1;

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
      if (!weights.decoder && raw.is_decoder === true)
        refuse(
          type,
          "is_decoder",
          true,
          "An encoder alone sees earlier tokens only then, and heed's sees both ways. Leave the field out, or load the decoder with its encoder",
        );
      const labels = takeLabelHead(parts.head, {
        family: type,
        raw,
        width: config.d_model,
        labels: labelCount(raw),
        usualEnd: END,
        file: parameters,
      });
      // MT5Config has a token of its own to begin with where the file names none; T5Config begins with padding.
      const named = config.decoder_start_token_id ?? (type === "mt5" ? 0 : config.pad_token_id);
      const startId = named ?? 0;
      // A config without the field means: scaled, unless the embeddings are not tied. mT5 never is.
      const isScaled =
        type === "t5" && (config.scale_decoder_outputs ?? config.tie_word_embeddings);
      const readout = wordReadout(weights, config, isScaled);
      const stacks = { ...stacksOf(weights, config, type), readout, labels };
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
        endId: END,
        generates: weights.head !== undefined,
        decoderStartId: weights.decoder ? startId : undefined,
        decoderFollowsIds: labels !== undefined,
        scoreScale: () => 1,
        exampleInputs: (length, batch) => ({
          // A classifier reads where a text ends.
          ...(labels && { ids: new Int32Array(batch * length).fill(firstEndId(raw, END)) }),
          decoder: weights.decoder && { length, ids: new Int32Array(batch * length) },
        }),
        readout,
        forward: (inputs, probe) => runStacks(stacks, inputs, probe),
      };
    },
  };
}

/** How the head over words reads the decoder's stream; undefined where there is none. */
function wordReadout(
  { head, decoder }: Weights,
  { d_model: C }: Config,
  isScaled: boolean,
): Readout | undefined {
  if (!head || !decoder) return undefined;
  const factor = isScaled ? C ** -0.5 : 1;
  return {
    stack: "decoder.",
    norm: decoder.norm,
    logits: (final) => linear(isScaled ? scale(final, factor) : final, { weight: head }),
    map: { weight: head, scale: factor },
  };
}

/** Both stacks as data: distances add to the scores, nothing to the embeddings. */
function stacksOf(
  { words, encoder, decoder }: Weights,
  config: Config,
  type: string,
): Omit<Stacks, "readout" | "labels"> {
  const shape = {
    heads: config.num_heads,
    activation: config.dense_act_fn,
    scale: 1,
    normsFirst: true,
  };
  const stack = (w: StackWeights, table: LazyTensor, isBothWays: boolean): Stack => ({
    shape,
    layers: w.layers,
    norm: w.norm,
    embed: ({ ids, batch, length }, program) =>
      embed(table, program.input(ids, [batch, length], isBothWays ? "ids" : "decoderIds")),
    bias: ({ length: T, past }, program) =>
      distanceBias(w.bias, config, { T, past, isBothWays }, program),
  });
  return {
    family: type,
    encoder: stack(encoder, words.encoder, true),
    decoder: decoder && stack(decoder, words.decoder, false),
    isCausal: config.is_causal,
  };
}

/** What each distance adds to the scores: table (buckets, H) → (1, H, T, S), where S counts `past` tokens before the T. */
function distanceBias(
  table: LazyTensor,
  config: Config,
  { T, past, isBothWays }: { T: number; past: number; isBothWays: boolean },
  program: Program,
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
