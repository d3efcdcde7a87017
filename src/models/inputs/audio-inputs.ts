import type { AudioInput } from "../../audio/audio.ts";
import {
  type AudioProcessor,
  framesOf,
  logMel,
  readAudioProcessor,
} from "../../audio/audio-processor.ts";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { ConfigError, InputError } from "../../errors/errors.ts";
import type { AudioReader } from "../../families/family.ts";
import type { TextToken } from "../../probe/words.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { blankToken } from "../padding-token.ts";
import { readProcessorFile } from "./processor-file.ts";

/** What prepares a checkpoint's sound, or why there is none. */
export type AudioPreparation = AudioProcessor | { readonly refused: string };

/**
 * What prepares a checkpoint's sound: its preprocessor_config.json, or what the class does for a model of this size. A file that asks for what
 * heed does not do is no error until sound comes: features can still be given.
 */
export async function readAudioPreparation(
  files: Pick<Checkpoint, "label" | "text">,
  reader: AudioReader | undefined,
): Promise<AudioPreparation | undefined> {
  if (!reader) return undefined;
  const { contents, place } = await readProcessorFile(files, [
    "feature_extractor",
    "audio_processor",
  ]);
  const { melBins, frames } = reader;
  const usual = { feature_size: melBins, chunk_length: Math.max(1, Math.floor(frames / 100)) };
  try {
    const processor = readAudioProcessor(contents ?? usual, place);
    const made = Math.floor((processor.seconds * processor.sampleRate) / processor.hop);
    if (processor.melBins === melBins && made === frames) return processor;
    return {
      refused: `${place} makes ${processor.melBins} x ${made} numbers of sound, and the model reads ${melBins} x ${frames} (num_mel_bins, twice max_source_positions). Do the files belong together?`,
    };
  } catch (error) {
    if (error instanceof ConfigError) return { refused: error.message };
    throw error;
  }
}

/** What prepares sound. Throws InputError for a model that reads none, or where its files do not say how. */
export function expectAudioProcessor(
  preparation: AudioPreparation | undefined,
  label: string,
): AudioProcessor {
  if (preparation && !("refused" in preparation)) return preparation;
  throw new InputError(
    preparation?.refused ?? `${label} does not read sound. Sound is for models such as whisper`,
  );
}

/** Features of sounds as a model takes them, one below the other: (B, mel bins, frames). Longer sounds are cut where its reading ends. */
export function featuresOf(
  audios: readonly AudioInput[],
  processor: AudioProcessor,
  { melBins, frames }: AudioReader,
): Tensor {
  const data = new Float32Array(audios.length * melBins * frames);
  for (const [row, audio] of audios.entries())
    data.set(framesOf(logMel(audio, processor), 0, frames), row * melBins * frames);
  return new Tensor([audios.length, melBins, frames], data);
}

/** The encoder's tokens for features (B, mel bins, frames). Throws InputError for another shape. */
export function audioLength({ shape }: Tensor, reader: AudioReader, label: string): number {
  const [, melBins, frames] = shape;
  if (shape.length !== 3 || melBins !== reader.melBins || frames !== reader.frames)
    throw new InputError(
      `${label}: features need shape (sounds, ${reader.melBins}, ${reader.frames}), got (${shape.join(", ")}). Shorter sound is filled up with silence before its features are made`,
    );
  return frames / 2;
}

/** The tokens of one sound, named by when they begin: "0.02 s". */
export function audioTokens(length: number, { secondsPerToken }: AudioReader): TextToken[] {
  return Array.from({ length }, (_, place) => {
    const name = `${(place * secondsPerToken).toFixed(2)} s`;
    return {
      ...blankToken(place, name),
      word: place,
      sequence: 0,
      special: false,
      surface: name,
      startsWord: true,
    };
  });
}
