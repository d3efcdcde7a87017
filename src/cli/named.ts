import { type WordWeights, wordWeights } from "../analysis/words/word-weights.ts";
import { InputError, SiteError } from "../errors/errors.ts";
import { layerDimensions } from "../families/family.ts";
import type { Model } from "../model.ts";
import type { Run } from "../models/run.ts";
import { shortName } from "../models/short-name.ts";
import { formatHead, type HeadAddress, parseHead } from "../probe/head-address.ts";
import { findWord, type TextToken } from "../probe/words.ts";
import { pictureName } from "./input/text-input.ts";
import { stackOf } from "./picture.ts";

/** Throws InputError where a model of pictures or of sound was given a text, or the name of a picture that is not there. */
export function expectTexts(model: Model, given: string | undefined): void {
  const name = shortName(model.label);
  if (model.audio)
    throw new InputError(
      `${name} reads sound, not texts. Name a WAV file: heed transcribe sound.wav --model ${model.label}`,
    );
  if (!model.images) return;
  throw new InputError(
    given !== undefined && pictureName.test(given)
      ? `${given}: there is no such file; ${name} reads pictures`
      : `${name} reads pictures, not texts. Name a PNG, JPEG or WebP file: heed cat.png`,
  );
}

/** Weights of every layer, in order. Throws SiteError for models whose attention is not one square a head. */
export function layersOf(model: Model, run: Run) {
  return Array.from({ length: model.dimensions.layers }, (_, layer) =>
    run.trace.kept(`${stackOf(model)}layers.${layer}.weights`),
  );
}

/** Attention between the words of a run; what is asked for as one word ("isn't", "the mat") is one. `asked` are words by the option that names them. */
export function wordsOfRun(
  model: Model,
  run: Run,
  asked: Readonly<Record<string, readonly (string | undefined)[] | undefined>>,
): WordWeights {
  const tokens = run.tokens[0]!;
  const words = Object.entries(asked).flatMap(([option, names = []]) =>
    names.flatMap((name) => (name === undefined ? [] : [findWord(name, tokens, option)])),
  );
  return wordWeights(layersOf(model, run), tokens, { isCausal: model.isCausal, asked: words });
}

/** A head's address, checked against the model. */
export function headOf(model: Model, text: string): HeadAddress {
  const address = parseHead(text);
  const { dimensions } = model;
  const { layers } = dimensions;
  const { heads } = layerDimensions(dimensions, address.layer);
  if (address.layer >= layers || address.head >= heads)
    throw new SiteError(
      `${formatHead(address)}: ${shortName(model.label)} has layers 0 to ${layers - 1} and ${dimensions.ofLayers && address.layer < layers ? `in layer ${address.layer} ` : ""}heads 0 to ${heads - 1}`,
    );
  return address;
}

/** The unit a word names. */
export function unitNamed(
  { units }: WordWeights,
  tokens: readonly TextToken[],
  word: string,
  place: string,
): number {
  const [first] = findWord(word, tokens, place).tokens;
  return units.findIndex((unit) => unit.tokens.includes(first!));
}

/** The same with the head's address in place of its numbers: what JSON has. */
export function withHeadName<T extends HeadAddress>({ layer, head, ...rest }: T) {
  return { head: formatHead({ layer, head }), ...rest };
}

/** A whole number from 1, as an option gives it. */
export function wholeNumber(text: string, option: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InputError(`${option} ${text}: needs a whole number from 1`);
  return value;
}
