import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readImage } from "./read-image.node.ts";

const home = (name: string) => fileURLToPath(new URL(`../../test/images/${name}`, import.meta.url));

test("by path, by address, by bytes", async () => {
  const expected = await readImage(home("exif-6.jpg"));
  expect([expected.width, expected.height]).toEqual([24, 40]);
  const address = new URL("../../test/images/exif-6.jpg", import.meta.url);
  expect(await readImage(address)).toEqual(expected);
  expect(await readImage(new Uint8Array(readFileSync(home("exif-6.jpg"))))).toEqual(expected);
});

test.each(["chroma-full.jpg", "odd-chroma-half.jpg", "lossy.webp", "lossless-alpha.webp"])(
  "%s cut short is refused",
  async (name) => {
    const whole = new Uint8Array(readFileSync(home(name)));
    await expect(readImage(whole.slice(0, whole.length >> 1), name)).rejects.toThrow(
      `${name}: the image is damaged or cut short`,
    );
  },
);

test("missing files and other formats are refused", async () => {
  await expect(readImage("no-such.png")).rejects.toThrow("no-such.png: there is no such file");
  await expect(readImage(home("ORIGIN.md"))).rejects.toThrow("neither PNG nor JPEG nor WebP");
});

test("colours for print are refused", async () => {
  const { default: sharp } = await import("sharp");
  const image = sharp({ create: { width: 8, height: 8, channels: 3, background: "#336699" } });
  const print = await image.toColourspace("cmyk").jpeg().toBuffer();
  await expect(readImage(print, "print.jpg")).rejects.toThrow(
    "print.jpg: its colours are for print (CMYK). Convert the image to RGB",
  );
});
