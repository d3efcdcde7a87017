import { type AudioInput, isAudio } from "../audio/audio.ts";
import { InputError } from "../errors/errors.ts";
import type { Network } from "../families/family.ts";
import type { Inputs } from "../families/inputs.ts";
import { type ImageInput, isImage } from "../images/image.ts";
import type { ImageProcessor } from "../images/image-processor.ts";
import type { StackTokens } from "../probe/text-tokens.ts";
import { textTokens } from "../probe/text-tokens.ts";
import type { TextToken } from "../probe/words.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Encoding, Token, Tokenizer } from "../tokens/tokenizer.ts";
import { expectInputNames, expectOneSort, expectTaken } from "./input-names.ts";
import {
  type AudioPreparation,
  audioLength,
  audioTokens,
  expectAudioProcessor,
  featuresOf,
} from "./inputs/audio-inputs.ts";
import { imageTokens, layerTokens, patchGrid, pixelsOf } from "./inputs/image-inputs.ts";
import { checkIds, expectNumbers, flatRows, type Rows } from "./inputs/rows.ts";
import { targetRows } from "./inputs/target-inputs.ts";
import { blankToken, tokenOfId } from "./padding-token.ts";
import { isForTowers, joinedInputs, type TowersOf, towersOf } from "./towers/tower-inputs.ts";

export type { Rows };

/** A text, or two that belong together; `target` is what an encoder-decoder's decoder reads, behind the token it begins with. */
export type TextInput =
  | string
  | { readonly text: string; readonly pair?: string; readonly target?: string };

/** Tensors by name, as a trace holds them. */
export interface TensorInput {
  readonly ids?: Rows;
  /** 1 real token, 0 padding. */
  readonly mask?: Rows;
  readonly types?: Rows;
  /** Position ids, instead of the family's own. */
  readonly positions?: Rows;
  /** (B, 3, height, width) */
  readonly pixels?: Tensor;
  /** Log-mel features of sound, (B, mel bins, frames) */
  readonly features?: Tensor;
  readonly decoderIds?: Rows;
  readonly decoderMask?: Rows;
  /** 1 for tokens with global attention (longformer). */
  readonly globalMask?: Rows;
  /** (B, T, T): 1 at [b, i, j] when i may not see j (xlnet). */
  readonly permMask?: Tensor;
  /** (B, targets, T) (xlnet) */
  readonly targetMapping?: Tensor;
  /** 1 for patches that a model trained on hidden ones does not see, (B, patches), row by row of an image (ViT, DeiT, Swin, BEiT); bool_masked_pos of transformers. */
  readonly hiddenPatches?: Rows;
}

/** Whatever a run takes: a text, several, an image, a sound, several, ids, tensors by name, or what each of two towers reads. */
export type RunInput =
  | TowersOf<TextInput, Rows>
  | TextInput
  | readonly TextInput[]
  | ImageInput
  | readonly ImageInput[]
  | AudioInput
  | readonly AudioInput[]
  | Rows
  | TensorInput;

/** Inputs of a run, with what is known of their tokens. */
export interface Prepared {
  readonly inputs: Inputs;
  readonly tokens: StackTokens;
}

/** What preparing needs to know of a model. */
export interface InputContext {
  readonly label: string;
  readonly network: Network;
  readonly tokenizer: Tokenizer | undefined;
  /** What prepares an image, or why there is none. */
  readonly images?: ImageProcessor | { readonly refused: string };
  /** What prepares sound, or why there is none. */
  readonly audio?: AudioPreparation;
  /** Told of every text that is cut, and of texts longer than the model was trained on. */
  readonly onWarning?: (message: string) => void;
  /** Where shorter texts of a batch are padded; the tokenizer's own side if not given. */
  readonly paddingSide?: "left" | "right";
  /** False for texts that hold their special tokens already. */
  readonly addSpecialTokens?: boolean;
  /** The tokens of the input's texts, where they are made already. */
  readonly encodings?: readonly Encoding[];
}

/** Turns any input into checked tensors. Throws InputError that says what came and what would do. */
export function prepareInput(input: RunInput, context: InputContext): Prepared {
  const { towers } = context.network;
  if (towers) {
    const given = towersOf(input, context.label);
    const of = (tower: "text" | "vision") => {
      const own = given[tower] as RunInput | undefined;
      if (own === undefined) return undefined;
      return prepareInput(own, { ...context, network: towers[tower] });
    };
    return joinedInputs({ text: of("text"), vision: of("vision") });
  }
  if (typeof input === "object" && input !== null && isForTowers(input))
    throw new InputError(
      `${context.label} has one tower: it reads ${context.network.images ? "images" : "texts"}. Give it ${context.network.images ? "an image" : "a text"}, not an object that names texts or images`,
    );
  if (isText(input)) return prepareTexts([input], context);
  if (isImage(input)) return prepareImages([input], context);
  if (isAudio(input)) return prepareAudio([input], context);
  if (!Array.isArray(input)) {
    if (typeof input === "object" && input !== null)
      return prepareTensors(input as TensorInput, context);
    throw new InputError(
      `run: the input must be a text, texts, ids or tensors by name, got ${input === null ? "null" : typeof input}`,
    );
  }
  if (input.length === 0)
    throw new InputError("run: the input is an empty list; give at least one text or one id");
  if (input.every(isText)) return prepareTexts(input, context);
  if (input.every(isImage)) return prepareImages(input, context);
  if (input.every(isAudio)) return prepareAudio(input, context);
  expectOneSort(input);
  return prepareTensors({ ids: input as Rows }, context);
}

/** Whether an input is one text, or a pair. */
export function isText(input: unknown): input is TextInput {
  return (
    typeof input === "string" ||
    (typeof input === "object" &&
      input !== null &&
      "text" in input &&
      typeof input.text === "string")
  );
}

function prepareTexts(texts: readonly TextInput[], context: InputContext): Prepared {
  const { tokenizer, network, label } = context;
  if (network.images)
    throw new InputError(
      `${label} reads images, not texts. Give an image: a PNG, JPEG or WebP file (in code: await readImage(file))`,
    );
  if (network.audio)
    throw new InputError(
      `${label} reads sound, not texts. Give a sound: a WAV file (in code: await readAudio(file))`,
    );
  if (!tokenizer)
    throw new InputError(
      `${label} has no tokenizer that heed reads, so it cannot read a text. Give its tokenizer's files (tokenizer.json) beside the others, or ids: --ids 101,2009,102 (in code: model.run([[101, 2009, 102]]))`,
    );
  const { positions: limit } = network.dimensions;
  const paddingSide = context.paddingSide ?? tokenizer.paddingSide;
  const made = context.encodings;
  const encoded = made
    ? { encodings: made, ...tokenizer.pad(made, { paddingSide }) }
    : tokenizer.encodeBatch(texts, {
        maxLength: network.isUnbounded ? undefined : limit,
        paddingSide,
        addSpecialTokens: context.addSpecialTokens,
      });
  const { paddedTo } = network;
  const batch =
    paddedTo === undefined
      ? encoded
      : { ...encoded, ...tokenizer.pad(encoded.encodings, { length: paddedTo, paddingSide }) };
  for (const [text, encoding] of batch.encodings.entries()) {
    if (encoding.cut > 0) context.onWarning?.(cutWarning(texts, text, encoding, context));
    if (encoding.tokens.length === 0 && texts.length > 1)
      context.onWarning?.(noTokensWarning(label, text, texts.length));
  }
  const length = batch.ids[0]!.length;
  if (network.isUnbounded && limit !== undefined && length > limit)
    context.onWarning?.(`${label}: ${length} tokens; the model was trained on texts of ${limit}`);
  const isPadded = batch.mask.some((row) => row.includes(0));
  const tokens = texts.map((text, row) =>
    textTokens(
      padTokens(batch.encodings[row]!.tokens, batch.mask[row]!, batch.ids[row]!, tokenizer),
      typeof text === "string" ? [text] : [text.text, text.pair ?? ""],
    ),
  );
  const isCounted =
    isPadded &&
    paddedTo === undefined &&
    paddingSide === "left" &&
    limit !== undefined &&
    network.takes.includes("positions") &&
    !network.countsPastPadding;
  const positions = isCounted ? fromFirstReal(batch.mask) : undefined;
  const target = targetRows(texts, context);
  const prepared = prepareTensors(
    {
      ids: batch.ids,
      mask: paddedTo === undefined ? batch.mask : undefined,
      types: network.readsTypes && tokenizer.givesTypes ? batch.types : undefined,
      positions,
      ...(target && { decoderIds: target.decoderIds, decoderMask: target.decoderMask }),
    },
    context,
  );
  if (length === 0)
    throw new InputError("run: the text has no tokens. Give a text with at least one word");
  const decoder = target?.tokens ?? prepared.tokens.decoder;
  return { inputs: prepared.inputs, tokens: { ...prepared.tokens, main: tokens, decoder } };
}

/** Says of a text beside others that nothing is read of it: PyTorch's ways of attention give a row of padding different numbers. */
export function noTokensWarning(label: string, text: number, count: number): string {
  return `${label}: text ${text} (of 0 to ${count - 1}) has no tokens, so what comes of it is its padding's, and means nothing. Leave it out`;
}

/** Says of a text that was cut which it is, how long it is, what was kept, and what to do. */
function cutWarning(
  texts: readonly TextInput[],
  text: number,
  { tokens, cut }: Encoding,
  { label, network, tokenizer }: InputContext,
): string {
  const side = tokenizer?.truncationSide === "left" ? "beginning" : "end";
  const input = texts[text]!;
  const name = texts.length > 1 ? `text ${text} (of 0 to ${texts.length - 1})` : "the text";
  const isPair = typeof input === "object" && input.pair !== undefined;
  const where = isPair
    ? "are cut off, from the longer of its two texts first"
    : `at its ${side} are cut off`;
  return `${label}: ${name} has ${tokens.length + cut} tokens, and the model has positions for ${network.dimensions.positions}: ${tokens.length} are kept, ${cut} ${where}. Give a shorter text, or run its parts one by one`;
}

function prepareImages(images: readonly ImageInput[], context: InputContext): Prepared {
  const { label, network, images: processor } = context;
  if (!network.images)
    throw new InputError(`${label} reads texts, not images. Images are for models such as vit`);
  if (!processor || "refused" in processor)
    throw new InputError(processor?.refused ?? `${label}: nothing says how images are prepared`);
  return prepareTensors({ pixels: pixelsOf(images, processor) }, context);
}

/** Sounds, and the texts that a decoder reads beside them. */
function prepareAudio(audios: readonly AudioInput[], context: InputContext): Prepared {
  const { label, network, audio } = context;
  const processor = expectAudioProcessor(audio, label);
  const features = featuresOf(audios, processor, network.audio!);
  const target = targetRows(audios, context);
  const { inputs, tokens } = prepareTensors(
    {
      features,
      ...(target && { decoderIds: target.decoderIds, decoderMask: target.decoderMask }),
    },
    context,
  );
  return { inputs, tokens: { ...tokens, decoder: target?.tokens ?? tokens.decoder } };
}

function padTokens(
  tokens: readonly Token[],
  mask: readonly number[],
  ids: readonly number[],
  tokenizer: Tokenizer,
): Token[] {
  let next = 0;
  return mask.map((isReal, place) =>
    isReal ? tokens[next++]! : blankToken(ids[place]!, tokenizer.idToToken(ids[place]!) ?? "[PAD]"),
  );
}

/** Position ids of left-padded rows: real tokens count from 0; padding, which nobody sees, gets 0. */
export function fromFirstReal(mask: readonly (readonly number[])[]): number[][] {
  return mask.map((row) => {
    let next = 0;
    return row.map((isReal) => (isReal ? next++ : 0));
  });
}

function prepareTensors(input: TensorInput, { label, network, tokenizer }: InputContext): Prepared {
  const { pixels, features } = input;
  expectInputNames(input, label);
  expectTaken(input, network.takes, label);
  if (input.ids === undefined && pixels === undefined && features === undefined)
    throw new InputError(
      `${label}: the input has neither ids nor pixels nor features, but ${Object.keys(input).join(", ") || "nothing"}`,
    );
  for (const name of ["pixels", "features", "permMask", "targetMapping"] as const)
    if (input[name]) expectNumbers(input[name], `${label}: ${name}`);
  const ids = input.ids && flatRows(input.ids, "ids");
  const { images, audio } = network;
  if (images && (input.ids !== undefined || !pixels))
    throw new InputError(`${label} reads images: the input needs pixels, or an image, and no ids`);
  if (audio ? !features || input.ids || pixels || input.mask : features)
    throw new InputError(
      audio
        ? `${label} reads sound, all of it: the input needs features, or an audio, and no ids, pixels or mask`
        : `${label} does not read sound, and the input has features. Sound is for models such as whisper`,
    );
  const grid = images && pixels && patchGrid(pixels, images, label);
  const batch = ids?.rows ?? (pixels ?? features)!.shape[0]!;
  const heard = audio && features ? audioLength(features, audio, label) : 0;
  const length = ids?.width ?? (grid ? images.leading.length + grid.rows * grid.columns : heard);
  const like = (rows: Rows | undefined, name: string, width = length) => {
    if (rows === undefined) return undefined;
    const flat = flatRows(rows, name);
    if (flat.rows !== batch || flat.width !== width)
      throw new InputError(
        `${label}: ${name} is (${flat.rows}, ${flat.width}), ${grid ? "the patches" : "ids"} are (${batch}, ${width}); they must be alike`,
      );
    return flat.data;
  };
  const decoderIds = input.decoderIds
    ? flatRows(input.decoderIds, "decoderIds")
    : startRows(network, batch, ids?.data);
  if (decoderIds && decoderIds.rows !== batch)
    throw new InputError(
      `${label}: decoderIds have ${decoderIds.rows} rows, ${ids ? "ids" : "features"} ${batch}; they must have as many`,
    );
  const decoderMask = like(input.decoderMask, "decoderMask", decoderIds?.width);
  const inputs: Inputs = {
    batch,
    length,
    ids: ids?.data,
    mask: like(input.mask, "mask"),
    types: like(input.types, "types"),
    positions: like(input.positions, "positions"),
    pixels,
    features,
    grid,
    decoder: decoderIds && { length: decoderIds.width, ids: decoderIds.data, mask: decoderMask },
    globalMask: like(input.globalMask, "globalMask"),
    permMask: input.permMask,
    targetMapping: input.targetMapping,
    hiddenPatches: like(input.hiddenPatches, "hiddenPatches", grid && grid.rows * grid.columns),
  };
  checkIds(inputs, network, label);
  return {
    inputs,
    tokens: {
      main: grid
        ? Array.from({ length: batch }, () => imageTokens(grid, images))
        : audio
          ? Array.from({ length: batch }, () => audioTokens(length, audio))
          : idTokens(inputs.ids, batch, length, tokenizer),
      decoder: decoderIds && idTokens(decoderIds.data, batch, decoderIds.width, tokenizer),
      ofLayers: grid && layerTokens(grid, images),
    },
  };
}

/** The decoder's side where nothing is said: the token it begins with, in every row, and where a head reads on the ids behind it. */
export function startRows(
  { decoderStartId: id, decoderFollowsIds, decoderWrapsIds, paddingId }: Network,
  batch: number,
  ids?: Int32Array,
) {
  if (id === undefined) return undefined;
  if (!decoderFollowsIds || !ids)
    return { data: new Int32Array(batch).fill(id), rows: batch, width: 1 };
  const width = ids.length / batch;
  // As transformers counts: where padding stands before a text, this is not its last token.
  const last = (row: Int32Array) => row.at(row.filter((own) => own !== paddingId).length - 1)!;
  const first = (start: number) =>
    decoderWrapsIds ? last(ids.subarray(start, start + width)) : id;
  const data = Int32Array.from(ids, (_, place) =>
    place % width === 0 ? first(place) : ids[place - 1]!,
  );
  return { data, rows: batch, width };
}

function idTokens(
  ids: Int32Array | undefined,
  batch: number,
  length: number,
  tokenizer: Tokenizer | undefined,
): TextToken[][] {
  return Array.from({ length: batch }, (_, row) =>
    Array.from({ length }, (_, place) =>
      tokenOfId(ids?.[row * length + place] ?? 0, place, tokenizer),
    ),
  );
}
