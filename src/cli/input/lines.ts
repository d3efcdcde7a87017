import { parseJson } from "../../checkpoint/strict-json.ts";
import { InputError } from "../../errors/errors.ts";
import type { Model } from "../../model.ts";
import type { TextInput } from "../../models/inputs.ts";
import type { Question } from "../../tasks/answer.ts";
import { isPiped } from "./stdin.ts";
import {
  expectWords,
  idsOf,
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
  /** A tag for each word, where a line of JSON has `tags`. */
  readonly tags?: readonly string[];
}

/** What says which inputs a command has. */
export interface LineOptions {
  readonly lines?: boolean;
  readonly ids?: string;
  readonly pair?: string;
}

/** The inputs of a command: one, or with --lines one a line; lines of JSON are texts, or objects with `text` and `pair`, or with `ids`. */
export async function readLines(
  given: string | undefined,
  { lines, ids, pair }: LineOptions,
): Promise<readonly Line[]> {
  if (ids !== undefined) return [{ line: undefined, input: idsInstead(given, ids, lines) }];
  refusePicture(given);
  const source = await readSource(given);
  refusePicture(pair);
  const second = pair === undefined ? undefined : (await readSource(pair)).text;
  const paired = (text: string) => (second === undefined ? text : { text, pair: second });
  if (!lines) {
    expectWords(source.text, source.place);
    if (second !== undefined) expectWords(second, "--pair");
    return [{ line: undefined, input: paired(source.text) }];
  }
  return linesOf(source).map(({ line, value }) => {
    if (typeof value === "string") return { line, input: paired(value) };
    const { text, pair: own, ids: numbers } = value;
    const tags = tagsOf(value.tags, placeOf(source, line));
    if (Array.isArray(numbers) && numbers.every((id) => Number.isInteger(id) && id >= 0))
      return { line, input: numbers as number[], ...tags };
    if (typeof text !== "string" || (own !== undefined && typeof own !== "string"))
      throw new InputError(
        `${placeOf(source, line)}: needs {"text": "…"}, with "pair" for a second text, or {"ids": [1, 2, 3]}; its keys are ${Object.keys(value).join(", ") || "none"}`,
      );
    expectWords(text, placeOf(source, line));
    return { line, input: own === undefined ? paired(text) : { text, pair: own }, ...tags };
  });
}

function tagsOf(tags: unknown, place: string): Pick<Line, "tags"> {
  if (tags === undefined) return {};
  if (Array.isArray(tags) && tags.every((tag) => typeof tag === "string")) return { tags };
  throw new InputError(`${place}: tags need a list with a tag for each word: ["DET", "NOUN"]`);
}

function idsInstead(given: string | undefined, ids: string, lines?: boolean): number[] {
  if (given !== undefined)
    throw new InputError("a text and --ids contradict each other. Leave out one of them");
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

/** The lines of a source. They are JSON in a .jsonl file, and where the first one is an object. Throws InputError where there are none. */
export function linesOf(source: Source): readonly LineValue[] {
  const written = source.text
    .split(/\r\n|\r|\n/)
    .map((text, index) => ({ line: index + 1, text }))
    .filter(({ text }) => text.trim() !== "");
  if (written.length === 0) expectWords("", source.place);
  const isJson = jsonLinesName.test(source.place ?? "") || isObject(written[0]!.text);
  return written.map(({ line, text }) => ({
    line,
    value: isJson ? parsed(text, placeOf(source, line)) : text,
  }));
}

/** What to call a line in errors. */
export function placeOf({ place }: Source, line: number): string {
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
): Promise<readonly QuestionLine[]> {
  const isAll = lines && context === undefined && (question === undefined || isJsonLines(question));
  if (question === undefined && !lines)
    throw new InputError('a question is missing: heed answer "Who sat on the mat?" "The cat sat."');
  if (lines && !isAll && context === undefined && !isPiped())
    throw new InputError(
      `answer --lines: ${JSON.stringify(question)} stands where the question goes, and the texts are missing. Give both, or a .jsonl file with {"question": "…", "context": "…"}`,
    );
  const asked = isAll ? undefined : await readOne(question!);
  const source = await readSource(isAll ? question : context);
  if (!lines) {
    expectWords(source.text, source.place);
    return [{ line: undefined, input: { question: asked!, context: source.text } }];
  }
  return linesOf(source).map(({ line, value }) => {
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

/** Texts of a command that takes several; with --lines, each line of them is a text. */
export async function readTexts(
  given: readonly string[],
  { lines = false }: { readonly lines?: boolean },
): Promise<string[]> {
  const texts: string[] = [];
  for (const one of given.length > 0 ? given : [undefined]) {
    refusePicture(one);
    const source = await readSource(one);
    if (!lines) expectWords(source.text, source.place);
    texts.push(...(lines ? textLines(source) : [source.text]));
  }
  return texts;
}

function textLines(source: Source): string[] {
  return linesOf(source).map(({ line, value }) => {
    const text = typeof value === "string" ? value : value.text;
    if (typeof text !== "string")
      throw new InputError(`${placeOf(source, line)}: needs {"text": "…"}`);
    return text;
  });
}

/** What a run takes of it. */
export function runInput({ input }: Line): TextInput | number[][] {
  return isIds(input) ? [[...input]] : input;
}

/** Its texts, one or two; of ids, what they stand for. */
export function textsIn({ tokenizer }: Pick<Model, "tokenizer">, { input }: Line): string[] {
  return isIds(input) ? [tokenizer?.decode(input) ?? input.join(" ")] : textsOf(input);
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
