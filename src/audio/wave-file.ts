import { InputError } from "../errors/errors.ts";
import { type AudioInput, oneChannel } from "./audio.ts";

/** What is read of a WAV file. */
interface WaveFormat {
  readonly audioFormat: number;
  readonly numChannels: number;
  readonly sampleRate: number;
  readonly subformat?: readonly number[];
}

const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;

/** Formats that heed does not read, by the bytes they begin with. */
const others: readonly (readonly [string, RegExp])[] = [
  ["MP3", /^(ID3|ÿ[â-ÿ])/],
  ["Ogg", /^OggS/],
  ["FLAC", /^fLaC/],
  ["MP4 or M4A", /^.{4}ftyp/s],
  ["WebM", /^.Eß£/s],
  ["AIFF", /^FORM/],
];

/** The command that makes a file heed reads. */
export function convertedBy(place: string, sampleRate = 16000): string {
  return `Convert it: ffmpeg -i ${JSON.stringify(place)} -ac 1 -ar ${sampleRate} sound.wav`;
}

/** Whether these are the bytes of a WAV file, by the first of them. */
export function isWave(bytes: Uint8Array): boolean {
  return /^(RIFF|RIFX|RF64).{4}WAVE/s.test(beginningOf(bytes));
}

/**
 * The sound of a WAV file: whole numbers of 8, 16, 24 or 32 bits, or floats of 32 or 64; the mean of its channels. Throws InputError that
 * names what else it is, and the line that converts it.
 */
export async function readWave(bytes: Uint8Array, place: string): Promise<AudioInput> {
  if (!isWave(bytes)) {
    const known = others.find(([, begins]) => begins.test(beginningOf(bytes)))?.[0];
    throw new InputError(
      `${place}: ${known === undefined ? "no WAV file by its first bytes" : `${known}, which heed does not decode`}. ${convertedBy(place)}`,
    );
  }
  const found = await import("wavefile");
  // Some loaders give the package's names, Node the one object that holds them.
  const { WaveFile } = found.default ?? (found as unknown as typeof found.default);
  const wave = new WaveFile();
  const broken = (cause?: unknown) =>
    new InputError(
      `${place}: the WAV file is damaged or cut short${cause instanceof Error ? ` (${cause.message})` : ""}. ${convertedBy(place)}`,
      { cause },
    );
  try {
    wave.fromBuffer(bytes);
  } catch (cause) {
    throw broken(cause);
  }
  const { audioFormat, numChannels, sampleRate, subformat } = wave.fmt as WaveFormat;
  if (numChannels === 0 || sampleRate === 0)
    throw broken(new Error(`it says ${numChannels} channels, ${sampleRate} samples a second`));
  const coding = audioFormat === EXTENSIBLE ? subformat?.[0] : audioFormat;
  const scale = scaleOf(coding, wave.bitDepth);
  if (!scale)
    throw new InputError(
      `${place}: its samples are stored as ${wave.bitDepth} bits of coding ${coding}; heed reads whole numbers of 8, 16, 24 and 32 bits and floats. ${convertedBy(place)}`,
    );
  const stored = wave.getSamples(false, Float64Array) as unknown as Float64Array | Float64Array[];
  const channels = numChannels === 1 ? [stored as Float64Array] : (stored as Float64Array[]);
  if (!channels[0] || channels[0].length === 0) throw broken();
  const samples = oneChannel(channels.map((channel) => Float32Array.from(channel, scale)));
  return { samples, sampleRate };
}

function beginningOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, 16));
}

/** What makes numbers from −1 to 1 of those that are stored. */
function scaleOf(
  coding: number | undefined,
  depth: string,
): ((sample: number) => number) | undefined {
  if (coding === FLOAT && /^(32f|64)$/.test(depth)) return (sample) => sample;
  if (coding !== PCM || !/^(8|16|24|32)$/.test(depth)) return undefined;
  const bits = Number(depth);
  const most = 2 ** (bits - 1);
  // Eight bits are stored without a sign.
  return bits === 8 ? (sample) => (sample - most) / most : (sample) => sample / most;
}
