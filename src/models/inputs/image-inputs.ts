import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { ConfigError, InputError } from "../../errors/errors.ts";
import type { ImageReader } from "../../families/family.ts";
import { mergedGrid, type PatchGrid } from "../../families/inputs.ts";
import type { ImageInput } from "../../images/image.ts";
import {
  type ImageProcessor,
  type ProcessedImage,
  padded,
  plainProcessor,
  processImage,
  readImageProcessor,
} from "../../images/image-processor.ts";
import { type ImageBackend, imageBackends } from "../../images/resample.ts";
import type { LayerTokens } from "../../probe/text-tokens.ts";
import type { TextToken } from "../../probe/words.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { readProcessorFile } from "./processor-file.ts";

/**
 * What prepares a checkpoint's images: its preprocessor_config.json (or processor_config.json), or plain resizing to the model's own size. A file that asks
 * for what heed does not do is no error until an image comes: pixels can still be given.
 */
export async function readImages(
  files: Pick<Checkpoint, "label" | "text">,
  reader: ImageReader | undefined,
  backend?: ImageBackend,
): Promise<ImageProcessor | { readonly refused: string } | undefined> {
  if (backend !== undefined && !imageBackends.includes(backend))
    throw new InputError(
      `load: imageBackend is ${JSON.stringify(backend)}; it can be ${imageBackends.join(" or ")}`,
    );
  if (!reader) {
    if (backend === undefined) return undefined;
    throw new InputError(
      `load: ${files.label} reads no images, so that imageBackend (--image-backend) does nothing. Leave it out`,
    );
  }
  const { contents, place } = await readProcessorFile(files, ["image_processor"]);
  if (contents === undefined) return plainProcessor(reader.size, backend);
  try {
    return readImageProcessor(contents, place, reader.preparedBy, backend);
  } catch (error) {
    if (error instanceof ConfigError) return { refused: error.message };
    throw error;
  }
}

/** Images as a model takes them: resized and normalised as its processor says, one below the other (B, 3, height, width). */
export function pixelsOf(images: readonly ImageInput[], processor: ImageProcessor): Tensor {
  const each = images.map((image) => processImage(image, processor));
  const processed = processor.pad === "largest" ? toTheLargest(each) : each;
  const [{ width, height }] = processed as [ReturnType<typeof processImage>];
  for (const [row, image] of processed.entries())
    if (image.width !== width || image.height !== height)
      throw new InputError(
        `run: image 0 is ${width} x ${height} pixels, image ${row} is ${image.width} x ${image.height}. Run images of several sizes one by one`,
      );
  const size = 3 * height * width;
  const data = new Float32Array(images.length * size);
  for (const [row, { pixels }] of processed.entries()) data.set(pixels, row * size);
  return new Tensor([images.length, 3, height, width], data);
}

function toTheLargest(images: readonly ProcessedImage[]): ProcessedImage[] {
  const height = Math.max(...images.map((image) => image.height));
  const width = Math.max(...images.map((image) => image.width));
  return images.map((image) => padded(image, { height, width }));
}

/** The patches of pixels (B, channels, height, width). What does not fill a patch at the right and below is left out, as a convolution does, or filled up. */
export function patchGrid({ shape }: Tensor, reader: ImageReader, label: string): PatchGrid {
  const [, channels, height, width] = shape as readonly [number, number, number, number];
  if (shape.length !== 4 || channels !== reader.channels)
    throw new InputError(
      `${label}: pixels need shape (images, ${reader.channels}, height, width), got (${shape.join(", ")})`,
    );
  const [patchHeight, patchWidth] = reader.patch;
  const whole = reader.fillsPatches ? Math.ceil : Math.floor;
  const rows = whole(height / patchHeight);
  const columns = whole(width / patchWidth);
  if (rows === 0 || columns === 0)
    throw new InputError(
      `${label}: an image of ${width} x ${height} pixels holds no patch of ${patchWidth} x ${patchHeight}. Give a larger image`,
    );
  return { rows, columns };
}

/** Tokens of each layer, then of what follows the last, where neighbours are merged; places that fill up windows are keys too. */
export function layerTokens(grid: PatchGrid, reader: ImageReader): LayerTokens[] | undefined {
  const { merged, window = 1 } = reader;
  const known = new Map<number, LayerTokens>();
  return merged?.map((times) => {
    const before = known.get(times);
    if (before) return before;
    const { rows, columns } = mergedGrid(grid, times);
    const queries = imageTokens({ rows, columns }, reader);
    const side = Math.min(window, rows, columns);
    const filled = Math.ceil(rows / side) * Math.ceil(columns / side) * side * side;
    const padding = Array.from({ length: filled - queries.length }, (_, place) => ({
      ...queries[0]!,
      id: queries.length + place,
      text: `[PAD ${place}]`,
      surface: `[PAD ${place}]`,
      special: true,
      word: null,
      sequence: null,
    }));
    const own = { queries, keys: [...queries, ...padding] };
    known.set(times, own);
    return own;
  });
}

/** The tokens of one image: what comes before the patches, then "patch row,column". */
export function imageTokens({ rows, columns }: PatchGrid, { leading }: ImageReader): TextToken[] {
  const token = (id: number, text: string, surface: string, special: boolean): TextToken => ({
    id,
    text,
    surface,
    special,
    start: 0,
    end: 0,
    word: special ? null : id,
    sequence: special ? null : 0,
    type: 0,
    startsWord: true,
  });
  return [
    ...leading.map((name, id) => token(id, name, name, true)),
    ...Array.from({ length: rows * columns }, (_, place) => {
      const name = `${Math.floor(place / columns)},${place % columns}`;
      return token(leading.length + place, `patch ${name}`, name, false);
    }),
  ];
}
