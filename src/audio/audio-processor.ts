import * as v from "valibot";
import { ConfigError, InputError } from "../errors/errors.ts";
import { short } from "../errors/visible.ts";
import type { AudioInput } from "./audio.ts";
import { Fourier } from "./fourier.ts";
import { melFilters } from "./mel-filters.ts";

/** How sound becomes the log-mel features that a model reads, as transformers' WhisperFeatureExtractor makes them. */
export interface AudioProcessor {
  /** Samples a second. */
  readonly sampleRate: number;
  /** Numbers a frame. */
  readonly melBins: number;
  /** Samples a window has. */
  readonly window: number;
  /** Samples between the beginnings of two windows. */
  readonly hop: number;
  /** Seconds a model reads at once. */
  readonly seconds: number;
  /** What fills the rest of them. */
  readonly padding: number;
}

const size = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2 ** 20));

const schema = v.object({
  feature_extractor_type: v.optional(v.literal("WhisperFeatureExtractor")),
  feature_size: v.optional(size, 80),
  sampling_rate: v.optional(size, 16000),
  hop_length: v.optional(size, 160),
  chunk_length: v.optional(size, 30),
  n_fft: v.optional(v.pipe(size, v.minValue(2)), 400),
  padding_value: v.optional(v.pipe(v.number(), v.finite()), 0),
  dither: v.optional(v.literal(0, "heed adds no noise to sound: 0")),
  do_normalize: v.optional(
    v.literal(false, "heed does not normalise sound before its features: false"),
  ),
});

/** Reads a preprocessor_config.json. Throws ConfigError that names what it asks for and heed does not do. */
export function readAudioProcessor(file: unknown, place: string): AudioProcessor {
  const result = v.safeParse(schema, file);
  if (!result.success) {
    const lines = result.issues.map(
      (issue) =>
        `${v.getDotPath(issue) ?? "the file"} is ${short(issue.received, 100)}: ${short(issue.message, 200)}`,
    );
    throw new ConfigError(`${place} is not right. ${lines.join("; ")}`);
  }
  const fields = result.output;
  return {
    sampleRate: fields.sampling_rate,
    melBins: fields.feature_size,
    window: fields.n_fft,
    hop: fields.hop_length,
    seconds: fields.chunk_length,
    padding: fields.padding_value,
  };
}

/** Log-mel features, row by row of mel bins. */
export interface LogMel {
  readonly melBins: number;
  readonly frames: number;
  /** melBins · frames numbers */
  readonly data: Float32Array;
  /** Frames that begin within the sound itself. */
  readonly heard: number;
}

/**
 * Log-mel features of sound: windows of Hann around every `hop`-th sample, their power in triangles on the mel scale, log10, at most 8 below
 * the largest, (x + 4) / 4. Sound is filled up to the seconds a model reads, and what is longer cut off; with `whole` it is kept as long as
 * it is where that is more. Throws InputError for another sample rate.
 */
export function logMel(
  { samples, sampleRate }: AudioInput,
  processor: AudioProcessor,
  { whole = false }: { readonly whole?: boolean } = {},
): LogMel {
  const { window: size, hop, melBins, sampleRate: wanted, padding } = processor;
  if (sampleRate !== wanted)
    throw new InputError(
      `audio: ${sampleRate} samples a second, and the model reads ${wanted}. Convert it: ffmpeg -i IN -ac 1 -ar ${wanted} OUT.wav`,
    );
  const most = processor.seconds * wanted;
  const length = whole ? Math.max(samples.length, most) : most;
  const frames = Math.floor(length / hop);
  const half = Math.floor(size / 2);
  if (length <= half)
    throw new InputError(`audio: ${length} samples, needs more than ${half} for one window`);
  const heard = Math.min(samples.length, length);
  const sampleAt = (place: number) => (place < heard ? samples[place]! : padding);
  const hann = Float64Array.from(
    { length: size },
    (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / size),
  );
  const bins = half + 1;
  const filters = melFilters(melBins, bins, wanted);
  const fourier = new Fourier(size);
  const cut = new Float64Array(size);
  const power = new Float64Array(bins);
  const data = new Float32Array(melBins * frames);
  let largest = -Infinity;
  for (let frame = 0; frame < frames; frame++) {
    const start = frame * hop - half;
    for (let n = 0; n < size; n++) {
      // Beyond both ends the sound is mirrored.
      const place = Math.abs(start + n);
      cut[n] = sampleAt(place < length ? place : 2 * (length - 1) - place) * hann[n]!;
    }
    fourier.power(cut, power);
    for (const [bin, { start, weights }] of filters.entries()) {
      let sum = 0;
      for (let n = 0; n < weights.length; n++) sum += weights[n]! * power[start + n]!;
      const log = Math.fround(Math.log10(Math.max(sum, 1e-10)));
      data[bin * frames + frame] = log;
      if (log > largest) largest = log;
    }
  }
  for (let n = 0; n < data.length; n++) data[n] = (Math.max(data[n]!, largest - 8) + 4) / 4;
  return { melBins, frames, data, heard: Math.min(Math.ceil(heard / hop), frames) };
}

/** `count` frames from `start` on, zeros behind the last: what a model reads at once. */
export function framesOf(
  { melBins, frames, data }: LogMel,
  start: number,
  count: number,
): Float32Array {
  const cut = new Float32Array(melBins * count);
  for (let bin = 0; bin < melBins; bin++) {
    const line = bin * frames;
    cut.set(data.subarray(line + start, line + Math.min(frames, start + count)), bin * count);
  }
  return cut;
}
