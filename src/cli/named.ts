import type { StackPrefix } from "../analysis/explain/question.ts";
import { chooseFocus } from "../analysis/words/focus.ts";
import { rarenessIn, type StandingLook, standingOut } from "../analysis/words/standing-out.ts";
import { type WordWeights, wordWeights } from "../analysis/words/word-weights.ts";
import { InputError, SiteError } from "../errors/errors.ts";
import { dimensionsIn, layerDimensions } from "../families/family.ts";
import type { Model } from "../model.ts";
import { mainStack } from "../models/main-stack.ts";
import type { Run } from "../models/run.ts";
import { shortName } from "../models/short-name.ts";
import { formatHead, type HeadAddress, parseHead } from "../probe/head-address.ts";
import { findWord, type TextToken } from "../probe/words.ts";
import { attentionOf } from "../views/from-run/run.ts";
import { namesSound, pictureName } from "./input/text-input.ts";
import { attentionSite } from "./picture.ts";

/** Throws InputError where a model of pictures or of sound was given a text, one of texts a sound, and for the name of a picture that is not there. */
export function expectTexts(model: Model, given: string | undefined): void {
  const name = shortName(model.label);
  const isSound = given !== undefined && namesSound(given);
  if (isSound && !model.audio)
    throw new InputError(
      `${given} is a sound, and ${name} reads ${model.images ? "pictures" : "texts"}. Sound is for models such as whisper`,
    );
  if (isSound) return;
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

/** Weights of every layer of a stack, in order; undefined of one that has none of the heads. Throws SiteError for models whose attention is not one square a head. */
function layersOf(
  model: Model,
  run: Run,
  stack: StackPrefix,
  only: readonly HeadAddress[] | undefined,
) {
  return Array.from({ length: layerCount(model, stack) }, (_, layer) =>
    hasHeadOf(only, layer) ? run.trace.kept(attentionSite(stack, layer, "weights")) : undefined,
  );
}

/** Whether some heads, or all, have one of a layer. */
export function hasHeadOf(only: readonly HeadAddress[] | undefined, layer: number): boolean {
  return !only || only.some((one) => one.layer === layer);
}

/** How many layers a stack has. */
export function layerCount({ dimensions }: Model, stack: StackPrefix): number {
  return dimensionsIn(dimensions, stack).layers;
}

/** Tokens of the words that look, and of those looked at: the same, but in cross attention. */
export function tokensOfStack(run: Run, stack: StackPrefix) {
  const [main, decoder] = [run.tokens[0]!, run.decoderTokens?.[0]];
  const queries = stack.startsWith("decoder.") ? decoder! : main;
  return { queries, keys: stack === "decoder.cross." ? main : queries };
}

/**
 * Attention between the words of a run; what is asked for as one word ("isn't", "the mat") is one. `asked` are words by the option that
 * names them: in cross attention those of --word are the decoder's, all others the encoder's. Of `only` some heads nothing else need be read.
 */
export function wordsOfRun(
  model: Model,
  run: Run,
  asked: Readonly<Record<string, readonly (string | undefined)[] | undefined>>,
  stack: StackPrefix = mainStack(model),
  only?: readonly HeadAddress[],
): WordWeights {
  const { queries, keys } = tokensOfStack(run, stack);
  const isCross = stack === "decoder.cross.";
  const wordsIn = (tokens: readonly TextToken[], isMeant: (option: string) => boolean) =>
    Object.entries(asked).flatMap(([option, names = []]) =>
      names.flatMap((name) =>
        name === undefined || !isMeant(option) ? [] : [findWord(name, tokens, option)],
      ),
    );
  return wordWeights(layersOf(model, run, stack, only), queries, {
    ...(only && { only }),
    isCausal:
      stack === "decoder."
        ? attentionOf(run, "heed", { stack }).isCausal
        : isCausalText(model, stack),
    asked: wordsIn(queries, (option) => !isCross || option === "--word"),
    ...(isCross && {
      keys: { tokens: keys, asked: wordsIn(keys, (option) => option !== "--word") },
    }),
  });
}

/** The unit that looks: the one --word names, else the one to ask about. Throws InputError where a decoder has read no word. */
export function focusUnit(
  weights: WordWeights,
  run: Run,
  stack: StackPrefix,
  { word, near }: { readonly word?: string; readonly near?: number },
): number {
  const { queries } = tokensOfStack(run, stack);
  if (word !== undefined) return unitNamed(weights, queries, word, "--word");
  const isAlone = queries.length === 1 && stack === "decoder.";
  if (isAlone || (weights.words.length === 0 && stack.startsWith("decoder.")))
    throw new InputError(
      `--stack ${stack === "decoder." ? "decoder" : "cross"}: the decoder reads no word, only ${queries.map(({ text }) => text).join(" ")}. Give a text and what the decoder reads: --decoder "…"`,
    );
  return chooseFocus(weights, near);
}

/** The look of a causal text's unit that stands out, with which the explorer opens too; undefined of other texts, and where none does. */
export function openingLook(
  model: Model,
  run: Run,
  weights: WordWeights,
  focus: number,
  stack: StackPrefix = mainStack(model),
): StandingLook | undefined {
  if (!isCausalText(model, stack)) return undefined;
  return standingOut(weights, focus, rarenessIn(weights, tokensOfStack(run, stack).keys));
}

/** Whether a model reads a text forward, of the stack that is looked at. */
export function isCausalText(model: Model, stack: StackPrefix): boolean {
  return stack === "" && model.isCausal;
}

/** The units that --to names. */
export function targetUnits(
  weights: WordWeights,
  run: Run,
  stack: StackPrefix,
  to: readonly string[] | undefined,
): number[] | undefined {
  const { keys } = tokensOfStack(run, stack);
  return to?.map((word) => unitNamed(weights.keys ?? weights, keys, word, "--to"));
}

/** A head's address, checked against the model. */
export function headOf(
  model: Model,
  text: string,
  stack: StackPrefix = mainStack(model),
): HeadAddress {
  const address = parseHead(text);
  const { dimensions } = model;
  const layers = layerCount(model, stack);
  const owner = `${shortName(model.label)}${stack.startsWith("decoder.") ? "'s decoder" : ""}`;
  const { heads } = layerDimensions(dimensionsIn(dimensions, stack), address.layer);
  if (address.layer >= layers || address.head >= heads)
    throw new SiteError(
      `${formatHead(address)}: ${owner} has layers 0 to ${layers - 1} and ${dimensions.ofLayers && address.layer < layers ? `in layer ${address.layer} ` : ""}heads 0 to ${heads - 1}`,
    );
  return address;
}

/** The unit a word names. */
export function unitNamed(
  { units }: Pick<WordWeights, "units">,
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
