import { InputError } from "../../errors/errors.ts";
import { type Inputs, inputsOf } from "./inputs.ts";
import { type Line, type LineValue, placeOf, valuesOf } from "./lines.ts";
import { isPiped } from "./stdin.ts";
import { expectWords, type Given, givenBy, readText } from "./text-input.ts";

/** Two texts that are held against each other, with their line where there are several. */
export interface TextPair extends Pick<Line, "line"> {
  readonly texts: readonly [string, string];
}

const ofOneFile =
  'In one file each line holds two, with a tab between, or is JSON, {"first": "…", "second": "…"}; of two files line 1 is compared with line 1';

/**
 * The texts of a command that compares two. With --lines the pairs of a file's lines, or the lines of two files side by side, or a text and every
 * line of a file. Throws InputError for lines that have no partner.
 */
export async function readTextPairs(
  first: string | undefined,
  second: string | undefined,
  { lines = false }: { readonly lines?: boolean },
): Promise<Inputs<TextPair>> {
  if (!lines) {
    if (first === undefined)
      throw new InputError(
        'compare needs two texts: heed compare "The cat sat." "The dog sat."; each may be a file, one "-" for stdin',
      );
    if (second === undefined && (first === "-" || !isPiped()))
      throw new InputError(
        'compare needs two texts, and the second one is missing: heed compare "The cat sat." "The dog sat."; it may be a file, and one of the two "-" for stdin',
      );
    const texts = [await readText(first), await readText(second)] as [string, string];
    return inputsOf([{ line: undefined, texts }]);
  }
  if (second === undefined) return inputsOf(pairsIn(givenBy(first)));
  return inputsOf(pairsOf(givenBy(first), givenBy(second)));
}

/** The pairs that the lines of one source hold. */
async function* pairsIn(source: Given): AsyncGenerator<TextPair> {
  for await (const { line, value } of valuesOf(source)) {
    const texts = typeof value === "string" ? value.split("\t") : [value.first, value.second];
    if (texts.length !== 2 || texts.some((text) => typeof text !== "string" || text.trim() === ""))
      throw new InputError(
        `${placeOf(source, line)}: compare needs two texts, got ${typeof value === "string" ? countSaid(texts.length) : `the keys ${Object.keys(value).join(", ") || "none"}`}. ${ofOneFile}`,
      );
    yield { line, texts: texts as [string, string] };
  }
}

function countSaid(texts: number): string {
  return texts === 1 ? "one" : `${texts} parts, or a blank one`;
}

/** The lines of two sources side by side; a text that stands there itself is held against every line of the other. */
async function* pairsOf(first: Given, second: Given): AsyncGenerator<TextPair> {
  if (!("pieces" in first)) {
    for await (const line of textsIn(second))
      yield { line: line.line, texts: [first.text, line.text] };
    return;
  }
  if (!("pieces" in second)) {
    for await (const line of textsIn(first))
      yield { line: line.line, texts: [line.text, second.text] };
    return;
  }
  const [own, others] = [textsIn(first), textsIn(second)];
  for (;;) {
    const [a, b] = [await own.next(), await others.next()];
    if (a.done && b.done) return;
    if (a.done || b.done || a.value.line !== b.value.line) {
      const [line, has, lacks] =
        b.done || (!a.done && a.value.line < b.value.line)
          ? [a.value!.line, first, second]
          : [b.value!.line, second, first];
      throw new InputError(
        `${placeOf(has, line)} has no partner: there is no text in line ${line} of ${lacks.place}. ${ofOneFile}`,
      );
    }
    yield { line: a.value.line, texts: [a.value.text, b.value.text] };
  }
}

/** The texts of a source's lines. */
async function* textsIn(source: Given): AsyncGenerator<{ line: number; text: string }> {
  for await (const { line, value } of valuesOf(source)) {
    const text = textOf(value);
    if (text === undefined)
      throw new InputError(`${placeOf(source, line)}: needs {"text": "…"}. ${ofOneFile}`);
    expectWords(text, placeOf(source, line));
    yield { line, text };
  }
}

function textOf(value: LineValue["value"]): string | undefined {
  if (typeof value === "string") return value;
  return typeof value.text === "string" ? value.text : undefined;
}
