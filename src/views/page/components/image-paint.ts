import { grayOf } from "../../image-heat.ts";
import type { Question } from "../base/question.ts";
import type { Answer } from "../source/answer.ts";
import type { ImageSource, SourceImage } from "../source/source.ts";

/** What an image and weights over it are painted with. */
export interface ImagePaint {
  readonly picture: CanvasImageSource;
  readonly gray: CanvasImageSource;
  /** Paints weights (patches) over an image drawn at (x, y): the strongest has the strongest colour. */
  heat(
    pen: CanvasRenderingContext2D,
    weights: Float32Array,
    place: {
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
    },
  ): void;
}

const paints = new WeakMap<SourceImage, Answer<ImagePaint>>();

/** Asks for a source's image, which all elements that draw it share. */
export function askPaint(question: Question<ImagePaint>, { image }: ImageSource): void {
  question.ask([image], () => {
    const paint = paints.get(image) ?? readImagePaint(image);
    paints.set(image, paint);
    return paint;
  });
}

/** The colours from nothing to the strongest, for CSS. */
export function heatGradient({ colors }: SourceImage): string {
  const stops = Array.from({ length: 17 }, (_, index) => {
    const step = Math.round((index / 16) * 255);
    return `#${colors.slice(step * 8, step * 8 + 8)}`;
  });
  return `linear-gradient(to right, ${stops.join(", ")})`;
}

/** Decodes an image, and makes a gray one, on which only weights have colour. */
async function readImagePaint({
  address,
  colors,
  rows,
  columns,
  covered,
}: SourceImage): Promise<ImagePaint> {
  const image = new Image();
  image.src = address;
  await image.decode();
  const words = Uint32Array.from({ length: 256 }, (_, step) => {
    const value = Number.parseInt(colors.slice(step * 8, step * 8 + 8), 16);
    // rrggbbaa as the little-endian RGBA of ImageData.
    return (
      (((value & 255) << 24) |
        (((value >>> 8) & 255) << 16) |
        (((value >>> 16) & 255) << 8) |
        (value >>> 24)) >>>
      0
    );
  });
  const brush = document.createElement("canvas");
  brush.width = columns;
  brush.height = rows;
  const brushPen = brush.getContext("2d")!;
  const pixels = new ImageData(columns, rows);
  const pixelWords = new Uint32Array(pixels.data.buffer);
  return {
    picture: image,
    gray: grayCopy(image),
    heat(pen, weights, { x, y, width, height }) {
      let most = 0;
      for (const weight of weights) most = Math.max(most, weight);
      for (let patch = 0; patch < pixelWords.length; patch++)
        pixelWords[patch] = words[most > 0 ? Math.round((weights[patch]! / most) * 255) : 0]!;
      brushPen.putImageData(pixels, 0, 0);
      pen.imageSmoothingEnabled = false;
      pen.drawImage(brush, x, y, width * covered.width, height * covered.height);
      pen.imageSmoothingEnabled = true;
    },
  };
}

function grayCopy(image: HTMLImageElement): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  const pen = canvas.getContext("2d")!;
  pen.drawImage(image, 0, 0);
  const pixels = pen.getImageData(0, 0, canvas.width, canvas.height);
  const { data } = pixels;
  for (let place = 0; place < data.length; place += 4)
    data.fill(grayOf(data[place]!, data[place + 1]!, data[place + 2]!), place, place + 3);
  pen.putImageData(pixels, 0, 0);
  return canvas;
}
