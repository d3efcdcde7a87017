import { basename } from "node:path";
import { headLabels } from "../../analysis/interventions/names.ts";
import { InputError } from "../../errors/errors.ts";
import type { ImageInput } from "../../images/image.ts";
import { readImage } from "../../images/read-image.node.ts";
import type { Model } from "../../model.ts";
import type { RunInput } from "../../models/inputs.ts";
import type { Run } from "../../models/run.ts";
import { sharedName, shortName } from "../../models/short-name.ts";
import { type TextToken, tokensNamed } from "../../probe/words.ts";
import { type FigureFacts, figureFacts } from "../figure.ts";
import { type Inputs, inputsOf, mapped } from "../input/inputs.ts";
import { type Line, type LineOptions, readHeard, textsIn } from "../input/lines.ts";
import { namesPicture } from "../input/text-input.ts";
import { expectTexts } from "../named.ts";
import { imageQuery } from "../pictures/image-report.ts";
import { inputOf, type StackOptions } from "./attention-run.ts";

const overWords: readonly Model["task"][] = ["language modeling", "masked language modeling"];

/** What a head's numbers are of: the words of the vocabulary, or labels. */
export function readoutNames(model: Model): (id: number) => string {
  if (!overWords.includes(model.task)) {
    const labels = headLabels(model);
    return (id) => labels[id] ?? `LABEL_${id}`;
  }
  const { tokenizer } = model;
  return (id) => (tokenizer && (tokenizer.decode([id]) || tokenizer.idToToken(id))) || `#${id}`;
}

/** The id or label that an option names: a word of one token, a label, or a number. Throws InputError for a word of several tokens. */
export function readoutNamed(model: Model, text: string, option: string): number {
  if (!overWords.includes(model.task)) {
    const names = readoutNames(model);
    const all = headLabels(model).map((_, id) => names(id));
    const place = all.findIndex((name) => name.toLowerCase() === text.toLowerCase());
    if (place >= 0) return place;
    if (/^\d+$/.test(text) && Number(text) < all.length) return Number(text);
    throw new InputError(`${option} ${text}: the head's labels are ${all.slice(0, 12).join(", ")}`);
  }
  const { tokenizer } = model;
  const asId = /^#(\d+)$/.exec(text) ?? (tokenizer ? null : /^(\d+)$/.exec(text));
  if (asId) return Number(asId[1]);
  if (!tokenizer)
    throw new InputError(`${option} ${text}: the model has no tokenizer. Give an id: ${option} 42`);
  const encode = (one: string) => tokenizer.encode(one, { addSpecialTokens: false }).tokens;
  // Inside a text a word begins with a blank, which many vocabularies hold with it.
  const spaced = encode(` ${text}`);
  const plain = encode(text);
  if (spaced.length === 1 && !/^\s/.test(text)) return spaced[0]!.id;
  if (plain.length === 1) return plain[0]!.id;
  throw new InputError(
    `${option} ${text}: is ${plain.length} tokens (${plain.map(({ text: piece }) => piece).join(" ")}), and a logit is one token's. Name one of them, or an id: ${option} "#${plain[0]?.id ?? 42}"`,
  );
}

/** One text or picture whose stream is read. */
export interface ReadInput extends Pick<Line, "line"> {
  readonly input: RunInput;
  /** The text as it was given; undefined of a picture. */
  readonly text: Line | undefined;
  readonly image: ImageInput | undefined;
}

/** The inputs of a command that reads streams: texts, or one picture. */
export async function readInputs(
  given: string | undefined,
  options: LineOptions & StackOptions,
): Promise<Inputs<ReadInput>> {
  if (given !== undefined && namesPicture(given)) {
    const image = await readImage(given);
    return inputsOf([{ input: image, line: undefined, text: undefined, image }]);
  }
  return mapped(await readHeard(given, options), (text) => ({
    input: inputOf(text, options),
    line: text.line,
    text,
    image: undefined,
  }));
}

/** Throws InputError where a model of pictures is given a text, and the other way round. */
export function expectInput(
  model: Model,
  given: string | undefined,
  { image }: Pick<ReadInput, "image">,
): void {
  if (image && !model.images)
    throw new InputError(
      `${shortName(model.label)} reads texts, not images. Images are for models such as vit`,
    );
  if (!image) expectTexts(model, given);
}

/** What JSON says an input was. */
export function inputJson(model: Model, given: string | undefined, { text, image }: ReadInput) {
  if (text?.audio) return { sound: sharedName(given!) };
  return image ? { image: sharedName(given!) } : { texts: textsIn(model, text!) };
}

/** The same as a picture's caption has it. */
export function factsOfInput(
  model: Model,
  given: string | undefined,
  { text, image }: ReadInput,
): FigureFacts {
  return figureFacts(model, image ? [basename(given!)] : textsIn(model, text!));
}

/** The tokens of the stream that the head reads. */
export function streamTokens(run: Run, stack: "" | "decoder."): readonly TextToken[] {
  return (stack === "decoder." ? run.decoderTokens : run.tokens)![0]!;
}

/** The place whose stream is read: the last piece of --word; [CLS] of a picture, or a patch; undefined where none is named. */
export function placeNamed(
  run: Run,
  tokens: readonly TextToken[],
  word: string | undefined,
): number | undefined {
  const { grid } = run.inputs;
  if (grid) {
    const leading = tokens.slice(0, tokens.length - grid.rows * grid.columns);
    return imageQuery(word, leading, grid).token;
  }
  return word === undefined ? undefined : tokensNamed(word, tokens, "--word").at(-1);
}
