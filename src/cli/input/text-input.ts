import { createReadStream, existsSync, type Stats, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { InputError } from "../../errors/errors.ts";
import type { TextInput } from "../../models/inputs.ts";
import type { Reads } from "../loading.ts";
import { warn } from "../terminal/warnings.ts";
import { decodeText } from "./decode.ts";
import { allOf } from "./inputs.ts";
import { isPiped, stdinPieces } from "./stdin.ts";

/** What a command was given as a text, and where it was read from: a file's name, "stdin"; undefined where it stood there itself. */
export interface Source {
  readonly text: string;
  readonly place: string | undefined;
}

const example = '"The cat sat on the mat because it was tired."';

/** Endings of files; one word that ends so is no text. */
const endings =
  "txt text md markdown rst json jsonl ndjson csv tsv log html htm xml yaml yml pdf doc docx odt rtf epub gz zip srt tex";
const isNamedSo = new RegExp(`\\.(${endings.replaceAll(" ", "|")})$`, "i");

/** "./a", "../a", "~/a" and "/a/b" are paths wherever they are given. */
const isPath = /^(\.{1,2}|~|\/[^/]+)\/./;

/** What an argument stands for, before it is read: a text, or bytes that come from a place. */
export type Given =
  | { readonly text: string; readonly place: undefined }
  | { readonly pieces: AsyncIterable<Uint8Array>; readonly place: string };

/**
 * What an argument stands for: "-" for stdin; a file where there is one of that name; else the text itself. One that is missing is stdin,
 * where that is a pipe or a file. Throws InputError for a name that looks like a file's where there is none.
 */
export function givenBy(given: string | undefined): Given {
  if (given === "-") return { pieces: stdinPieces(), place: "stdin" };
  if (given === undefined) {
    if (!isPiped())
      throw new InputError(`a text is missing. Give one (${example}), a file, or "-" for stdin`);
    return { pieces: stdinPieces({ asked: false }), place: "stdin" };
  }
  const file = fileNamed(given);
  return file === undefined
    ? { text: given, place: undefined }
    : { pieces: filePieces(file, given), place: given };
}

/** All of what an argument stands for. Throws InputError for bytes that are no UTF-8. */
export async function readSource(given: string | undefined): Promise<Source> {
  const found = givenBy(given);
  if (!("pieces" in found)) return found;
  const { pieces, place } = found;
  return { text: decodeText(Buffer.concat(await allOf(pieces)), place).trim(), place };
}

async function* filePieces(file: string, given: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file);
  } catch (error) {
    throw new InputError(`${given}: cannot be read (${(error as Error).message})`);
  }
}

/** A path in which ~ in front is the home, also where no shell has put it there. */
export function withHome(given: string): string {
  return given.replace(/^~(?=\/)/, () => homedir());
}

/** The file that an argument names; undefined for a text. */
function fileNamed(given: string): string | undefined {
  const path = withHome(given);
  const looksSo = !/\s/.test(given) && (isNamedSo.test(given) || isPath.test(given));
  const found = statsOf(path);
  if (found?.isDirectory()) {
    if (namesModel(given))
      throw new InputError(
        `${given} is a model's folder; here goes a text. A model goes behind --model: --model ${given}`,
      );
    if (looksSo || /\w\/\w/.test(given))
      throw new InputError(`${given} is a folder; here goes a text, or a file of one`);
    return undefined;
  }
  if (found) {
    if (soundName.test(given))
      throw new InputError(
        `${given} is a sound; here goes a text. heed transcribe ${given} writes what is said`,
      );
    if (!looksSo) warn(`${given} is a file here, and is read`);
    return path;
  }
  if (looksSo)
    throw new InputError(
      `${given}: there is no such file. If it is a text, give it by stdin: echo '${given}' | heed -`,
    );
  return undefined;
}

/** Whether an argument is the folder of a checkpoint. */
export function namesModel(given: string): boolean {
  return statsOf(join(withHome(given), "config.json"))?.isFile() ?? false;
}

/** What is there by that name; undefined for nothing, and for what can be no name. */
function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** The text of a command; with --pair, two that belong together. */
export async function readText(given: string | undefined, pair?: string): Promise<TextInput> {
  const text = await readOne(given);
  return pair === undefined ? text : { text, pair: await readOne(pair) };
}

async function readOne(given: string | undefined): Promise<string> {
  refusePicture(given);
  const { text, place } = await readSource(given);
  expectWords(text, place);
  return text;
}

/** Throws InputError where there should be a text and is the name of a picture. */
export function refusePicture(given: string | undefined): void {
  if (given !== undefined && namesPicture(given))
    throw new InputError(`${given} is a picture; here goes a text. heed ${given} looks at it`);
}

/** Throws InputError for a text of blanks alone. */
export function expectWords(text: string, place: string | undefined): void {
  if (text.trim() === "")
    throw new InputError(
      `${place === undefined ? "" : `${place}: `}the text is empty. Try: heed ${example}`,
    );
}

/** Ids with commas between. */
export function idsOf(text: string, option: string): number[] {
  const ids = text.split(",").map((id) => id.trim());
  if (ids.some((id) => !/^\d+$/.test(id)))
    throw new InputError(`${option} ${text}: needs ids with commas between: 1,2,3`);
  return ids.map(Number);
}

/** What a sound's file is called. */
const soundName = /\.(wav|mp3|flac|ogg|m4a)$/i;

/** What a picture's file is called. */
export const pictureName = /\.(png|jpe?g|webp)$/i;

/** Whether what a command was given is a picture. Throws InputError for one word that is named so where there is no such file. */
export function namesPicture(given: string): boolean {
  return namesFile(given, pictureName);
}

/** Whether it is a sound, of whatever coding: one that heed does not decode is refused by who reads it. Throws InputError as `namesPicture` does. */
export function namesSound(given: string): boolean {
  return namesFile(given, soundName);
}

function namesFile(given: string, name: RegExp): boolean {
  if (!name.test(given)) return false;
  const isThere = existsSync(given);
  if (!isThere && !/\s/.test(given)) throw new InputError(`${given}: there is no such file`);
  return isThere;
}

/** The texts of an input, one or two. */
export function textsOf(input: TextInput): string[] {
  if (typeof input === "string") return [input];
  return input.pair === undefined ? [input.text] : [input.text, input.pair];
}

/** What a model is given to read: the picture an argument names, or texts. */
export function readsOf(given: string | undefined): Reads {
  return given !== undefined && namesPicture(given) ? "images" : "texts";
}
