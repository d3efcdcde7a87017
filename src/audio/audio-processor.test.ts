import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { toFloat32 } from "../checkpoint/numbers.ts";
import { parseSafetensors } from "../checkpoint/safetensors.ts";
import { framesOf, logMel, readAudioProcessor } from "./audio-processor.ts";
import { readAudio } from "./read-audio.node.ts";

const folder = fileURLToPath(new URL("../../test/golden/hub-whisper/", import.meta.url));
const config = JSON.parse(readFileSync(`${folder}preprocessor_config.json`, "utf8"));

/** The features Python made of the sound's first second. */
function expected(): Float32Array {
  const bytes = new Uint8Array(readFileSync(`${folder}features.safetensors`));
  const { start, end } = parseSafetensors(bytes, folder).entries[0]!;
  return toFloat32("F32", bytes.subarray(start, end));
}

describe("log-mel features", () => {
  test("equal those of WhisperFeatureExtractor", async () => {
    const sound = await readAudio(`${folder}sound.wav`);
    const { data, melBins, frames, heard } = logMel(sound, readAudioProcessor(config, "here"));
    expect([melBins, frames, heard]).toEqual([80, 100, 100]);
    const other = expected();
    expect(data.length).toBe(other.length);
    const difference = data.reduce((most, x, n) => Math.max(most, Math.abs(x - other[n]!)), 0);
    console.log(`features: at most ${difference.toExponential(1)} from Python's`);
    expect(difference).toBeLessThan(1e-5);
  });

  test("silence is filled up, or all of a longer sound is kept", async () => {
    const processor = readAudioProcessor({ ...config, chunk_length: 1 }, "here");
    const { samples, sampleRate } = await readAudio(`${folder}sound.wav`);
    const short = logMel({ samples: samples.subarray(0, 8000), sampleRate }, processor);
    expect([short.frames, short.heard]).toEqual([100, 50]);
    const long = logMel({ samples, sampleRate }, processor, { whole: true });
    expect([long.frames, long.heard]).toEqual([220, 220]);
    const last = framesOf(long, 200, 100);
    expect(last[19]).toBe(long.data[219]);
    expect(last.subarray(20, 100).every((x) => x === 0)).toBe(true);
  });

  test("what a file asks for and heed does not do is named", () => {
    expect(() => readAudioProcessor({ dither: 0.1 }, "x.json")).toThrow(
      "x.json is not right. dither is 0.1: heed adds no noise to sound: 0",
    );
    expect(() => readAudioProcessor({ do_normalize: true }, "x.json")).toThrow(
      "do_normalize is true: heed does not normalise sound before its features: false",
    );
    expect(() => readAudioProcessor({ hop_length: 0 }, "x.json")).toThrow("hop_length is 0");
  });

  test("another sample rate is refused, with the line that converts", () => {
    const sound = { samples: new Float32Array(44100), sampleRate: 44100 };
    expect(() => logMel(sound, readAudioProcessor(config, "x"))).toThrow(
      "audio: 44100 samples a second, and the model reads 16000. Convert it: ffmpeg -i IN -ac 1 -ar 16000 OUT.wav",
    );
  });
});
