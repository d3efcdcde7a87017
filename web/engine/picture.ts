import { type ImageInput, readImage } from "heed";

/** A picture that is on screen: its file, what is in it, and where the page finds it. */
export interface Picture {
  /** Its file's name, as the state has it. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly image: ImageInput;
  /** A blob: address. */
  readonly address: string;
}

/** No side of what is drawn is longer, in pixels. */
const longestSide = 1200;

/** Reads a picture's file. What is drawn is what the model is given, upright and in the same colours. Throws InputError for what is no picture. */
export async function openPicture(file: File): Promise<Picture> {
  const { name } = file;
  const bytes = new Uint8Array(await file.arrayBuffer());
  const image = await readImage(bytes, name);
  return { name, bytes, image, address: URL.createObjectURL(await drawn(image)) };
}

async function drawn({ width, height, rgb }: ImageInput): Promise<Blob> {
  const whole = new OffscreenCanvas(width, height);
  const pixels = new ImageData(width, height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    pixels.data.set(rgb.subarray(pixel * 3, pixel * 3 + 3), pixel * 4);
    pixels.data[pixel * 4 + 3] = 255;
  }
  penOf(whole).putImageData(pixels, 0, 0);
  const factor = Math.min(1, longestSide / Math.max(width, height));
  if (factor === 1) return whole.convertToBlob();
  const side = (length: number) => Math.max(1, Math.round(length * factor));
  const small = new OffscreenCanvas(side(width), side(height));
  penOf(small).drawImage(whole, 0, 0, small.width, small.height);
  return small.convertToBlob();
}

function penOf(canvas: OffscreenCanvas): OffscreenCanvasRenderingContext2D {
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("This browser gives no canvas to draw a picture with.");
  return pen;
}
