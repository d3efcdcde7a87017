import { grayOf, type ImageGrid, strongest } from "../../image-heat.ts";
import type { Box } from "../base/box.ts";
import { drawHidden } from "../base/canvas.ts";
import type { Question } from "../base/question.ts";
import type { Answer } from "../source/answer.ts";
import type { ImageSource, SourceImage } from "../source/source.ts";

/** What an image and weights over it are painted with. */
export interface ImagePaint {
  readonly picture: CanvasImageSource;
  readonly gray: CanvasImageSource;
  /** Paints weights of a grid's patches over an image drawn at (x, y): the strongest has the strongest colour, and what is out of reach (NaN) is hatched. */
  heat(
    pen: CanvasRenderingContext2D,
    weights: Float32Array,
    grid: Required<ImageGrid>,
    place: Box,
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
async function readImagePaint({ address, colors }: SourceImage): Promise<ImagePaint> {
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
  const brushPen = brush.getContext("2d")!;
  return {
    picture: image,
    gray: grayCopy(image),
    heat(pen, weights, { rows, columns, covered }, { x, y, width, height }) {
      const most = strongest(weights);
      const pixels = new ImageData(columns, rows);
      const pixelWords = new Uint32Array(pixels.data.buffer);
      for (let patch = 0; patch < pixelWords.length; patch++) {
        const weight = weights[patch]!;
        pixelWords[patch] = words[most > 0 && weight > 0 ? Math.round((weight / most) * 255) : 0]!;
      }
      // The size clears it.
      brush.width = columns;
      brush.height = rows;
      brushPen.putImageData(pixels, 0, 0);
      pen.imageSmoothingEnabled = false;
      pen.drawImage(brush, x, y, width * covered.width, height * covered.height);
      pen.imageSmoothingEnabled = true;
      const cell = {
        width: (width * covered.width) / columns,
        height: (height * covered.height) / rows,
      };
      for (const run of hiddenRuns(weights, columns))
        drawHidden(
          pen,
          {
            x: x + run.column * cell.width,
            y: y + run.row * cell.height,
            width: run.count * cell.width,
            height: cell.height,
          },
          onGray,
        );
    },
  };
}

/** Of hatches over a gray image, on either ground. */
const onGray = { quiet: "#e8e8e8" };

/** Neighbours of a row that are out of reach, together. */
function* hiddenRuns(weights: Float32Array, columns: number) {
  for (let start = 0; start < weights.length; start += columns) {
    let count = 0;
    for (let column = 0; column <= columns; column++) {
      const isHidden = column < columns && Number.isNaN(weights[start + column]!);
      if (!isHidden && count > 0) yield { row: start / columns, column: column - count, count };
      count = isHidden ? count + 1 : 0;
    }
  }
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
