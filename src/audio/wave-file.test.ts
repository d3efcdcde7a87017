import { describe, expect, test } from "vitest";
import { isAudio } from "./audio.ts";
import { readWave } from "./wave-file.ts";

interface Layout {
  readonly coding: number;
  readonly bits: number;
  readonly channels?: number;
  readonly rate?: number;
}

/** A WAV file of numbers from −1 to 1, channels in turn. */
function waveOf(
  samples: readonly number[],
  { coding, bits, channels = 1, rate = 16000 }: Layout,
): Uint8Array {
  const size = bits / 8;
  const view = new DataView(new ArrayBuffer(44 + samples.length * size));
  const text = (at: number, letters: string) => {
    for (const [n, letter] of [...letters].entries()) view.setUint8(at + n, letter.charCodeAt(0));
  };
  text(0, "RIFF");
  view.setUint32(4, view.byteLength - 8, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, coding, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * channels * size, true);
  view.setUint16(32, channels * size, true);
  view.setUint16(34, bits, true);
  text(36, "data");
  view.setUint32(40, samples.length * size, true);
  for (const [n, sample] of samples.entries()) {
    const at = 44 + n * size;
    const whole = Math.round(sample * 2 ** (bits - 1));
    if (coding === 3 && bits === 32) view.setFloat32(at, sample, true);
    else if (coding === 3) view.setFloat64(at, sample, true);
    else if (bits === 8) view.setUint8(at, whole + 128);
    else
      for (let byte = 0; byte < size; byte++) view.setUint8(at + byte, (whole >> (8 * byte)) & 255);
  }
  return new Uint8Array(view.buffer);
}

describe("WAV files", () => {
  const samples = [0, 0.5, -0.5, -1, 0.25];
  test.each([
    { coding: 1, bits: 8 },
    { coding: 1, bits: 16 },
    { coding: 1, bits: 24 },
    { coding: 1, bits: 32 },
    { coding: 3, bits: 32 },
    { coding: 3, bits: 64 },
  ])("coding $coding of $bits bits", async (layout) => {
    const sound = await readWave(waveOf(samples, layout), "x.wav");
    expect([...sound.samples]).toEqual(samples);
    expect(sound.sampleRate).toBe(16000);
  });

  test("the mean of two channels", async () => {
    const bytes = waveOf([0.5, -0.5, 1, 0.5], { coding: 3, bits: 32, channels: 2, rate: 8000 });
    const sound = await readWave(bytes, "x.wav");
    expect([...sound.samples]).toEqual([0, 0.75]);
    expect(sound.sampleRate).toBe(8000);
  });

  test.each([
    ["ID3\u0003 and more of it", "MP3, which heed does not decode"],
    ["OggS and more of it, too", "Ogg, which heed does not decode"],
    ["fLaC and more of it, too", "FLAC, which heed does not decode"],
    ["a text and no sound", "no WAV file by its first bytes"],
  ])("%s", async (text, why) => {
    const bytes = new TextEncoder().encode(text);
    await expect(readWave(bytes, "x.bin")).rejects.toThrow(
      `x.bin: ${why}. Convert it: ffmpeg -i "x.bin" -ac 1 -ar 16000 sound.wav`,
    );
  });

  test("a file cut short, and a coding nobody reads", async () => {
    const whole = waveOf(samples, { coding: 1, bits: 16 });
    await expect(readWave(whole.subarray(0, 30), "x.wav")).rejects.toThrow("x.wav: the WAV file");
    await expect(readWave(waveOf([], { coding: 1, bits: 16 }), "x.wav")).rejects.toThrow(
      "damaged or cut short",
    );
    for (const none of [{ channels: 0 }, { rate: 0 }])
      await expect(
        readWave(waveOf(samples, { coding: 1, bits: 16, ...none }), "x.wav"),
      ).rejects.toThrow(/it says \d channels, \d+ samples a second/);
    await expect(readWave(waveOf(samples, { coding: 7, bits: 8 }), "x.wav")).rejects.toThrow(
      /x\.wav: its samples are stored as .* of coding 7/,
    );
  });
});

test("decoded sound is checked", () => {
  const rate = { sampleRate: 16000 };
  expect(isAudio("x")).toBe(false);
  expect(() => isAudio({ samples: [1], ...rate })).toThrow("samples must be a Float32Array");
  expect(() => isAudio({ samples: new Float32Array(), ...rate })).toThrow("it has no samples");
  expect(() => isAudio({ samples: new Float32Array([Number.NaN]), ...rate })).toThrow(
    "audio: sample 0 is NaN, needs a finite number",
  );
  expect(() => isAudio({ samples: new Float32Array(3), sampleRate: 0 })).toThrow("sampleRate is 0");
});
