import * as v from "valibot";
import type { Activation } from "../../tensor/attributes.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { embed, linear } from "../../tensor/operations.ts";
import {
  activationName,
  checkConfig,
  count,
  depth,
  flag,
  idOr,
  maybeId,
  maybeIds,
  paddingIdOf,
  type RawConfig,
  refuse,
  withAliases,
} from "../config.ts";
import {
  decoderDimensions,
  type Family,
  labelCount,
  type Network,
  type Readout,
  type StackDimensions,
} from "../family.ts";
import type { Parameters } from "../parameters.ts";
import { takeCausalHead } from "../parts/causal-head.ts";
import { type BartClasses, partsOf } from "./bart-classes.ts";
import { takeLayer, takeStackNorm, takeWords, type Words } from "./bart-weights.ts";
import { decoderAlone } from "./decoder-alone.ts";
import { firstEndId, takeLabelHead } from "./label-head.ts";
import type { StackShape } from "./stack-block.ts";
import { stackEntry } from "./stack-entry.ts";
import { stackSizes } from "./stack-sizes.ts";
import { runStacks, type Stack, type Stacks } from "./stacks.ts";

/** What differs between BART and the families that were made of it. */
export interface BartVariant extends BartClasses {
  /** Whether each part's norm comes before it, and one behind the last layer. */
  readonly normsFirst: boolean;
  /** Whether what enters the first layer is normed. */
  readonly normsEmbeddings: boolean;
  readonly positions: "learned" | "sinusoidal" | "counted";
  /** Whether something is added to the logits, the same for every text. */
  readonly hasFinalBias: boolean;
  /** Whether its config has texts end with their end where there is no more room. */
  readonly forcesEnd: boolean;
  /** What the decoder reads where a run says nothing: the start token; behind it the text; or the text behind its own last token. */
  readonly decoderReads: "start" | "start, text" | "last, text";
  /** Values of fields that are left out. */
  readonly usual: {
    readonly vocab_size: number;
    readonly activation_function: Activation;
    readonly scale_embedding: boolean;
    readonly pad_token_id: number;
    readonly bos_token_id?: number;
    readonly eos_token_id: number;
    readonly decoder_start_token_id: number | null;
  };
}

const schema = ({ usual }: BartVariant) =>
  v.object({
    vocab_size: count(usual.vocab_size),
    decoder_vocab_size: v.nullish(count(1)),
    share_encoder_decoder_embeddings: flag(true),
    d_model: count(1024),
    encoder_layers: depth(12),
    decoder_layers: depth(12),
    encoder_attention_heads: count(16),
    decoder_attention_heads: count(16),
    encoder_ffn_dim: count(4096),
    decoder_ffn_dim: count(4096),
    max_position_embeddings: count(1024),
    activation_function: activationName(usual.activation_function),
    scale_embedding: flag(usual.scale_embedding),
    tie_word_embeddings: flag(true),
    is_causal: flag(true),
    pad_token_id: idOr(usual.pad_token_id),
    bos_token_id: v.optional(maybeIds, usual.bos_token_id),
    decoder_start_token_id: v.optional(maybeId, usual.decoder_start_token_id),
  });
type Config = v.InferOutput<ReturnType<typeof schema>>;

const aliases = {
  num_attention_heads: "encoder_attention_heads",
  hidden_size: "d_model",
  num_hidden_layers: "encoder_layers",
};

/** Norms have what PyTorch's have. */
const EPSILON = 1e-5;

/** A family of such models: an encoder and a decoder that looks at it, with positions in the embeddings. */
export function bartFamily(variant: BartVariant): Family {
  const { type } = variant;
  return {
    type,
    open: (raw, file) => {
      const fields = withAliases(raw, aliases);
      const config = checkConfig(schema(variant), fields, type);
      refuseUnknown(variant, config, fields);
      return openNetwork(variant, config, raw, file);
    },
  };
}

function openNetwork(
  variant: BartVariant,
  config: Config,
  raw: RawConfig,
  file: Parameters,
): Network {
  const { type, usual } = variant;
  const parts = partsOf(variant, raw);
  if (parts === "words alone") return openAlone(variant, config, raw, file);
  const { d_model: C, vocab_size: V } = config;
  const [ofEncoder, ofDecoder] = [
    stackSizes(type, config, "encoder"),
    stackSizes(type, config, "decoder"),
  ];
  const body = file.beside("model.", "");
  body.ignore(/^(model\.)?(encoder|decoder)\.version$/);
  const words = takeWords(config, body);
  const labels = takeLabelHead(parts, {
    family: type,
    raw,
    width: C,
    labels: labelCount(raw),
    usualEnd: usual.eos_token_id,
    file,
  });
  const readout = parts === "words" ? wordReadout(variant, config, words, file) : undefined;
  const stacks: Stacks = {
    family: type,
    encoder: stackOf(variant, config, words.encoder, body, "encoder"),
    decoder: stackOf(variant, config, words.decoder, body, "decoder"),
    isCausal: config.is_causal,
    readout,
    labels,
  };
  const spans = labels?.ofTokens;
  const shown: Readout | undefined = readout ?? (spans && { stack: "decoder.", logits: spans });
  const [firstBos] = [config.bos_token_id ?? 0].flat();
  return {
    dimensions: {
      ...ofEncoder,
      ...decoderDimensions(ofEncoder, ofDecoder),
      vocabulary: V,
      decoderVocabulary: words.decoder.shape[0] === V ? undefined : words.decoder.shape[0],
      positions: config.max_position_embeddings,
    },
    task: labels?.task ?? (readout ? "language modeling" : "features"),
    takes: ["decoderIds", "decoderMask"],
    isCausal: false,
    isUnbounded: variant.positions === "counted",
    readsTypes: false,
    paddingId: paddingIdOf(V, config.pad_token_id, usual.pad_token_id),
    absent: {
      ...(variant.normsFirst
        ? {}
        : { normed: "the norm comes after: the projections see the stream itself" }),
      "scores.position": `${type} adds positions to the embeddings, not to the scores`,
      "scores.bias": `${type} adds nothing to the scores`,
      "cross.scores.bias": `${type} adds nothing to the scores`,
      pooled: `${type} has no pooler`,
      logits: "this checkpoint has no head",
    },
    endId: usual.eos_token_id,
    forcedEndId: variant.forcesEnd ? usual.eos_token_id : undefined,
    generates: readout !== undefined,
    decoderStartId: config.decoder_start_token_id ?? firstBos,
    decoderFollowsIds: variant.decoderReads !== "start",
    decoderWrapsIds: variant.decoderReads === "last, text",
    scoreScale: () => 1 / Math.sqrt(ofEncoder.headWidth),
    decoderScoring: { scoreScale: () => 1 / Math.sqrt(ofDecoder.headWidth) },
    exampleInputs: (length, batch) => ({
      // A classifier reads where a text ends.
      ...(labels && {
        ids: new Int32Array(batch * length).fill(firstEndId(raw, usual.eos_token_id)),
      }),
      decoder: { length, ids: new Int32Array(batch * length) },
    }),
    readout: shown && { ...shown, norm: stacks.decoder!.norm },
    forward: (inputs, probe) => runStacks(stacks, inputs, probe),
  };
}

/** The class that writes without an encoder (`BartForCausalLM`). */
function openAlone(
  variant: BartVariant,
  config: Config,
  raw: RawConfig,
  file: Parameters,
): Network {
  const { type, usual, normsFirst } = variant;
  const sizes = stackSizes(type, config, "decoder");
  const { width: C, layers, feedForward } = sizes;
  const body = file.beside("model.decoder.", "decoder.");
  body.ignore(
    /^(model\.)?(decoder\.version|decoder\.layers\.\d+\.encoder_attn(_layer_norm)?\..*)$/,
  );
  const isTied = config.tie_word_embeddings;
  const shape = [config.decoder_vocab_size ?? config.vocab_size, C];
  const words = body.table("embed_tokens.weight", shape, "embeddings.words", {
    tiedTo: isTied ? ["lm_head.weight"] : [],
  });
  const kind = { width: C, epsilon: EPSILON };
  return decoderAlone({
    family: type,
    sizes,
    positions: config.max_position_embeddings,
    words,
    shape: shapeOf(variant, config, sizes),
    enter: stackEntry({ ...variant, epsilon: EPSILON }, config, body),
    layers: Array.from({ length: layers }, (_, layer) =>
      takeLayer(body.within(`layers.${layer}.`, `layers.${layer}.`), {
        ...kind,
        feedForward,
        looks: false,
      }),
    ),
    norm: normsFirst ? takeStackNorm(body, "layer_norm", "norm", kind) : undefined,
    head: takeCausalHead(variant.prefix, "ForCausalLM", {
      isTied,
      paddingId: config.pad_token_id ?? undefined,
      raw,
      words,
      file,
    }),
    isCausal: config.is_causal,
    ids: { pad_token_id: config.pad_token_id },
    usualEnd: usual.eos_token_id,
    forcedEndId: variant.forcesEnd ? usual.eos_token_id : undefined,
  });
}

function shapeOf(
  { normsFirst }: BartVariant,
  { activation_function: activation }: Config,
  { heads, headWidth }: StackDimensions,
): StackShape {
  return { heads, activation, scale: 1 / Math.sqrt(headWidth), normsFirst };
}

/** One stack by the names of its file. */
function stackOf(
  variant: BartVariant,
  config: Config,
  words: LazyTensor,
  body: Parameters,
  stack: "encoder" | "decoder",
): Stack {
  const { d_model: C } = config;
  const isDecoder = stack === "decoder";
  const from = body.within(`${stack}.`, `${stack}.`);
  const kind = { width: C, epsilon: EPSILON };
  const enter = stackEntry({ ...variant, epsilon: EPSILON }, config, from);
  const sizes = stackSizes(variant.type, config, stack);
  const { layers, feedForward } = sizes;
  return {
    shape: shapeOf(variant, config, sizes),
    embed: (rows, program) => {
      const { batch, length, ids } = rows;
      const name = isDecoder ? "decoderIds" : "ids";
      return enter(embed(words, program.input(ids, [batch, length], name)), rows, program); // (B, T, C)
    },
    layers: Array.from({ length: layers }, (_, layer) =>
      takeLayer(from.within(`layers.${layer}.`, `layers.${layer}.`), {
        ...kind,
        feedForward,
        looks: isDecoder,
      }),
    ),
    norm: variant.normsFirst ? takeStackNorm(from, "layer_norm", "norm", kind) : undefined,
  };
}

/** The head over words: the decoder's own vectors again, or a matrix apart, and what is added to every text's logits. */
function wordReadout(
  { hasFinalBias }: BartVariant,
  { d_model: C, tie_word_embeddings: isTied }: Config,
  words: Words,
  file: Parameters,
): Readout {
  const name = "lm_head.weight";
  const V = words.decoder.shape[0]!;
  const head = file.beside("");
  const weight =
    !isTied && head.has(name)
      ? head.matrix(name, [V, C], "head.words")
      : head.tied(words.head, name);
  const bias =
    hasFinalBias && head.holds("final_logits_bias")
      ? head.plain("final_logits_bias", [V], "head.bias", { storedShape: [1, V] })
      : undefined;
  return {
    stack: "decoder.",
    logits: (final) => linear(final, { weight, bias }),
    map: { weight, bias, scale: 1 },
  };
}

function refuseUnknown(variant: BartVariant, config: Config, raw: RawConfig): void {
  const { type, positions } = variant;
  const isAlone = partsOf(variant, raw) === "words alone";
  if (!isAlone && (raw.is_encoder_decoder === false || raw.is_decoder === true))
    refuse(
      type,
      raw.is_decoder === true ? "is_decoder" : "is_encoder_decoder",
      raw.is_decoder === true,
      `It is of a decoder alone, and the class is not${variant.hasDecoderAlone ? `: ${variant.prefix}ForCausalLM` : ""}`,
    );
  if (positions !== "counted") return;
  if (config.pad_token_id === null || config.pad_token_id < 0)
    refuse(type, "pad_token_id", config.pad_token_id, "Positions count from behind it: name one");
  if (config.d_model === 2 || config.d_model === 3)
    refuse(type, "d_model", config.d_model, "Its positions need at least two sines: 4 or more");
}
