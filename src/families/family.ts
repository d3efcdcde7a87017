import { ConfigError } from "../errors/errors.ts";
import type { ImageProcessorClass } from "../images/image-processor.ts";
import type { Probe } from "../probe/probe.ts";
import type { LazyTensor } from "../tensor/lazy-tensor.ts";
import type { RawConfig } from "./config.ts";
import type { ExtraInput, Inputs } from "./inputs.ts";
import type { Parameters } from "./parameters.ts";

/** The numbers by which models are compared. */
export interface Dimensions {
  /** Layers; of the encoder, where there is a decoder too. */
  readonly layers: number;
  readonly decoderLayers?: number;
  readonly heads: number;
  /** Heads of keys and values; fewer than `heads` when queries share them. */
  readonly keyHeads: number;
  readonly headWidth: number;
  readonly width: number;
  readonly feedForward: number;
  readonly vocabulary: number;
  /** The decoder's own, where they are others than the encoder's. */
  readonly decoderVocabulary?: number;
  readonly decoderPositions?: number;
  readonly decoderWidth?: number;
  readonly decoderHeads?: number;
  readonly decoderKeyHeads?: number;
  readonly decoderHeadWidth?: number;
  readonly decoderFeedForward?: number;
  /** The longest text, in tokens; undefined when positions are relative and nothing limits it. */
  readonly positions: number | undefined;
  /** The numbers of each layer, where layers differ: above are then those of the last one, and the most heads of any. */
  readonly ofLayers?: readonly LayerDimensions[];
}

/** The numbers of one layer. */
export type LayerDimensions = Pick<Dimensions, "heads" | "headWidth" | "width" | "feedForward">;

/** The numbers of one stack of layers. */
export type StackDimensions = Pick<Dimensions, "layers" | "keyHeads"> & LayerDimensions;

/** The numbers of a layer: its own, where layers differ. */
export function layerDimensions(dimensions: Dimensions, layer: number): LayerDimensions {
  return dimensions.ofLayers?.[layer] ?? dimensions;
}

/** The numbers of a stack: the decoder's own, where they are others; before "decoder." comes what all share. */
export function dimensionsIn(dimensions: Dimensions, stack: string): Dimensions {
  if (!stack.startsWith("decoder.")) return dimensions;
  const { layers, vocabulary, positions, width, heads, keyHeads, headWidth, feedForward } =
    dimensions;
  return {
    ...dimensions,
    layers: dimensions.decoderLayers ?? layers,
    vocabulary: dimensions.decoderVocabulary ?? vocabulary,
    positions: dimensions.decoderPositions ?? positions,
    width: dimensions.decoderWidth ?? width,
    heads: dimensions.decoderHeads ?? heads,
    keyHeads: dimensions.decoderKeyHeads ?? keyHeads,
    headWidth: dimensions.decoderHeadWidth ?? headWidth,
    feedForward: dimensions.decoderFeedForward ?? feedForward,
  };
}

/** What a decoder's stack has of its own, as `Dimensions` keeps it: numbers that are the encoder's too are left out. */
export function decoderDimensions(
  encoder: StackDimensions,
  decoder: StackDimensions,
): Partial<Dimensions> {
  const own = (name: keyof StackDimensions) =>
    decoder[name] === encoder[name] ? undefined : decoder[name];
  return {
    decoderLayers: decoder.layers,
    decoderHeads: own("heads"),
    decoderKeyHeads: own("keyHeads"),
    decoderHeadWidth: own("headWidth"),
    decoderWidth: own("width"),
    decoderFeedForward: own("feedForward"),
  };
}

/** Whether a stack runs texts that are longer than its `positions`. */
export function isUnboundedIn(network: Network, stack: string): boolean {
  const { isUnbounded = false, decoderIsUnbounded } = network;
  return stack.startsWith("decoder.") ? (decoderIsUnbounded ?? isUnbounded) : isUnbounded;
}

/** What a forward pass gives besides its sites. */
export interface Outputs {
  /** (B, T, C) */
  readonly final: LazyTensor;
  /** (B, S, C): the encoder's, where `final` is a decoder's. */
  readonly encoded?: LazyTensor;
  /** (B, C) */
  readonly pooled?: LazyTensor;
  /** (B, C'): `pooled` in the space that images and texts share. */
  readonly projected?: LazyTensor;
  /** (B, T, V) or (B, labels) */
  readonly logits?: LazyTensor;
  /** Of two towers: (texts, C'), of length 1 each. */
  readonly textEmbeds?: LazyTensor;
  /** Of two towers: (images, C'), of length 1 each. */
  readonly imageEmbeds?: LazyTensor;
  /** Of two towers that both ran: (texts, images) */
  readonly logitsPerText?: LazyTensor;
  /** (images, texts) */
  readonly logitsPerImage?: LazyTensor;
  /** Of a head that looks for answers with beams: (B, starts), the likeliest first. */
  readonly startTopProbabilities?: LazyTensor;
  /** (B, starts) */
  readonly startTopIndices?: LazyTensor;
  /** (B, ends · starts) */
  readonly endTopProbabilities?: LazyTensor;
  /** (B, ends · starts) */
  readonly endTopIndices?: LazyTensor;
  /** (B) */
  readonly answerClass?: LazyTensor;
  /** Of a head that paints images anew: (B, channels, height, width). */
  readonly reconstruction?: LazyTensor;
  /** Of a head that names patches: (B, patches, words). */
  readonly patchLogits?: LazyTensor;
}

/** The two networks of a model that reads texts and images side by side: what their sites' names begin with. */
export type Tower = "text" | "vision";

/** A norm, and what it learned. */
export interface Norm {
  readonly kind: "layer" | "rms";
  readonly epsilon: number;
  /** None where it learned nothing: then all are 1. */
  readonly gain?: LazyTensor; // (C)
  readonly bias?: LazyTensor; // (C)
}

/** What the head makes of every token's vector, where it is over tokens: words, labels, ends of answers. */
export interface Readout {
  /** The stack whose stream it reads. */
  readonly stack: "" | "decoder.";
  /** What comes between the last layer's stream and `final`; undefined where layers norm their streams themselves. */
  readonly norm?: Norm;
  /** What maps the last stream to the width of `final`, where that is another (OPT 350M). */
  readonly project?: { readonly weight: LazyTensor }; // (C', C)
  /** final (B, T, C) → (B, T, V) or (B, T, labels) */
  readonly logits: (final: LazyTensor) => LazyTensor;
  /** The same as one map, final · scale · weightᵀ + bias, where it is one. */
  readonly map?: {
    readonly weight: LazyTensor; // (V, C)
    readonly bias?: LazyTensor; // (V)
    readonly scale: number;
  };
}

/** What a head is for. */
export type Task =
  | "features"
  | "language modeling"
  | "masked language modeling"
  | "sequence classification"
  | "token classification"
  | "replaced token detection"
  | "question answering"
  | "question answering with beams"
  | "multiple choice"
  | "image classification"
  | "masked image modeling"
  | "audio classification";

/** How a family that reads images makes tokens of them. */
export interface ImageReader {
  readonly channels: number;
  /** What the model was trained on: height and width, in pixels. */
  readonly size: readonly [height: number, width: number];
  readonly patch: readonly [height: number, width: number];
  /** Tokens that come before the patches, by name. */
  readonly leading: readonly string[];
  /** The class of transformers that prepares its images where its files name none. */
  readonly preparedBy: ImageProcessorClass;
  /** Whether what is left of an image at the right and below is filled up to a patch, not left out. */
  readonly fillsPatches?: boolean;
  /** How often its tokens were merged before each layer, then before what follows the last, two by two and two by two, where they are (Swin). */
  readonly merged?: readonly number[];
  /** Rows and columns of the windows that its tokens see each other in. */
  readonly window?: number;
}

/** What a family that reads sound wants: its log-mel features, and what its tokens stand for. */
export interface AudioReader {
  /** Numbers a frame. */
  readonly melBins: number;
  /** Frames a pass reads, no more and no fewer. */
  readonly frames: number;
  /** What a token covers, in seconds. */
  readonly secondsPerToken: number;
}

/** Rotary positions turn the first `width` numbers of a head in pairs: m with m + width / 2, or 2m with 2m + 1. */
export interface Turning {
  readonly pairs: "halves" | "neighbours";
  readonly width: number;
}

/** What a family does with queries, keys and their products beside scaling. */
export interface Scoring {
  /** How positions turn queries and keys, in families whose positions do. */
  readonly turning?: Turning;
  /** The norm of each head's queries and keys between their maps and their turn, in families that have one. */
  readonly headNorm?: Pick<Norm, "kind" | "epsilon">;
  /** What the scaled products are kept within, softly, in families that cap them. */
  readonly scoreCap?: number;
}

/** One model of a family: its config is known, its weights are named. */
export interface Network extends Scoring {
  readonly dimensions: Dimensions;
  readonly task: Task;
  /** Why a kind of site is not there, by its name. */
  readonly absent: Readonly<Record<string, string>>;
  /** The inputs beside ids (or pixels) and mask that change what comes out; others are refused. */
  readonly takes: readonly ExtraInput[];
  /** Whether later tokens see earlier ones only. */
  readonly isCausal: boolean;
  /** Whether a tokenizer's segment ids go into the model. */
  readonly readsTypes: boolean;
  /** For families that read images instead of texts. */
  readonly images?: ImageReader;
  /** For families that read sound. */
  readonly audio?: AudioReader;
  /** Two networks that run side by side, each on inputs of its own (`inputs.towers`). */
  readonly towers?: Readonly<Record<Tower, Network>>;
  /** Whether what it makes of a whole text or image is to be compared with what another makes: that of a tower. */
  readonly isCompared?: boolean;
  /** Texts are padded to so many tokens, all of which are seen, as the model learned them (SigLIP). */
  readonly paddedTo?: number;
  /** The id padding is filled with where a tokenizer names none. */
  readonly paddingId: number;
  /** Whether position ids are counted past the padding id, from the ids themselves (RoBERTa): padded rows then need none given. */
  readonly countsPastPadding?: boolean;
  /** Whether a row's outputs may depend on its padding: a head that takes the last position, whatever stands there, or vectors made of neighbours. */
  readonly readsPadding?: boolean;
  /** The id that ends a text where the files name none: the default of the class in transformers. */
  readonly endId?: number;
  /** The id that a text ends with where there is no more room and no file says which: the default of the class in transformers. */
  readonly forcedEndId?: number;
  /** Whether `forward` can go on token by token, with `inputs.cache`. */
  readonly generates?: boolean;
  /** Whether texts longer than `dimensions.positions` run too: no table of positions ends there. */
  readonly isUnbounded?: boolean;
  /** The same of the decoder's texts, where it is a network of its own; `isUnbounded` of both where it says nothing. */
  readonly decoderIsUnbounded?: boolean;
  /** A text longer than this is read anew while it is written, since other angles hold for all its tokens (Phi-3). */
  readonly renewsPast?: number;
  /** What q·k is multiplied by in a layer, where that is all that makes the content part of a score. */
  scoreScale?(layer: number): number;
  /** The decoder's scoring, where it is a network of its own. */
  readonly decoderScoring?: Scoring & Pick<Network, "scoreScale">;
  /** The token a decoder begins with, in a family that has one beside its encoder; taken where a run gives no decoderIds. */
  readonly decoderStartId?: number;
  /** Whether a run without decoderIds takes the encoder's ids behind that token, the last left out. */
  readonly decoderFollowsIds?: boolean;
  /** Whether the last id that is not padding comes first then, instead of that token (mBART: a text ends with its language). */
  readonly decoderWrapsIds?: boolean;
  /** Inputs for texts of this many tokens beyond their ids, where a family cannot run on ids alone. */
  exampleInputs?(length: number, batch: number): Partial<Inputs>;
  /** How its head reads a stream; undefined where it has none, or one that is over whole texts. */
  readonly readout?: Readout;
  forward(inputs: Inputs, probe: Probe): Outputs;
}

/** One family, one file: named after `model_type`. */
export interface Family {
  readonly type: string;
  /** Its class that writes and, beside an encoder, looks at that; undefined for families that cannot. */
  readonly writer?: "LMHeadModel" | "ForCausalLM";
  /** Checks the config and takes the weights it implies from `parameters`; `isBeside`: as that class, with its look at an encoder. */
  open(raw: RawConfig, parameters: Parameters, isBeside?: boolean): Network;
}

/** The head a checkpoint is for: the class transformers would use, `BertForMaskedLM` → "ForMaskedLM"; of two heads the language model. */
export function headClass(raw: RawConfig): string {
  const [architecture] = Array.isArray(raw.architectures) ? (raw.architectures as unknown[]) : [];
  return typeof architecture === "string"
    ? architecture
        .replace(/DoubleHeadsModel$/, "LMHeadModel")
        .replace(/^.*?(?=For(?![a-z])|LMHead|Model$)/, "")
    : "Model";
}

/** Number of labels of a classifier, as transformers counts them: num_labels, the names in id2label, or 2; of BART 3. */
export function labelCount({ id2label, num_labels: labels, model_type: type }: RawConfig): number {
  if (typeof labels === "number") return labels;
  if (typeof id2label === "object" && id2label !== null) return Object.keys(id2label).length;
  return type === "bart" ? 3 : 2;
}

/**
 * The labels' names, in order; LABEL_0 … where the config has none, or another number of them than num_labels. Numbers become their digits.
 * Throws ConfigError for an id2label of another shape, and for one that names some labels only.
 */
export function labelNames(raw: RawConfig): string[] {
  const count = labelCount(raw);
  const given = raw.id2label ?? {};
  if (typeof given !== "object" || Array.isArray(given))
    throw new ConfigError(
      `config.json: id2label is ${Array.isArray(given) ? "a list" : JSON.stringify(given)}, needs an object of a name for each number: {"0": "no", "1": "yes"}`,
    );
  const names: Readonly<Record<string, unknown>> = { ...given };
  if (Object.keys(names).length !== count)
    return Array.from({ length: count }, (_, label) => `LABEL_${label}`);
  return Array.from({ length: count }, (_, label) => {
    const name = names[label];
    if (typeof name === "string" || typeof name === "number") return String(name);
    throw new ConfigError(
      `config.json: id2label has ${Object.hasOwn(names, label) ? JSON.stringify(name) : "nothing"} for label ${label}, needs a name for each of the labels 0 to ${count - 1}`,
    );
  });
}
