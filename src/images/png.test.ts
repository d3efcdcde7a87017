import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { decodePng } from "./png.ts";

const file = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../test/images/${name}`, import.meta.url)));

test("a file cut at any byte is refused, never garbled", () => {
  const whole = file("type-6-depth-8.png");
  for (let length = 8; length < whole.length - 4; length += 7)
    expect(() => decodePng(whole.slice(0, length), "cut.png"), String(length)).toThrow(
      /^cut\.png: the PNG file/,
    );
});

test("a changed byte of the pixels fails its checksum", () => {
  const damaged = file("type-2-depth-8.png");
  damaged[60]! ^= 1;
  expect(() => decodePng(damaged, "damaged.png")).toThrow(
    "damaged.png: the PNG file is damaged: a IDAT chunk's checksum is wrong",
  );
});

test("a colour outside the palette is refused", () => {
  const whole = file("type-3-depth-8.png");
  const at = Buffer.from(whole).indexOf("PLTE");
  // The same chunk with one colour only: its length, and a checksum made for it.
  const short = Buffer.concat([
    whole.subarray(0, at - 4),
    Buffer.from([0, 0, 0, 3]),
    Buffer.from("PLTE"),
    Buffer.from([0, 0, 0]),
    Buffer.from([0xa7, 0x7a, 0x3d, 0xda]),
    whole.subarray(at + 4 + 768 + 4),
  ]);
  expect(() => decodePng(short, "palette.png")).toThrow(
    /^palette\.png: the PNG file is damaged: pixel \d+ has colour \d+ of a palette of 1$/,
  );
});

test("a small file that claims many pixels is refused before memory is taken for them", () => {
  expect(() =>
    decodePng(
      withHeader((view) => {
        view.setUint32(0, 12_000);
        view.setUint32(4, 12_000);
      }),
      "bomb.png",
    ),
  ).toThrow("bomb.png: the PNG file ends too early");
  expect(() =>
    decodePng(
      withHeader((view) => {
        view.setUint32(0, 16_384);
        view.setUint32(4, 16_384);
      }),
      "bomb.png",
    ),
  ).toThrow(
    "bomb.png: 16384 x 16384 pixels; an image has at least 1 x 1 and at most 178956970 in all",
  );
});

test("sizes and types the format does not have are refused", () => {
  expect(() =>
    decodePng(
      withHeader((view) => view.setUint32(0, 0)),
      "x.png",
    ),
  ).toThrow("x.png: 0 x 11 pixels");
  expect(() =>
    decodePng(
      withHeader((view) => view.setUint32(0, 2 ** 31)),
      "x.png",
    ),
  ).toThrow("x.png: 2147483648 x 11 pixels");
  expect(() =>
    decodePng(
      withHeader((view) => view.setUint8(8, 4)),
      "x.png",
    ),
  ).toThrow(
    "x.png: the PNG file says colour type 2, 4 bits, compression 0, filter 0, interlace 0, which the format does not have",
  );
  expect(() =>
    decodePng(
      withHeader((view) => view.setUint32(4, 12)),
      "x.png",
    ),
  ).toThrow("x.png: the PNG file ends too early");
});

/** A file of 13 x 11 pixels whose header says something else, with a checksum that fits. */
function withHeader(change: (header: DataView) => void): Uint8Array {
  const bytes = file("type-2-depth-8.png");
  change(new DataView(bytes.buffer, 16, 13));
  let crc = 0xffffffff;
  for (const byte of bytes.subarray(12, 29)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  new DataView(bytes.buffer).setUint32(29, (crc ^ 0xffffffff) >>> 0);
  return bytes;
}
