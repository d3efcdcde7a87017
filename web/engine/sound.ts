import { type AudioInput, readAudio } from "heed";

/** A sound that is on screen: its file's name, and what was decoded of it. */
export interface Sound extends AudioInput {
  /** Its file's name, as the state has it. */
  readonly name: string;
  /** The whole sound's length. */
  readonly seconds: number;
  /** Who decoded it: the browser resamples in its own way. */
  readonly decodedBy: "heed" | "browser";
  readonly resampledFrom?: number;
}

/** No model reads more seconds at once. */
const mostSeconds = 60;

/** Reads a sound's file; of a long one, what a model can read at once is kept. Throws InputError for what is no sound. */
export async function openSound(file: File): Promise<Sound> {
  const { samples, sampleRate, decodedBy, resampledFrom } = await readAudio(
    new Uint8Array(await file.arrayBuffer()),
  );
  return {
    name: file.name,
    samples: samples.slice(0, mostSeconds * sampleRate),
    sampleRate,
    decodedBy: decodedBy ?? "heed",
    seconds: samples.length / sampleRate,
    ...(resampledFrom !== undefined && { resampledFrom }),
  };
}

/** Whether a file is a sound, by its type or, where a system knows none, by its name. */
export function isSoundFile({ type, name }: File): boolean {
  return /^(audio|video)\//.test(type) || /\.(wav|mp3|ogg|oga|opus|flac|m4a|aac|webm)$/i.test(name);
}
