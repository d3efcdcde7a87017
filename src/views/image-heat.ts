import { expectCount } from "./expect-count.ts";
import type { ColorImage } from "./png/png.ts";
import { colorAt } from "./scale.ts";

/** A decoded image: red, green and blue of every pixel, row by row. */
export interface ImagePixels {
  readonly width: number;
  readonly height: number;
  /** height · width · 3 bytes */
  readonly rgb: Uint8Array | Uint8ClampedArray;
}

/** How a model cut an image into patches. */
export interface ImageGrid {
  readonly rows: number;
  readonly columns: number;
  /** The share of the image's width and height that patches cover, from the top left; all of it when left out. */
  readonly covered?: { readonly width: number; readonly height: number };
}

/** Throws ShapeError unless there is a weight for every patch and a colour for every pixel. */
export function expectImage(
  place: string,
  { width, height, rgb }: ImagePixels,
  { rows, columns }: ImageGrid,
  weights: ArrayLike<number>,
): void {
  expectCount(place, "rgb (height × width × 3)", rgb.length, width * height * 3);
  expectCount(place, "weights (rows × columns of patches)", weights.length, rows * columns);
}

/** The largest weight, which the colour scale of a picture ends at; what cannot be looked at (NaN) is none. */
export function strongest(weights: ArrayLike<number>): number {
  let most = 0;
  for (let index = 0; index < weights.length; index++)
    if (weights[index]! > most) most = weights[index]!;
  return most;
}

/** The image at another size: each new pixel is the mean of those it covers. */
export function scaled(image: ImagePixels, width: number, height: number): ImagePixels {
  const rgb = new Uint8Array(width * height * 3);
  const span = (index: number, from: number, to: number) => {
    const start = Math.floor((index * from) / to);
    return [start, Math.max(start + 1, Math.floor(((index + 1) * from) / to))] as const;
  };
  for (let y = 0; y < height; y++) {
    const [top, bottom] = span(y, image.height, height);
    for (let x = 0; x < width; x++) {
      const [left, right] = span(x, image.width, width);
      const count = (bottom - top) * (right - left);
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let row = top; row < bottom; row++)
          for (let column = left; column < right; column++)
            sum += image.rgb[(row * image.width + column) * 3 + channel]!;
        rgb[(y * width + x) * 3 + channel] = Math.round(sum / count);
      }
    }
  }
  return { width, height, rgb };
}

/** The gray of a pixel under weights: Rec. 601 luma, between dark and middle gray. */
export function grayOf(red: number, green: number, blue: number): number {
  return Math.round(20 + (0.299 * red + 0.587 * green + 0.114 * blue) * 0.65);
}

/** The image in grays, so that only weights have colour. */
export function grayed({ width, height, rgb }: ImagePixels): ColorImage {
  const pixels = new Uint8Array(rgb.length);
  for (let place = 0; place < rgb.length; place += 3) {
    pixels.fill(grayOf(rgb[place]!, rgb[place + 1]!, rgb[place + 2]!), place, place + 3);
  }
  return { width, height, pixels };
}

/** Colour of a weight over an image, 0 to 1 of the strongest: red, green, blue and how opaque. */
export function heatColor(position: number): readonly [number, number, number, number] {
  const [red, green, blue] = colorAt(0.25 + 0.75 * position, "dark");
  return [red, green, blue, Math.round(235 * Math.min(1, 1.4 * position))];
}

/** The weights a pixel a patch, (rows, columns, 4): clear where nothing is looked at, opaque where most is. */
export function heatImage(
  weights: ArrayLike<number>,
  { rows, columns }: ImageGrid,
  most: number,
): ColorImage {
  const pixels = new Uint8Array(rows * columns * 4);
  for (let patch = 0; patch < rows * columns; patch++) {
    const weight = weights[patch]!;
    pixels.set(heatColor(most > 0 && weight > 0 ? weight / most : 0), patch * 4);
  }
  return { width: columns, height: rows, pixels };
}
