import { expect, test } from "vitest";
import { dropAlpha, imageFormat, isImage, upright } from "./image.ts";

const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

test("formats by their first bytes", () => {
  expect(imageFormat(bytes("\x89PNG\r\n\x1a\n…"), "a")).toBe("png");
  expect(imageFormat(bytes("\xff\xd8\xff\xe0"), "a")).toBe("jpeg");
  expect(imageFormat(bytes("RIFF\0\0\0\0WEBPVP8 "), "a")).toBe("webp");
  expect(() => imageFormat(bytes("GIF89a"), "a.gif")).toThrow(
    "a.gif: neither PNG nor JPEG nor WebP by its first bytes. Convert the image to one of these",
  );
});

/** Gray pixels by rows. */
const gray = (rows: number[][]) => ({
  width: rows[0]!.length,
  height: rows.length,
  rgb: Uint8Array.from(rows.flat().flatMap((value) => [value, value, value])),
});
const rowsOf = ({ width, height, rgb }: ReturnType<typeof upright>) =>
  Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => rgb[(y * width + x) * 3]),
  );

test.each([
  [
    1,
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
  ],
  [
    2,
    [
      [3, 2, 1],
      [6, 5, 4],
    ],
  ],
  [
    3,
    [
      [6, 5, 4],
      [3, 2, 1],
    ],
  ],
  [
    4,
    [
      [4, 5, 6],
      [1, 2, 3],
    ],
  ],
  [
    5,
    [
      [1, 4],
      [2, 5],
      [3, 6],
    ],
  ],
  [
    6,
    [
      [4, 1],
      [5, 2],
      [6, 3],
    ],
  ],
  [
    7,
    [
      [6, 3],
      [5, 2],
      [4, 1],
    ],
  ],
  [
    8,
    [
      [3, 6],
      [2, 5],
      [1, 4],
    ],
  ],
  [
    9,
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
  ],
])("orientation %i", (orientation, expected) => {
  const stored = gray([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  expect(rowsOf(upright(stored, orientation))).toEqual(expected);
});

test("alpha is dropped, gray copied", () => {
  expect([...dropAlpha(Uint8Array.of(1, 2, 3, 0, 4, 5, 6, 255), 4)]).toEqual([1, 2, 3, 4, 5, 6]);
  expect([...dropAlpha(Uint8Array.of(7, 0, 8, 9), 2)]).toEqual([7, 7, 7, 8, 8, 8]);
});

test("decoded images are told by their bytes", () => {
  expect(isImage({ width: 1, height: 1, rgb: new Uint8Array(3) })).toBe(true);
  expect(isImage({ text: "a" })).toBe(false);
  expect(() => isImage({ width: 2, height: 1, rgb: new Uint8Array(8) })).toThrow(
    "image: 2 x 1 pixels need 6 bytes of rgb, got 8. Leave out the fourth byte of each pixel",
  );
  expect(() => isImage({ width: 0, height: 1, rgb: new Uint8Array(0) })).toThrow(
    "image: 0 x 1 pixels; an image has at least 1 x 1",
  );
});
