import { existsSync } from "node:fs";
import { InputError } from "../errors/errors.ts";
import { type ImageInput, isImage } from "../images/image.ts";
import type { TextInput } from "../models/inputs.ts";

/** The text of a command: as given, or all of stdin for "-"; with --pair, two that belong together. */
export async function readText(text: string, pair?: string): Promise<TextInput> {
  const first = text === "-" ? await readStdin() : text;
  if (first.trim() === "")
    throw new InputError(
      `the text is empty. Try: heed "The cat sat on the mat because it was tired."`,
    );
  return pair === undefined ? first : { text: first, pair };
}

/** What a command was given: a picture, when it names one that is there, else a text. */
export interface GivenInput {
  readonly input: TextInput | ImageInput;
  /** The texts, or the picture's file name, for headings. */
  readonly titles: readonly string[];
}

/** What a picture's file is called. */
export const pictureName = /\.(png|jpe?g|webp)$/i;

/** A text as `readText` takes it, or the picture in a file of that name. */
export async function readInput(given: string, pair?: string): Promise<GivenInput> {
  if (pair === undefined && pictureName.test(given) && existsSync(given)) {
    const { readImage } = await import("../images/read-image.node.ts");
    return { input: await readImage(given), titles: [given] };
  }
  const input = await readText(given, pair);
  return { input, titles: textsOf(input) };
}

/** The texts of an input, one or two; a picture has none. */
export function textsOf(input: TextInput | ImageInput): string[] {
  if (isImage(input)) return [];
  if (typeof input === "string") return [input];
  return input.pair === undefined ? [input.text] : [input.text, input.pair];
}

async function readStdin(): Promise<string> {
  if (process.stdin.isTTY)
    process.stderr.write("reading the text from the terminal; end it with Ctrl-D\n");
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8").trim();
}
