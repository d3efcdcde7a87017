import { join } from "node:path";
import { crc32 } from "node:zlib";
import wavefile from "wavefile";
import { readWave } from "../../src/audio/wave-file.ts";
import { decodePng } from "../../src/images/png.ts";
import { mutateBytes } from "./mutate.ts";
import { filesOf, test } from "./seeds.ts";
import { AttackError, type Target } from "./target.ts";

const { WaveFile } = wavefile;

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

/** Short WAV files of each coding that heed reads, by the names that wavefile gives these. */
export function sounds(): Target {
  const tone = Array.from({ length: 100 }, (_, at) => Math.round(100 * Math.sin(at / 5)));
  const seeds = ["8", "16", "24", "32", "32f", "64"].flatMap((coding) =>
    [1, 2].map((channels) => {
      const file = new WaveFile();
      file.fromScratch(channels, 16_000, coding, channels === 1 ? tone : [tone, tone]);
      return file.toBuffer();
    }),
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
