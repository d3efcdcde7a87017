import { ConfigError } from "../errors/errors.ts";
import { nearest } from "../errors/nearest.ts";
import { expectKeys, type KeysOf } from "../errors/options.ts";
import type { RawConfig } from "../families/config.ts";

/** Families whose models heed makes anew: a decoder, an encoder, and one beside the other. */
export const trainedFamilies = ["gpt2", "bert", "t5"] as const;
/** The name of one of them. */
export type TrainedFamily = (typeof trainedFamilies)[number];

/** How large a new model is. */
export interface ModelShape {
  /** "gpt2" if not given. */
  readonly family?: TrainedFamily;
  /** Layers; of t5 in each of its stacks. */
  readonly layers: number;
  readonly heads: number;
  /** Width of the stream, which the heads share out. */
  readonly width: number;
  /** Width of the feed-forward layers; 4 times the stream's if not given. */
  readonly feedForward?: number;
  /** The longest text in tokens, in families with a table of positions; 128 if not given. */
  readonly positions?: number;
}

/** Ids that a config names. */
export interface SpecialIds {
  readonly begin?: number;
  readonly end: number;
  readonly padding: number;
}

const shapeKeys: KeysOf<ModelShape> = {
  family: true,
  layers: true,
  heads: true,
  width: true,
  feedForward: true,
  positions: true,
};

/**
 * config.json of a new model with a head over its words, as transformers writes it. Nothing is dropped out (heed computes no dropout), so
 * Python goes on from the same loss. Throws ConfigError for numbers that are none, and for a width that its heads cannot share out.
 */
export function configOf(shape: ModelShape, vocabulary: number, ids: SpecialIds): RawConfig {
  expectKeys(shape, shapeKeys, "model shape");
  const { family = "gpt2", layers, heads, width, positions = 128 } = shape;
  const { feedForward = 4 * width } = shape;
  for (const [name, number] of Object.entries({
    layers,
    heads,
    width,
    feedForward,
    positions,
    vocabulary,
  }))
    if (!Number.isInteger(number) || number < 1)
      throw new ConfigError(
        `model shape: ${name} is ${number}, needs a whole number of at least 1`,
      );
  if (width % heads !== 0)
    throw new ConfigError(
      `model shape: a width of ${width} cannot be shared out among ${heads} heads. Take a multiple of ${heads}: ${heads * Math.ceil(width / heads)}`,
    );
  const shared = {
    vocab_size: vocabulary,
    pad_token_id: ids.padding,
    bos_token_id: ids.begin ?? ids.end,
    eos_token_id: ids.end,
    tie_word_embeddings: true,
    dtype: "float32",
  };
  switch (family) {
    case "gpt2":
      return {
        model_type: "gpt2",
        architectures: ["GPT2LMHeadModel"],
        n_layer: layers,
        n_head: heads,
        n_embd: width,
        n_inner: feedForward,
        n_positions: positions,
        activation_function: "gelu_new",
        layer_norm_epsilon: 1e-5,
        initializer_range: 0.02,
        attn_pdrop: 0,
        embd_pdrop: 0,
        resid_pdrop: 0,
        ...shared,
      };
    case "bert":
      return {
        model_type: "bert",
        architectures: ["BertForMaskedLM"],
        num_hidden_layers: layers,
        num_attention_heads: heads,
        hidden_size: width,
        intermediate_size: feedForward,
        max_position_embeddings: positions,
        type_vocab_size: 2,
        hidden_act: "gelu",
        layer_norm_eps: 1e-12,
        initializer_range: 0.02,
        attention_probs_dropout_prob: 0,
        hidden_dropout_prob: 0,
        ...shared,
      };
    case "t5":
      return {
        model_type: "t5",
        architectures: ["T5ForConditionalGeneration"],
        num_layers: layers,
        num_decoder_layers: layers,
        num_heads: heads,
        d_model: width,
        d_kv: width / heads,
        d_ff: feedForward,
        n_positions: positions,
        relative_attention_num_buckets: 32,
        relative_attention_max_distance: 128,
        feed_forward_proj: "relu",
        layer_norm_epsilon: 1e-6,
        initializer_factor: 1,
        dropout_rate: 0,
        is_encoder_decoder: true,
        decoder_start_token_id: ids.padding,
        ...shared,
      };
    default:
      throw new ConfigError(
        `model shape: family "${family}" is none that heed trains from the start: ${trainedFamilies.join(", ")}${nearest(String(family), trainedFamilies)}`,
      );
  }
}
