import { expectKeys } from "../../errors/options.ts";
import type { HeadAddress } from "../../probe/head-address.ts";
import {
  expectImage,
  grayed,
  heatImage,
  type ImageGrid,
  type ImagePixels,
  scaled,
  strongest,
} from "../image-heat.ts";
import type { Rgb } from "../scale.ts";
import type { ImageGridPicture, ImagePicture } from "../svg/image.ts";
import { type ColorImage, encodeColorPng } from "./png.ts";

/** The patch that looks is framed in this. */
const frame: Rgb = [77, 208, 225];
const gap = 4;

/** One head's weights over the image, as a PNG file without any words: the longer side has `side` pixels. */
export function imagePng(picture: ImagePicture, options: { side?: number } = {}): Uint8Array {
  expectKeys(options, { side: true }, "imagePng");
  const { side = 640 } = options;
  expectImage("imagePng", picture.image, picture, picture.weights);
  const base = grayed(fitted(picture.image, side));
  blend(base, picture.weights, picture);
  if (picture.query) outline(base, picture, picture.query);
  return encodeColorPng(base);
}

/** Every head's weights over the image, a row a layer and a column a head, as a PNG file without any words. */
export function imageGridPng(
  picture: ImageGridPicture,
  options: { side?: number } = {},
): Uint8Array {
  expectKeys(options, { side: true }, "imageGridPng");
  const { side = 128 } = options;
  const { layers, heads, image, weightsOf } = picture;
  const base = grayed(fitted(image, side));
  const width = heads * (base.width + gap) - gap;
  const height = layers * (base.height + gap) - gap;
  const whole: ColorImage = {
    width,
    height,
    pixels: new Uint8Array(width * height * 3).fill(255),
  };
  for (let layer = 0; layer < layers; layer++)
    for (let head = 0; head < heads; head++) {
      if (picture.isThere?.({ layer, head }) === false) continue;
      const weights = weightsOf({ layer, head });
      expectImage("imageGridPng", image, picture, weights);
      const part = { ...base, pixels: base.pixels.slice() };
      blend(part, weights, picture);
      if (picture.query) outline(part, picture, picture.query);
      put(whole, part, { layer, head });
    }
  return encodeColorPng(whole);
}

/** An image whose longer side has this many pixels. */
export function fitted(image: ImagePixels, side: number): ImagePixels {
  const factor = side / Math.max(image.width, image.height);
  const length = (value: number) => Math.max(1, Math.round(value * factor));
  return scaled(image, length(image.width), length(image.height));
}

/** Lays the weights over the image, in place. */
function blend(base: ColorImage, weights: ArrayLike<number>, grid: ImageGrid): void {
  const heat = heatImage(weights, grid, strongest(weights));
  const { covered = { width: 1, height: 1 } } = grid;
  for (let y = 0; y < base.height * covered.height; y++)
    for (let x = 0; x < base.width * covered.width; x++) {
      const row = Math.floor((y * grid.rows) / (base.height * covered.height));
      const column = Math.floor((x * grid.columns) / (base.width * covered.width));
      const from = (row * grid.columns + column) * 4;
      const opaque = heat.pixels[from + 3]! / 255;
      const to = (y * base.width + x) * 3;
      for (let channel = 0; channel < 3; channel++)
        base.pixels[to + channel] = Math.round(
          base.pixels[to + channel]! * (1 - opaque) + heat.pixels[from + channel]! * opaque,
        );
    }
}

function outline(
  { width, height, pixels }: ColorImage,
  { rows, columns, covered = { width: 1, height: 1 } }: ImageGrid,
  { row, column }: { readonly row: number; readonly column: number },
): void {
  const x = (index: number) => Math.round((index * width * covered.width) / columns);
  const y = (index: number) => Math.round((index * height * covered.height) / rows);
  const [left, right, top, bottom] = [x(column), x(column + 1), y(row), y(row + 1)];
  const thick = Math.max(1, Math.round((right - left) / 12));
  for (let py = top; py < bottom; py++)
    for (let px = left; px < right; px++) {
      const isInside =
        px >= left + thick && px < right - thick && py >= top + thick && py < bottom - thick;
      if (!isInside) pixels.set(frame, (py * width + px) * 3);
    }
}

function put(whole: ColorImage, part: ColorImage, { layer, head }: HeadAddress): void {
  for (let y = 0; y < part.height; y++) {
    const line = part.pixels.subarray(y * part.width * 3, (y + 1) * part.width * 3);
    const row = layer * (part.height + gap) + y;
    whole.pixels.set(line, (row * whole.width + head * (part.width + gap)) * 3);
  }
}
