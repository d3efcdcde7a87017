import type { AudioInput } from "../../audio/audio.ts";
import { parseJson } from "../../checkpoint/json/strict-json.ts";
import { InputError } from "../../errors/errors.ts";
import type { Model } from "../../model.ts";
import type { TextInput } from "../../models/inputs.ts";
import { sharedName } from "../../models/short-name.ts";
import type { Question } from "../../tasks/answer.ts";
import { type Inputs, inputsOf, mapped } from "./inputs.ts";
import { linesOfBytes, linesOfText, type TextLine } from "./line-bytes.ts";
import { isPiped } from "./stdin.ts";
import {
  expectWords,
  type Given,
  givenBy,
  idsOf,
  namesSound,
  readSource,
  refusePicture,
  type Source,
  textsOf,
} from "./text-input.ts";

const jsonLinesName = /\.(jsonl|ndjson)$/i;

/** One input of a command: a text, two that belong together, or ids. */
export interface Line {
  /** Its line, from 1; undefined without --lines. */
  readonly line: number | undefined;
  readonly input: TextInput | readonly number[];
  /** The sound, where it is one; `input` is then its file's name. */
  readonly audio?: AudioInput;
  /** A tag for each word, where a line of JSON has `tags`. */
  readonly tags?: readonly string[];
}

/** What says which inputs a command has. */
export interface LineOptions {
  readonly lines?: boolean;
  readonly ids?: string;
  readonly pair?: string;
  /** Whether lines of JSON have a `target` beside their text. */
  readonly targets?: boolean;
}

/**
 * The inputs of a command: one, or with --lines one a line, read as they are gone through; lines of JSON are texts, or objects with
 * `text` and `pair`, or with `ids`. Resolves when the first is there.
 */
export async function readLines(
  given: string | undefined,
  { lines, ids, pair, targets = false }: LineOptions,
): Promise<Inputs<Line>> {
  if (ids !== undefined)
    return inputsOf([{ line: undefined, input: idsInstead(given, ids, { lines, pair }) }]);
  refusePicture(given);
  refusePicture(pair);
  const source = lines ? givenBy(given) : await readSource(given);
  const second = pair === undefined ? undefined : (await readSource(pair)).text;
  const paired = (text: string) => (second === undefined ? text : { text, pair: second });
  if (lines)
    return mapped(valuesOf(source), (value) => {
      const line = lineOf(value, source, paired);
      return targets ? besideTarget(line, value, source) : line;
    });
  const { text, place } = source as Source;
  expectWords(text, place);
  if (second !== undefined) expectWords(second, "--pair");
  return inputsOf([{ line: undefined, input: paired(text) }]);
}

/** The inputs of a command that looks at a run: as `readLines`, or the sound that a file holds. Throws InputError for what no sound stands beside. */
export async function readHeard(
  given: string | undefined,
  options: LineOptions,
): Promise<Inputs<Line>> {
  if (given === undefined || !namesSound(given)) return readLines(given, options);
  for (const name of ["lines", "ids", "pair"] as const)
    if (options[name])
      throw new InputError(`--${name} does nothing with a sound: a sound is read alone`);
  const { readAudio } = await import("../../audio/read-audio.node.ts");
  return inputsOf([{ line: undefined, input: sharedName(given), audio: await readAudio(given) }]);
}

function lineOf(
  { line, value }: LineValue,
  source: Pick<Source, "place">,
  paired: (text: string) => TextInput,
): Line {
  if (typeof value === "string") return { line, input: paired(value) };
  const { text, pair, ids } = value;
  const place = placeOf(source, line);
  const tags = tagsOf(value.tags, place);
  if (Array.isArray(ids) && ids.every((id) => Number.isInteger(id) && id >= 0))
    return { line, input: ids as number[], ...tags };
  if (typeof text !== "string" || (pair !== undefined && typeof pair !== "string"))
    throw new InputError(
      `${place}: needs {"text": "…"}, with "pair" for a second text, or {"ids": [1, 2, 3]}; its keys are ${Object.keys(value).join(", ") || "none"}`,
    );
  expectWords(text, place);
  return { line, input: pair === undefined ? paired(text) : { text, pair }, ...tags };
}

/** A line with the target that its JSON names. */
function besideTarget(
  line: Line,
  { line: number, value }: LineValue,
  source: Pick<Source, "place">,
): Line {
  const target = typeof value === "string" ? undefined : value.target;
  if (target === undefined) return line;
  const { input } = line;
  if (typeof target !== "string" || (typeof input !== "string" && !("text" in input)))
    throw new InputError(
      `${placeOf(source, number)}: a target is a text and stands beside one: {"text": "…", "target": "…"}`,
    );
  return { ...line, input: { ...(typeof input === "string" ? { text: input } : input), target } };
}

function tagsOf(tags: unknown, place: string): Pick<Line, "tags"> {
  if (tags === undefined) return {};
  if (Array.isArray(tags) && tags.every((tag) => typeof tag === "string")) return { tags };
  throw new InputError(`${place}: tags need a list with a tag for each word: ["DET", "NOUN"]`);
}

function idsInstead(
  given: string | undefined,
  ids: string,
  { lines, pair }: Pick<LineOptions, "lines" | "pair">,
): number[] {
  if (given !== undefined)
    throw new InputError("a text and --ids contradict each other. Leave out one of them");
  if (pair !== undefined)
    throw new InputError(
      "--ids and --pair contradict each other: ids are both texts already. Leave out one of them",
    );
  if (lines)
    throw new InputError(
      '--ids and --lines contradict each other: lines with ids are JSON, {"ids": [1, 2, 3]}',
    );
  return idsOf(ids, "--ids");
}

/** A line of a source that is not blank: its text, or what its JSON holds. */
export interface LineValue {
  readonly line: number;
  readonly value: string | Readonly<Record<string, unknown>>;
}

/**
 * The lines of a source that are not blank, as they come. They are JSON in a .jsonl file, and where the first one is an object. Throws
 * InputError where there are none.
 */
export async function* valuesOf(given: Given | Source): AsyncGenerator<LineValue> {
  const { place } = given;
  let isJson: boolean | undefined;
  for await (const { line, text } of linesIn(given)) {
    if (text.trim() === "") continue;
    isJson ??= jsonLinesName.test(place ?? "") || isObject(text);
    yield { line, value: isJson ? parsed(text, placeOf(given, line)) : text };
  }
  if (isJson === undefined) expectWords("", place);
}

function linesIn(given: Given | Source): Iterable<TextLine> | AsyncIterable<TextLine> {
  return "pieces" in given ? linesOfBytes(given.pieces, given.place) : linesOfText(given.text);
}

/** What to call a line in errors. */
export function placeOf({ place }: Pick<Source, "place">, line: number): string {
  return place === undefined || place === "stdin" ? `line ${line}` : `${place}, line ${line}`;
}

function isObject(text: string): boolean {
  if (!/^\s*\{.*\}\s*$/.test(text)) return false;
  try {
    return typeof JSON.parse(text) === "object";
  } catch {
    return false;
  }
}

function parsed(text: string, place: string): LineValue["value"] {
  let value: unknown;
  try {
    value = parseJson(text, place);
  } catch (error) {
    throw new InputError((error as Error).message);
  }
  if (typeof value === "string") {
    expectWords(value, place);
    return value;
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>;
  throw new InputError(
    `${place}: needs a text in quotes or an object, {"text": "…"}, got ${text.trim().slice(0, 40)}`,
  );
}

/** A question and the text its answer stands in, with the line they stand in. */
export interface QuestionLine extends Pick<Line, "line"> {
  readonly input: Question;
}

/** Questions: one, or with --lines one of each line's text, or of each line of JSON with `question` and `context`. */
export async function readQuestions(
  question: string | undefined,
  context: string | undefined,
  { lines }: Pick<LineOptions, "lines">,
): Promise<Inputs<QuestionLine>> {
  const isAll = lines && context === undefined && (question === undefined || isJsonLines(question));
  if (question === undefined && !lines)
    throw new InputError('a question is missing: heed answer "Who sat on the mat?" "The cat sat."');
  if (lines && !isAll && context === undefined && !isPiped())
    throw new InputError(
      `answer --lines: ${JSON.stringify(question)} stands where the question goes, and the texts are missing. Give both, or a .jsonl file with {"question": "…", "context": "…"}`,
    );
  const asked = isAll ? undefined : await readOne(question!);
  if (!lines) {
    const { text, place } = await readSource(context);
    expectWords(text, place);
    return inputsOf([{ line: undefined, input: { question: asked!, context: text } }]);
  }
  const source = givenBy(isAll ? question : context);
  return mapped(valuesOf(source), ({ line, value }) => {
    const own = typeof value === "string" ? { context: value } : value;
    const input = { question: own.question ?? asked, context: own.context ?? own.text };
    for (const [name, text] of Object.entries(input))
      if (typeof text !== "string" || text.trim() === "")
        throw new InputError(
          `${placeOf(source, line)}: has no ${name}. Lines are JSON, {"question": "…", "context": "…"}, or texts where the question is given`,
        );
    return { line, input: input as Question };
  });
}

async function readOne(given: string): Promise<string> {
  const { text, place } = await readSource(given);
  expectWords(text, place);
  return text;
}

function isJsonLines(given: string): boolean {
  return given === "-" || jsonLinesName.test(given);
}

/** Texts of a command that takes several, or rows of ids: as `readTexts`, and lines of JSON may hold `ids`. */
export async function readRows(
  given: readonly string[],
  { lines = false, ids }: Pick<LineOptions, "lines" | "ids">,
): Promise<Inputs<string | readonly number[]>> {
  if (ids !== undefined) return inputsOf([idsInstead(given[0], ids, { lines })]);
  if (!lines) return readTexts(given);
  const names = given.length > 0 ? given : [undefined];
  for (const name of names) refusePicture(name);
  return inputsOf(rowLines(names.map(givenBy)));
}

async function* rowLines(sources: readonly Given[]): AsyncGenerator<string | readonly number[]> {
  for (const source of sources)
    for await (const value of valuesOf(source)) {
      const line = lineOf(value, source, (text) => text);
      yield idsIn(line) ?? textOf(line, "embed");
    }
}

/** Texts of a command that takes several; with --lines, each line of them is a text, read as they are gone through. */
export async function readTexts(
  given: readonly string[],
  { lines = false }: { readonly lines?: boolean } = {},
): Promise<Inputs<string>> {
  const names = given.length > 0 ? given : [undefined];
  for (const name of names) refusePicture(name);
  if (lines) return inputsOf(textLines(names.map(givenBy)));
  const texts: string[] = [];
  for (const name of names) {
    const { text, place } = await readSource(name);
    expectWords(text, place);
    texts.push(text);
  }
  return inputsOf(texts);
}

async function* textLines(sources: readonly Given[]): AsyncGenerator<string> {
  for (const source of sources)
    for await (const { line, value } of valuesOf(source)) {
      const text = typeof value === "string" ? value : value.text;
      if (typeof text !== "string")
        throw new InputError(`${placeOf(source, line)}: needs {"text": "…"}`);
      yield text;
    }
}

/** What a run takes of it. */
export function runInput({ input, audio }: Line): TextInput | number[][] | AudioInput {
  if (audio) return audio;
  return isIds(input) ? [[...input]] : input;
}

/** Its texts, one or two; of ids, what they stand for. */
export function textsIn({ tokenizer }: Pick<Model, "tokenizer">, { input }: Line): string[] {
  return isIds(input) ? [tokenizer?.decode(input) ?? input.join(" ")] : textsOf(input);
}

/** The ids of an input that is no text. */
export function idsIn({ input }: Line): readonly number[] | undefined {
  return isIds(input) ? input : undefined;
}

function isIds(input: Line["input"]): input is readonly number[] {
  return Array.isArray(input);
}

/** One text, or two. Throws InputError for ids, which the command does not take. */
export function textInputOf({ input }: Line, command: string): TextInput {
  if (!isIds(input)) return input;
  throw new InputError(`${command} takes texts, not ids. Give a text`);
}

/** One text. Throws InputError for a pair and for ids, which the command does not take. */
export function textOf(line: Line, command: string): string {
  const input = textInputOf(line, command);
  if (typeof input === "string") return input;
  if (input.pair === undefined) return input.text;
  throw new InputError(`${command} takes one text, not a pair. Leave "pair" out`);
}
