import { InputError } from "../errors/errors.ts";

/** Decoded sound: one channel. */
export interface AudioInput {
  /** From −1 to 1. */
  readonly samples: Float32Array;
  /** Samples a second. */
  readonly sampleRate: number;
  /**
   * Who decoded it, where a file was read. "heed": a WAV file, whose samples are the same numbers everywhere. "browser": it decoded and resampled
   * the file in its own way, so that numbers may differ a little between browsers.
   */
  readonly decodedBy?: "heed" | "browser";
  /** Samples a second of the file, where that is known and another. */
  readonly resampledFrom?: number;
  /** What an encoder-decoder's decoder reads, behind the token it begins with. */
  readonly target?: string;
}

/** Above this many samples sound is refused: nine hours at 16 kHz. */
const mostSamples = 2 ** 29;

/** Whether this is decoded sound; throws InputError where it holds none, or numbers that are none. */
export function isAudio(input: unknown): input is AudioInput {
  if (typeof input !== "object" || input === null || !("samples" in input)) return false;
  const { samples, sampleRate } = input as AudioInput;
  if (!(samples instanceof Float32Array))
    throw new InputError("audio: samples must be a Float32Array, one number from -1 to 1 a sample");
  if (!(Number.isFinite(sampleRate) && sampleRate > 0))
    throw new InputError(`audio: sampleRate is ${sampleRate}, needs the samples a second: 16000`);
  if (samples.length === 0) throw new InputError("audio: it has no samples. Give some sound");
  if (samples.length > mostSamples)
    throw new InputError(`audio: ${samples.length} samples; at most ${mostSamples} are read`);
  const wrong = samples.findIndex((sample) => !Number.isFinite(sample));
  if (wrong >= 0)
    throw new InputError(`audio: sample ${wrong} is ${samples[wrong]}, needs a finite number`);
  return true;
}

/** The mean of channels that lie one behind the other. */
export function oneChannel(channels: readonly Float32Array[]): Float32Array {
  if (channels.length === 1) return channels[0]!;
  return channels[0]!.map((_, at) => {
    let sum = 0;
    for (const channel of channels) sum += channel[at]!;
    return sum / channels.length;
  });
}
