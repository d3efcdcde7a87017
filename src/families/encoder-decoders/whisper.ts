import * as v from "valibot";
import type { AttentionWeights } from "../../attention/project.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import {
  add,
  embed,
  type LinearWeights,
  linear,
  meanPool,
  multiply,
  slice,
  softmax,
} from "../../tensor/operations.ts";
import type { Program } from "../../tensor/program.ts";
import { Tensor } from "../../tensor/tensor.ts";
import {
  activationName,
  checkConfig,
  count,
  depth,
  flag,
  idOr,
  maybeId,
  paddingIdOf,
  type RawConfig,
  refuse,
  withAliases,
} from "../config.ts";
import {
  decoderDimensions,
  type Family,
  headClass,
  labelCount,
  type Network,
  type Readout,
} from "../family.ts";
import { expectFeatures } from "../inputs.ts";
import type { Parameters } from "../parameters.ts";
import { takeCausalHead } from "../parts/causal-head.ts";
import { takeNorm } from "../parts/norm.ts";
import { decoderAlone } from "./decoder-alone.ts";
import type { LabelHead } from "./label-head.ts";
import { convolvedByTwo, neighbours } from "./sound-front.ts";
import type { StackLayer, StackShape } from "./stack-block.ts";
import { stackSizes } from "./stack-sizes.ts";
import { runStacks, type Stack, type StackRows, type Stacks } from "./stacks.ts";

const type = "whisper";

const schema = v.object({
  vocab_size: count(51865),
  num_mel_bins: count(80),
  d_model: count(384),
  encoder_layers: depth(4),
  decoder_layers: depth(4),
  encoder_attention_heads: count(6),
  decoder_attention_heads: count(6),
  encoder_ffn_dim: count(1536),
  decoder_ffn_dim: count(1536),
  max_source_positions: count(1500),
  max_target_positions: count(448),
  activation_function: activationName("gelu"),
  tie_word_embeddings: flag(true),
  use_weighted_layer_sum: flag(false),
  classifier_proj_size: count(256),
  pad_token_id: idOr(50256),
  decoder_start_token_id: v.optional(maybeId, 50257),
});
type Config = v.InferOutput<typeof schema>;

const aliases = {
  num_attention_heads: "encoder_attention_heads",
  num_key_value_heads: "encoder_attention_heads",
  hidden_size: "d_model",
  num_hidden_layers: "encoder_layers",
};

/** Norms have what PyTorch's have. */
const EPSILON = 1e-5;

/** What a token of the encoder covers: two frames of 10 ms. */
const SECONDS_A_TOKEN = 0.02;

/** Whisper (Radford et al. 2022): an encoder over half a minute of sound, and a decoder that looks at it and writes what is said. */
export const whisper: Family = {
  type,
  open(raw, file): Network {
    const config = checkConfig(schema, withAliases(raw, aliases), type);
    const head = headOf(raw);
    if (head === "words alone") return openAlone(config, raw, file);
    const { vocab_size: V } = config;
    const isEncoderAlone = head === "labels";
    const ofEncoder = stackSizes(type, config, "encoder");
    const ofDecoder = isEncoderAlone ? undefined : stackSizes(type, config, "decoder");
    const body = isEncoderAlone ? file.beside("", "model.") : file.beside("model.", "");
    const labels = isEncoderAlone ? soundLabels(config, raw, file.beside("")) : undefined;
    const encoder = encoderOf(config, body.within("encoder.", "encoder."));
    const at = body.within("decoder.", "decoder.");
    const decoder = isEncoderAlone ? undefined : decoderOf(config, at);
    const readout = head === "words" ? wordReadout(config, decoder!.words, file) : undefined;
    const stacks: Stacks = {
      family: type,
      encoder,
      decoder: decoder?.stack,
      isCausal: true,
      readout,
      labels,
    };
    return {
      dimensions: {
        ...ofEncoder,
        ...(ofDecoder && decoderDimensions(ofEncoder, ofDecoder)),
        vocabulary: V,
        positions: isEncoderAlone ? config.max_source_positions : config.max_target_positions,
      },
      task: labels?.task ?? (readout ? "language modeling" : "features"),
      takes: decoder ? ["decoderIds", "decoderMask"] : [],
      isCausal: false,
      readsTypes: false,
      audio: {
        melBins: config.num_mel_bins,
        frames: 2 * config.max_source_positions,
        secondsPerToken: SECONDS_A_TOKEN,
      },
      paddingId: paddingIdOf(V, config.pad_token_id),
      absent: {
        "scores.position": "whisper adds positions to the embeddings, not to the scores",
        "scores.bias": "whisper adds nothing to the scores",
        "cross.scores.bias": "whisper adds nothing to the scores",
        pooled: "whisper has no pooler",
        logits: "this checkpoint has no head",
      },
      endId: 50256,
      generates: readout !== undefined,
      decoderStartId: decoder && (config.decoder_start_token_id ?? 0),
      scoreScale: () => 1 / Math.sqrt(ofEncoder.headWidth),
      decoderScoring: ofDecoder && { scoreScale: () => 1 / Math.sqrt(ofDecoder.headWidth) },
      exampleInputs: (length, batch) => ({
        ids: undefined,
        length: config.max_source_positions,
        features: exampleFeatures(config, batch),
        decoder: decoder && { length, ids: new Int32Array(batch * length) },
      }),
      readout: readout && { ...readout, norm: decoder!.stack.norm },
      forward: (inputs, probe) => runStacks(stacks, inputs, probe),
    };
  },
};

/** What a class has on top. Throws ConfigError for a class heed does not have. */
function headOf(raw: RawConfig): "words" | "words alone" | "labels" | undefined {
  switch (headClass(raw)) {
    case "Model":
      return undefined;
    case "ForConditionalGeneration":
      return "words";
    case "ForCausalLM":
      return "words alone";
    case "ForAudioClassification":
      return "labels";
    default:
      return refuse(
        type,
        "architectures",
        raw.architectures,
        "heed has WhisperModel, WhisperForConditionalGeneration, WhisperForCausalLM and WhisperForAudioClassification",
      );
  }
}

/** Sound through two convolutions, plus the sines that the file stores: features (B, mel bins, 2 · S) → (B, S, C). */
function encoderOf(config: Config, from: Parameters): Stack {
  const { num_mel_bins: M, d_model: C, max_source_positions: S } = config;
  const kernel = (name: string, width: number): LinearWeights =>
    from.linear(name, [C, width * 3], `embeddings.${name}`, { storedShape: [C, width, 3] });
  const first = kernel("conv1", M);
  const second = kernel("conv2", C);
  const positions = from.table("embed_positions.weight", [S, C], "embeddings.positions");
  return {
    embed: ({ features }, program) => {
      const near = neighbours(expectFeatures({ features }, type)); // (B, 2 · S, M · 3)
      const heard = linear(program.input(near.data, near.shape, "features"), first, {
        activation: "gelu",
      }); // (B, 2 · S, C)
      const places = program.input(
        Int32Array.from({ length: S }, (_, s) => s),
        [1, S],
        "places",
      );
      return add(convolvedByTwo(heard, second), embed(positions, places)); // (B, S, C)
    },
    shape: shapeOf(config, "encoder"),
    layers: layersOf(config, from, "encoder", false),
    norm: stackNorm(from, "layer_norm", "norm", C),
  };
}

/** The class that writes without sound (`WhisperForCausalLM`): its decoder's layers have nothing to look at. */
function openAlone(config: Config, raw: RawConfig, file: Parameters): Network {
  const from = file.beside("model.decoder.", "decoder.");
  from.ignore(/^(model\.)?decoder\.layers\.\d+\.encoder_attn(_layer_norm)?\./);
  const { words, places, layers, norm } = decoderParts(config, from, { looks: false });
  return decoderAlone({
    family: type,
    sizes: stackSizes(type, config, "decoder"),
    positions: config.max_target_positions,
    words,
    shape: shapeOf(config, "decoder"),
    enter: places,
    layers,
    norm,
    head: takeCausalHead("Whisper", "ForCausalLM", {
      isTied: config.tie_word_embeddings,
      paddingId: config.pad_token_id ?? undefined,
      raw,
      words,
      file,
      stored: "proj_out",
    }),
    isCausal: true,
    ids: config,
    usualEnd: 50256,
  });
}

function decoderOf(config: Config, from: Parameters): { words: LazyTensor; stack: Stack } {
  const { words, places, ...rest } = decoderParts(config, from, { looks: true });
  const stack: Stack = {
    ...rest,
    shape: shapeOf(config, "decoder"),
    embed: (rows, program) => {
      const { ids, batch, length: T } = rows;
      return places(embed(words, program.input(ids, [batch, T], "decoderIds")), rows, program); // (B, T, C)
    },
  };
  return { words, stack };
}

/** What a decoder learned, with its look at the sound or without. */
function decoderParts(config: Config, from: Parameters, { looks }: { readonly looks: boolean }) {
  const { d_model: C, vocab_size: V, max_target_positions: P } = config;
  const words = from.table("embed_tokens.weight", [V, C], "embeddings.words", {
    tiedTo: config.tie_word_embeddings ? ["proj_out.weight"] : [],
  });
  const positions = from.table("embed_positions.weight", [P, C], "embeddings.positions");
  return {
    words,
    places: (found: LazyTensor, { length: T, past }: StackRows, program: Program) => {
      const own = Int32Array.from({ length: T }, (_, place) => past + place);
      return add(found, embed(positions, program.input(own, [1, T], "places")));
    },
    layers: layersOf(config, from, "decoder", looks),
    norm: stackNorm(from, "layer_norm", "norm", C),
  };
}

function shapeOf(config: Config, stack: "encoder" | "decoder"): StackShape {
  const { heads, headWidth } = stackSizes(type, config, stack);
  return {
    heads,
    activation: config.activation_function,
    scale: 1 / Math.sqrt(headWidth),
    normsFirst: true,
  };
}

function layersOf(
  config: Config,
  from: Parameters,
  stack: "encoder" | "decoder",
  looks: boolean,
): StackLayer[] {
  const { d_model: C } = config;
  const F = config[`${stack}_ffn_dim`];
  return Array.from({ length: config[`${stack}_layers`] }, (_, layer) => {
    const at = from.within(`layers.${layer}.`, `layers.${layer}.`);
    return {
      attentionNorm: stackNorm(at, "self_attn_layer_norm", "attention.norm", C),
      attention: takeAttention(at, "self_attn", "", C),
      cross: looks
        ? {
            norm: stackNorm(at, "encoder_attn_layer_norm", "cross.norm", C),
            attention: takeAttention(at, "encoder_attn", "cross.", C),
          }
        : undefined,
      norm: stackNorm(at, "final_layer_norm", "mlp.norm", C),
      up: at.linear("fc1", [F, C], "mlp.up"),
      down: at.linear("fc2", [C, F], "mlp.down"),
    };
  });
}

function stackNorm(from: Parameters, stored: string, name: string, C: number) {
  return takeNorm(from, stored, C, name, { kind: "layer", epsilon: EPSILON });
}

/** Keys have no bias. */
function takeAttention(
  from: Parameters,
  stored: string,
  branch: string,
  C: number,
): AttentionWeights {
  const map = (name: string, own: string, bias = true) =>
    from.linear(`${stored}.${name}_proj`, [C, C], branch + own, { bias });
  return { q: map("q", "q"), k: map("k", "k", false), v: map("v", "v"), o: map("out", "o") };
}

/** The head over words: the decoder's own vectors again, or a matrix apart. */
function wordReadout(config: Config, words: LazyTensor, file: Parameters): Readout {
  const name = "proj_out.weight";
  const head = file.beside("");
  const isApart = !config.tie_word_embeddings && head.has(name);
  const weight = isApart
    ? head.matrix(name, [config.vocab_size, config.d_model], "head.words")
    : head.tied(words, name);
  return {
    stack: "decoder.",
    logits: (final) => linear(final, { weight }),
    map: { weight, scale: 1 },
  };
}

/** A label of the whole sound: the mean over its tokens, mapped twice; of the last layer, or of all by learned shares. */
function soundLabels(config: Config, raw: RawConfig, from: Parameters): LabelHead {
  const { classifier_proj_size: P, d_model: C, encoder_layers: layers } = config;
  const project = from.linear("projector", [P, C], "head.project");
  const out = from.linear("classifier", [labelCount(raw), P], "head");
  const shares = config.use_weighted_layer_sum
    ? from.plain("layer_weights", [layers + 1], "head.layers")
    : undefined;
  return {
    task: "audio classification",
    ofStreams: shares && ((streams) => sharesOf(streams, shares)),
    logits: (final) => {
      const [B, S] = final.shape as readonly [number, number, number];
      const every = final.program!.input(new Int32Array(B * S).fill(1), [B, S], "every token");
      return linear(meanPool(linear(final, project), every), out);
    },
  };
}

/** The sum of streams (B, S, C) by what softmax makes of their numbers (streams). */
function sharesOf(streams: readonly LazyTensor[], numbers: LazyTensor): LazyTensor {
  // An operation of a run needs a value of that run.
  const none = streams[0]!.program!.input(new Float32Array(1), [1], "none");
  const shares = softmax(add(numbers, none));
  const parts = streams.map((stream, at) => multiply(stream, slice(shares, 0, at, at + 1)));
  return parts.reduce((sum, part) => add(sum, part));
}

function exampleFeatures(config: Config, batch: number): Tensor {
  const shape = [batch, config.num_mel_bins, 2 * config.max_source_positions] as const;
  return new Tensor(shape, new Float32Array(shape[0] * shape[1] * shape[2]));
}
