import { readFile } from "node:fs/promises";
import { InputError } from "../errors/errors.ts";
import type { AudioInput } from "./audio.ts";
import { readWave } from "./wave-file.ts";

/**
 * A sound file, decoded, the mean of its channels: WAV, by path or by its bytes. Throws InputError for anything else, with the line that
 * converts it, and for damaged files.
 */
export async function readAudio(
  source: string | URL | Uint8Array,
  place: string = source instanceof Uint8Array ? "audio" : String(source),
): Promise<AudioInput> {
  return readWave(source instanceof Uint8Array ? source : await fileBytes(source, place), place);
}

async function fileBytes(source: string | URL, place: string): Promise<Uint8Array> {
  try {
    return await readFile(source);
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw new InputError(
      isMissing
        ? `${place}: there is no such file`
        : `${place}: the sound cannot be read (${(cause as Error).message})`,
      { cause },
    );
  }
}
