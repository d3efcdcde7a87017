import { InputError } from "../errors/errors.ts";

/** A decoded image, upright: red, green and blue of every pixel, row by row from the top left. */
export interface ImageInput {
  readonly width: number;
  readonly height: number;
  /** height · width · 3 bytes */
  readonly rgb: Uint8Array | Uint8ClampedArray;
}

export type ImageFormat = "png" | "jpeg" | "webp";

/** Above this many pixels an image is refused, as Pillow refuses it: twice its MAX_IMAGE_PIXELS, 0.5 GB of colours. */
const mostPixels = 178_956_970;

/** The format of an image file, by its first bytes. Throws InputError for any other. */
export function imageFormat(bytes: Uint8Array, place: string): ImageFormat {
  const starts = (at: number, text: string) =>
    [...text].every((letter, index) => bytes[at + index] === letter.charCodeAt(0));
  if (starts(0, "\x89PNG\r\n\x1a\n")) return "png";
  if (starts(0, "\xff\xd8\xff")) return "jpeg";
  if (starts(0, "RIFF") && starts(8, "WEBP")) return "webp";
  throw new InputError(
    `${place}: neither PNG nor JPEG nor WebP by its first bytes. Convert the image to one of these`,
  );
}

/** Throws InputError for sizes that no image has. */
export function checkImageSize(width: number, height: number, place: string): void {
  if (!isLength(width) || !isLength(height) || width * height > mostPixels)
    throw new InputError(
      `${place}: ${width} x ${height} pixels; an image has at least 1 x 1 and at most ${mostPixels} in all`,
    );
}

function isLength(value: number): boolean {
  return Number.isInteger(value) && value > 0;
}

/** Whether this is a decoded image; throws InputError when its bytes do not fit its size. */
export function isImage(input: unknown): input is ImageInput {
  if (typeof input !== "object" || input === null || !("rgb" in input)) return false;
  const { width, height, rgb } = input as ImageInput;
  checkImageSize(width, height, "image");
  if (!(rgb instanceof Uint8Array || rgb instanceof Uint8ClampedArray))
    throw new InputError("image: rgb must be a Uint8Array, three bytes a pixel");
  if (rgb.length !== width * height * 3)
    throw new InputError(
      `image: ${width} x ${height} pixels need ${width * height * 3} bytes of rgb, got ${rgb.length}${rgb.length === width * height * 4 ? ". Leave out the fourth byte of each pixel" : ""}`,
    );
  return true;
}

/** Red, green and blue of pixels stored `channels` bytes each: gray (1, 2 with alpha) three times, colours (3, 4) without their alpha. */
export function dropAlpha(samples: Uint8Array | Uint8ClampedArray, channels: number): Uint8Array {
  const pixels = samples.length / channels;
  const rgb = new Uint8Array(pixels * 3);
  const [green, blue] = channels < 3 ? [0, 0] : [1, 2];
  for (let pixel = 0; pixel < pixels; pixel++) {
    const from = pixel * channels;
    rgb[pixel * 3] = samples[from]!;
    rgb[pixel * 3 + 1] = samples[from + green]!;
    rgb[pixel * 3 + 2] = samples[from + blue]!;
  }
  return rgb;
}

/** The image as it is meant to be seen, by its EXIF orientation: 1 upright, 2 to 8 mirrored, turned, or both. */
export function upright(image: ImageInput, orientation: number): ImageInput {
  if (orientation < 2 || orientation > 8) return image;
  const { width, height, rgb } = image;
  // Stored rows run along the upright image's columns.
  const isTurned = orientation >= 5;
  const fromBottom = [3, 4, 6, 7].includes(orientation);
  const fromRight = [2, 3, 7, 8].includes(orientation);
  const [columns, rows] = isTurned ? [height, width] : [width, height];
  const turned = new Uint8Array(rgb.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const [y, x] = isTurned ? [column, row] : [row, column];
      const line = fromBottom ? height - 1 - y : y;
      const from = (line * width + (fromRight ? width - 1 - x : x)) * 3;
      const to = (row * columns + column) * 3;
      for (let channel = 0; channel < 3; channel++) turned[to + channel] = rgb[from + channel]!;
    }
  return { width: columns, height: rows, rgb: turned };
}
