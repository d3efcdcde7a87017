import { bytesOf, nameOf } from "../checkpoint/given/whole-file.browser.ts";
import { InputError } from "../errors/errors.ts";
import { expectKeys } from "../errors/options.ts";
import { type AudioInput, oneChannel } from "./audio.ts";
import { isWave, readWave } from "./wave-file.ts";

/** What Whisper reads: samples a second. */
const usualRate = 16000;

/**
 * A sound file, decoded, the mean of its channels, as a file, its bytes, or an address to fetch: WAV at `sampleRate` by heed itself, everything
 * else by the browser, which resamples it. Throws InputError for what neither can decode.
 */
export async function readAudio(
  source: Blob | Uint8Array | string | URL,
  options: { readonly sampleRate?: number } = {},
): Promise<AudioInput> {
  expectKeys(options, { sampleRate: true }, "readAudio");
  const { sampleRate = usualRate } = options;
  const place = nameOf(source, "audio");
  const bytes = await bytesOf(source, place);
  // A browser decodes codings in WAV files that heed does not.
  const { wave, refused } = isWave(bytes) ? await waveOf(bytes, place) : {};
  if (wave?.sampleRate === sampleRate) return { ...wave, decodedBy: "heed" };
  try {
    const context = new OfflineAudioContext(1, 1, sampleRate);
    // Decoding takes the bytes away.
    const sound = await context.decodeAudioData(bytes.slice().buffer);
    const channels = Array.from({ length: sound.numberOfChannels }, (_, channel) =>
      sound.getChannelData(channel),
    );
    return {
      samples: oneChannel(channels),
      sampleRate: sound.sampleRate,
      decodedBy: "browser",
      ...(wave && { resampledFrom: wave.sampleRate }),
    };
  } catch (cause) {
    // What is wrong with a WAV file heed says better.
    if (refused) throw refused;
    throw new InputError(
      `${place}: the browser cannot decode it (${(cause as Error).message}). Is it a sound, and whole?`,
      { cause },
    );
  }
}

async function waveOf(
  bytes: Uint8Array,
  place: string,
): Promise<{ readonly wave?: AudioInput; readonly refused?: InputError }> {
  try {
    return { wave: await readWave(bytes, place) };
  } catch (error) {
    if (error instanceof InputError) return { refused: error };
    throw error;
  }
}
