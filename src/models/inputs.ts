import { InputError } from "../errors/errors.ts";
import { dimensionsIn, type Network } from "../families/family.ts";
import type { Inputs } from "../families/inputs.ts";
import { type ImageInput, isImage } from "../images/image.ts";
import type { ImageProcessor } from "../images/image-processor.ts";
import type { StackTokens } from "../probe/plan.ts";
import { textTokens } from "../probe/text-tokens.ts";
import type { TextToken } from "../probe/words.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Encoding, Token, Tokenizer } from "../tokens/tokenizer.ts";
import { imageTokens, patchGrid, pixelsOf } from "./image-inputs.ts";
import { expectInputNames, expectOneSort, expectTaken } from "./input-names.ts";
import { blankToken } from "./padding-token.ts";
import { targetRows } from "./target-inputs.ts";

/** A text, or two that belong together; `target` is what an encoder-decoder's decoder reads, behind the token it begins with. */
export type TextInput =
  | string
  | { readonly text: string; readonly pair?: string; readonly target?: string };

/** Whole numbers by row: number[][], one row as number[], or flat with `batch` rows. */
export type Rows = readonly number[] | readonly (readonly number[])[];

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
  readonly decoderIds?: Rows;
  readonly decoderMask?: Rows;
  /** 1 for tokens with global attention (longformer). */
  readonly globalMask?: Rows;
  /** (B, T, T): 1 at [b, i, j] when i may not see j (xlnet). */
  readonly permMask?: Tensor;
  /** (B, targets, T) (xlnet) */
  readonly targetMapping?: Tensor;
}

/** Whatever a run takes: a text, several, an image, several, ids, or tensors by name. */
export type RunInput =
  | TextInput
  | readonly TextInput[]
  | ImageInput
  | readonly ImageInput[]
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
  if (isText(input)) return prepareTexts([input], context);
  if (isImage(input)) return prepareImages([input], context);
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
  if (!tokenizer)
    throw new InputError(
      `${label} has no tokenizer files, so it cannot read a text. Give ids: model.run([[101, 2009, 102]])`,
    );
  const { positions: limit } = network.dimensions;
  const paddingSide = context.paddingSide ?? tokenizer.paddingSide;
  const made = context.encodings;
  const batch = made
    ? { encodings: made, ...tokenizer.pad(made, { paddingSide }) }
    : tokenizer.encodeBatch(texts, {
        maxLength: network.isUnbounded ? undefined : limit,
        paddingSide,
        addSpecialTokens: context.addSpecialTokens,
      });
  for (const [text, encoding] of batch.encodings.entries())
    if (encoding.cut > 0) context.onWarning?.(cutWarning(texts, text, encoding, context));
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
    paddingSide === "left" &&
    limit !== undefined &&
    network.takes.includes("positions") &&
    !network.countsPastPadding;
  const positions = isCounted ? fromFirstReal(batch.mask) : undefined;
  const target = targetRows(texts, context);
  const prepared = prepareTensors(
    {
      ids: batch.ids,
      mask: batch.mask,
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

/** Says of a text that was cut which it is, how long it is, what was kept, and what to do. */
function cutWarning(
  texts: readonly TextInput[],
  text: number,
  { tokens, cut }: Encoding,
  { label, network }: InputContext,
): string {
  const input = texts[text]!;
  const name = texts.length > 1 ? `text ${text} (of 0 to ${texts.length - 1})` : "the text";
  const isPair = typeof input === "object" && input.pair !== undefined;
  return `${label}: ${name} has ${tokens.length + cut} tokens, and the model has positions for ${network.dimensions.positions}: ${tokens.length} are kept, ${cut} ${isPair ? "are cut off, from the longer of its two texts first" : "at its end are cut off"}. Give a shorter text, or run its parts one by one`;
}

function prepareImages(images: readonly ImageInput[], context: InputContext): Prepared {
  const { label, network, images: processor } = context;
  if (!network.images)
    throw new InputError(`${label} reads texts, not images. Images are for models such as vit`);
  if (!processor || "refused" in processor)
    throw new InputError(processor?.refused ?? `${label}: nothing says how images are prepared`);
  return prepareTensors({ pixels: pixelsOf(images, processor) }, context);
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
  const { pixels } = input;
  expectInputNames(input, label);
  expectTaken(input, network.takes, label);
  if (input.ids === undefined && pixels === undefined)
    throw new InputError(
      `${label}: the input has neither ids nor pixels, but ${Object.keys(input).join(", ") || "nothing"}`,
    );
  for (const name of ["pixels", "permMask", "targetMapping"] as const)
    if (input[name]) expectNumbers(input[name], `${label}: ${name}`);
  const ids = input.ids && flatRows(input.ids, "ids");
  const { images } = network;
  if (images && (input.ids !== undefined || !pixels))
    throw new InputError(`${label} reads images: the input needs pixels, or an image, and no ids`);
  const grid = images && pixels && patchGrid(pixels, images, label);
  const batch = ids?.rows ?? pixels!.shape[0]!;
  const length = ids?.width ?? (grid ? images.leading.length + grid.rows * grid.columns : 0);
  const like = (rows: Rows | undefined, name: string, width = length) => {
    if (rows === undefined) return undefined;
    const flat = flatRows(rows, name);
    if (flat.rows !== batch || flat.width !== width)
      throw new InputError(
        `${label}: ${name} is (${flat.rows}, ${flat.width}), ids are (${batch}, ${width}); they must be alike`,
      );
    return flat.data;
  };
  const decoderIds = input.decoderIds
    ? flatRows(input.decoderIds, "decoderIds")
    : startRows(network, batch, ids?.data);
  if (decoderIds && decoderIds.rows !== batch)
    throw new InputError(
      `${label}: decoderIds have ${decoderIds.rows} rows, ids ${batch}; they must have as many`,
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
    grid,
    decoder: decoderIds && { length: decoderIds.width, ids: decoderIds.data, mask: decoderMask },
    globalMask: like(input.globalMask, "globalMask"),
    permMask: input.permMask,
    targetMapping: input.targetMapping,
  };
  checkIds(inputs, network, label);
  return {
    inputs,
    tokens: {
      main: grid
        ? Array.from({ length: batch }, () => imageTokens(grid, images))
        : idTokens(inputs.ids, batch, length, tokenizer),
      decoder: decoderIds && idTokens(decoderIds.data, batch, decoderIds.width, tokenizer),
    },
  };
}

/** The decoder's side where nothing is said: the token it begins with, in every row, and where a head reads on the ids behind it. */
function startRows(
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

/** Rows of whole numbers, one behind the other. Throws InputError for rows of several lengths and for other numbers. */
export function flatRows(
  rows: Rows,
  name: string,
): { data: Int32Array; rows: number; width: number } {
  const nested = (
    rows.length > 0 && typeof rows[0] === "number" ? [rows] : rows
  ) as readonly (readonly number[])[];
  const width = nested[0]?.length ?? 0;
  if (nested.length === 0 || width === 0)
    throw new InputError(`${name}: empty. Give at least one row with at least one number`);
  const data = new Int32Array(nested.length * width);
  for (const [row, numbers] of nested.entries()) {
    if (!Array.isArray(numbers) && !ArrayBuffer.isView(numbers))
      throw new InputError(
        `${name}: row ${row} is ${typeof numbers}, needs a list of whole numbers`,
      );
    if (numbers.length !== width)
      throw new InputError(
        `${name}: row 0 has ${width} numbers, row ${row} has ${numbers.length}. Pad them to one length and give a mask`,
      );
    for (const [place, number] of numbers.entries()) {
      if ((number | 0) !== number)
        throw new InputError(
          `${name}: row ${row}, place ${place} holds ${number}, needs a whole number${Number.isInteger(number) ? " of 32 bits" : ""}`,
        );
      data[row * width + place] = number;
    }
  }
  return { data, rows: nested.length, width };
}

function checkIds(inputs: Inputs, { dimensions, isUnbounded }: Network, label: string): void {
  const { vocabulary, positions } = dimensions;
  const ofDecoder = dimensionsIn(dimensions, "decoder.");
  const limit = isUnbounded ? undefined : positions;
  for (const [name, ids, size] of [
    ["ids", inputs.ids, vocabulary],
    ["decoderIds", inputs.decoder?.ids, ofDecoder.vocabulary],
  ] as const)
    for (const [place, id] of (ids ?? []).entries())
      if (id < 0 || id >= size)
        throw new InputError(
          `${label}: ${name} holds ${id} at element ${place}; its vocabulary has ids 0 to ${size - 1}`,
        );
  for (const [name, mask] of [
    ["mask", inputs.mask],
    ["decoderMask", inputs.decoder?.mask],
  ] as const)
    if (mask?.some((value) => value !== 0 && value !== 1))
      throw new InputError(`${label}: ${name} must hold 1 (real) and 0 (padding) only`);
  if (limit !== undefined && inputs.length > limit)
    throw new InputError(
      `${label}: ${inputs.length} tokens, but the model has positions for ${limit}. Give a shorter text, or cut it`,
    );
  const { length: read = 0 } = inputs.decoder ?? {};
  const places = isUnbounded ? undefined : ofDecoder.positions;
  if (places !== undefined && read > places)
    throw new InputError(
      `${label}: decoderIds have ${read} tokens, but the decoder has positions for ${places}. Give fewer`,
    );
}

function idTokens(
  ids: Int32Array | undefined,
  batch: number,
  length: number,
  tokenizer: Tokenizer | undefined,
): TextToken[][] {
  return Array.from({ length: batch }, (_, row) =>
    Array.from({ length }, (_, place) => {
      const id = ids?.[row * length + place] ?? 0;
      const text = tokenizer?.idToToken(id) ?? `#${id}`;
      return {
        ...blankToken(id, text),
        word: place,
        sequence: 0,
        special: false,
        surface: text,
        startsWord: true,
      };
    }),
  );
}

/** Throws InputError for the first number of an input that is NaN or infinite: all that comes of it would be, too. */
function expectNumbers({ data, shape }: Tensor, place: string): void {
  const wrong = data.findIndex((value) => !Number.isFinite(value));
  if (wrong < 0) return;
  let rest = wrong;
  const indices = [...shape].reverse().map((size) => {
    const index = rest % size;
    rest = Math.floor(rest / size);
    return index;
  });
  throw new InputError(
    `${place}[${indices.reverse().join(", ")}] is ${data[wrong]}. Give numbers; were they divided by a deviation of 0?`,
  );
}
