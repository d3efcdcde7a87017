import { join } from "node:path";
import { crc32 } from "node:zlib";
import { readWave } from "../../src/audio/wave-file.ts";
import { decodePng } from "../../src/images/png.ts";
import { mutateBytes } from "./mutate.ts";
import { filesOf, type Seed, test } from "./seeds.ts";
import { AttackError, type Target } from "./target.ts";

export function pictures(): Target {
  const seeds = filesOf(join(test, "images"), /\.png$/);
  return {
    name: "picture",
    async attempt(random) {
      const mutant = mutateBytes(random.pick(seeds).bytes, random);
      // Most changes would end at a checksum otherwise.
      if (random.next() < 0.8) mendChecksums(mutant);
      const { width, height, rgb } = decodePng(mutant, "mutant");
      if (width * height > 1e8 || rgb.length !== 3 * width * height)
        throw new AttackError(`${width} × ${height} pixels of ${rgb.length} numbers`);
    },
  };
}

function mendChecksums(png: Uint8Array): void {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  for (let at = 8; at + 12 <= png.length; ) {
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > png.length) return;
    view.setUint32(end, crc32(png.subarray(at + 4, end)));
    at = end + 4;
  }
}

/** A short WAV file of each coding that heed reads. */
export function sounds(): Target {
  const [{ bytes }] = filesOf(join(test, "golden/hub-whisper"), /sound\.wav$/, 100_000) as [Seed];
  const codings = [
    [1, 8],
    [1, 16],
    [1, 24],
    [1, 32],
    [3, 32],
    [3, 64],
  ] as const;
  const seeds = codings.flatMap(([coding, bits]) =>
    [1, 2].map((channels) => wave(bytes.subarray(44), coding, bits, channels)),
  );
  return {
    name: "sound",
    async attempt(random) {
      const bytes = mutateBytes(random.pick(seeds), random);
      const { samples, sampleRate } = await readWave(bytes, "mutant");
      if (samples.length > bytes.length)
        throw new AttackError(`${samples.length} samples of ${bytes.length} bytes`);
      if (!(Number.isInteger(sampleRate) && sampleRate >= 0))
        throw new AttackError(`${sampleRate} samples a second`);
    },
  };
}

/** 400 bytes of samples behind a header of RIFF. */
function wave(noise: Uint8Array, coding: number, bits: number, channels: number): Uint8Array {
  const bytes = new Uint8Array(44 + 400);
  const view = new DataView(bytes.buffer);
  const text = (at: number, word: string) =>
    bytes.set(
      [...word].map((letter) => letter.charCodeAt(0)),
      at,
    );
  const size = (channels * bits) / 8;
  text(0, "RIFF");
  view.setUint32(4, bytes.length - 8, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, coding, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, 16_000, true);
  view.setUint32(28, 16_000 * size, true);
  view.setUint16(32, size, true);
  view.setUint16(34, bits, true);
  text(36, "data");
  view.setUint32(40, bytes.length - 44, true);
  bytes.set(noise.subarray(0, 400), 44);
  return bytes;
}
