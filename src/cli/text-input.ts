import { existsSync } from "node:fs";
import { InputError } from "../errors/errors.ts";
import type { TextInput } from "../models/inputs.ts";

/** The text of a command: as given, or all of stdin for "-"; with --pair, two that belong together. */
export async function readText(text: string, pair?: string): Promise<TextInput> {
  if (namesPicture(text))
    throw new InputError(`${text} is a picture; here goes a text. heed ${text} looks at it`);
  const first = text === "-" ? await readStdin() : text;
  if (first.trim() === "")
    throw new InputError(
      `the text is empty. Try: heed "The cat sat on the mat because it was tired."`,
    );
  return pair === undefined ? first : { text: first, pair };
}

/** Texts of a command that takes several: as given, "-" for all of stdin; with --lines, each line of them is a text, and blank ones are none. */
export async function readTexts(
  given: readonly string[],
  { lines = false }: { readonly lines?: boolean },
): Promise<string[]> {
  const texts: string[] = [];
  for (const text of given) {
    const [read] = textsOf(await readText(text)) as [string];
    if (lines) texts.push(...read.split(/\r\n|\r|\n/).filter((line) => line.trim() !== ""));
    else texts.push(read);
  }
  return texts;
}

/** The text of a command, or the ids that stand for one: `--ids 1,2,3`. */
export async function readIdsOr(
  text: string | undefined,
  ids: string | undefined,
): Promise<TextInput | number[]> {
  if (ids === undefined) {
    if (text !== undefined) return readText(text);
    throw new InputError('a text is missing: give one, "-" for stdin, or ids with --ids 1,2,3');
  }
  if (text !== undefined)
    throw new InputError("a text and --ids contradict each other. Leave out one of them");
  return idsOf(ids, "--ids");
}

/** Ids with commas between. */
export function idsOf(text: string, option: string): number[] {
  const ids = text.split(",").map((id) => id.trim());
  if (ids.some((id) => !/^\d+$/.test(id)))
    throw new InputError(`${option} ${text}: needs ids with commas between: 1,2,3`);
  return ids.map(Number);
}

/** What a picture's file is called. */
export const pictureName = /\.(png|jpe?g|webp)$/i;

/** Whether what a command was given is a picture. Throws InputError for one word that is named so where there is no such file. */
export function namesPicture(given: string): boolean {
  if (!pictureName.test(given)) return false;
  const isThere = existsSync(given);
  if (!isThere && !/\s/.test(given)) throw new InputError(`${given}: there is no such file`);
  return isThere;
}

/** The texts of an input, one or two. */
export function textsOf(input: TextInput): string[] {
  if (typeof input === "string") return [input];
  return input.pair === undefined ? [input.text] : [input.text, input.pair];
}

/** All of stdin. */
export async function readStdin(): Promise<string> {
  if (process.stdin.isTTY)
    process.stderr.write("reading the text from the terminal; end it with Ctrl-D\n");
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes).trim();
  } catch {
    throw new InputError(
      `stdin: byte ${badByte(bytes)} is no UTF-8. Convert the text first: iconv -f latin1 -t utf-8`,
    );
  }
}

/** Where bytes stop being UTF-8: where what they are read as, written again, differs from them. */
function badByte(bytes: Buffer): number {
  const again = Buffer.from(bytes.toString("utf8"));
  return bytes.findIndex((byte, place) => byte !== again[place]);
}
