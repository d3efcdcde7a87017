import { fileBytes } from "../checkpoint/given/whole-file.node.ts";
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
  const bytes = source instanceof Uint8Array ? source : await fileBytes(source, place, "sound");
  return { ...(await readWave(bytes, place)), decodedBy: "heed" };
}
