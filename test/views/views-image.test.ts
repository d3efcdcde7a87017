import { expect, test } from "vitest";
import { columns, rows } from "../../examples/data/landscape.ts";
import { imageGridPicture } from "../../examples/image-grid-svg.ts";
import { imagePicture } from "../../examples/image-svg.ts";
import { decodePng } from "../../src/images/png.ts";
import { scaled } from "../../src/views/image-heat.ts";
import { imageGridPng, imagePng } from "../../src/views/png/image.ts";
import { encodeColorPng } from "../../src/views/png/png.ts";
import { imageGridSvg, imageSvg } from "../../src/views/svg/image.ts";

test("a PNG of colours decodes to what went in", () => {
  const rgb = Uint8Array.from({ length: 7 * 5 * 3 }, (_, index) => (index * 37) % 256);
  const file = encodeColorPng({ width: 7, height: 5, pixels: rgb });
  expect(decodePng(file, "made")).toEqual({ width: 7, height: 5, rgb });
});

test("the strongest patch has the strongest colour, a patch nothing looks at stays gray", () => {
  const { title, image } = imagePicture();
  const weights = new Float32Array(rows * columns);
  weights[3 * columns + 4] = 0.02;
  const png = decodePng(imagePng({ title, image, rows, columns, weights }, { side: 120 }), "made");
  expect([png.width, png.height]).toEqual([120, 90]);
  const pixel = (x: number, y: number) => [
    ...png.rgb.slice((y * 120 + x) * 3, (y * 120 + x) * 3 + 3),
  ];
  const [red, green, blue] = pixel(45, 35) as [number, number, number];
  expect(red).toBeGreaterThan(220);
  expect(green).toBeGreaterThan(220);
  expect(blue).toBeLessThan(200);
  expect(new Set(pixel(5, 5)).size).toBe(1);
});

test("patches that do not cover the whole image are drawn where they are", () => {
  const { title, image } = imagePicture();
  const weights = new Float32Array(1).fill(1);
  const covered = { width: 0.5, height: 0.5 };
  const grid = { rows: 1, columns: 1, covered };
  const png = decodePng(imagePng({ title, image, ...grid, weights }, { side: 160 }), "made");
  const isGray = (x: number, y: number) =>
    png.rgb[(y * 160 + x) * 3] === png.rgb[(y * 160 + x) * 3 + 2];
  expect(isGray(70, 50)).toBe(false);
  expect(isGray(90, 50)).toBe(true);
  expect(isGray(70, 70)).toBe(true);
});

test("the grid has a picture a head", () => {
  const png = decodePng(imageGridPng(imageGridPicture(), { side: 40 }), "made");
  expect([png.width, png.height]).toEqual([6 * 44 - 4, 4 * 34 - 4]);
  const svg = imageGridSvg(imageGridPicture());
  expect(svg.match(/<use /g)).toHaveLength(24);
  expect(svg).toContain("<title>L3H5, strongest on a patch: ");
});

test("every patch has a tooltip; texts are escaped; the query is framed", () => {
  const svg = imageSvg({ ...imagePicture(), others: [{ text: "<b>", weight: 0.1 }] });
  expect(svg).toContain("<title>patch 8,11: ");
  expect(svg).toContain("all patches together 0.900, &lt;b&gt; 0.100");
  expect(svg).not.toContain("<b>");
  expect(svg.match(/stroke="#4dd0e1"/g)).toHaveLength(2);
});

test("numbers that do not fit are refused", () => {
  const picture = imagePicture();
  expect(() => imageSvg({ ...picture, weights: [1, 2] })).toThrow(
    "imageSvg: weights (rows × columns of patches) needs 108 values, got 2",
  );
  const image = { ...picture.image, rgb: new Uint8Array(3) };
  expect(() => imagePng({ ...picture, image })).toThrow(
    "imagePng: rgb (height × width × 3) needs 57600 values, got 3",
  );
});

test("scaling takes means, and repeats pixels when enlarging", () => {
  const image = { width: 2, height: 1, rgb: Uint8Array.of(0, 10, 20, 100, 110, 120) };
  expect([...scaled(image, 1, 1).rgb]).toEqual([50, 60, 70]);
  expect([...scaled(image, 4, 1).rgb]).toEqual([
    0, 10, 20, 0, 10, 20, 100, 110, 120, 100, 110, 120,
  ]);
});
