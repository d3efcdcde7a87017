import { readFileSync } from "node:fs";
import { afterEach, expect, test, vi } from "vitest";
import { readAudio } from "./read-audio.browser.ts";

const whisper = new URL("../../test/golden/hub-whisper/sound.wav", import.meta.url);
/** A WAV file whose samples are said to be of another coding: 7 is mu-law. */
const coded = (coding: number) => {
  const bytes = new Uint8Array(readFileSync(whisper));
  bytes[20] = coding;
  return bytes;
};
afterEach(() => vi.unstubAllGlobals());

function browserThat(decode: () => Promise<unknown>): void {
  class Context {
    decodeAudioData = decode;
  }
  vi.stubGlobal("OfflineAudioContext", Context);
}

test("a WAV file of a coding that heed does not decode is decoded by the browser", async () => {
  const samples = Float32Array.of(0.25, -0.5);
  browserThat(async () => ({
    ...{ numberOfChannels: 1, sampleRate: 16000 },
    getChannelData: () => samples,
  }));
  expect(await readAudio(coded(7))).toEqual({ samples, sampleRate: 16000, decodedBy: "browser" });
  expect((await readAudio(coded(1))).decodedBy).toBe("heed");
});

test("where the browser does not either, what heed found wrong is said", async () => {
  browserThat(() => Promise.reject(new Error("Unable to decode audio data")));
  await expect(readAudio(coded(7))).rejects.toThrow(/its samples are stored as .* of coding 7/);
  await expect(readAudio(Uint8Array.of(1, 2, 3))).rejects.toThrow("the browser cannot decode it");
});
