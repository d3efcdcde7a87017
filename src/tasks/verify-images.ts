import * as v from "valibot";
import { toFloat32 } from "../checkpoint/numbers.ts";
import { parseSafetensors } from "../checkpoint/safetensors.ts";
import { HeedError, InputError } from "../errors/errors.ts";
import type { ImageInput } from "../images/image.ts";
import {
  type ImageProcessor,
  plainProcessor,
  processImage,
  readImageProcessor,
} from "../images/image-processor.ts";
import { type ImageBackend, imageBackends } from "../images/resample.ts";

/** How far an image is from what was recorded. */
export interface ImageDifference {
  readonly file: string;
  readonly golden: string;
  /** Where the colours came from: heed's decoder, or the recorded ones of a format that decoders round in their own ways. */
  readonly from: "file" | "recorded colours";
  /** The largest |a − b| over all values. */
  readonly difference: number;
  /** The same in levels of 255. */
  readonly levels: number;
  /** The largest difference that passes. */
  readonly allowed: number;
  readonly passed: boolean;
  /** Of a file with recorded colours: how far heed's decoder is from them, in levels. */
  readonly decoded?: number;
  /** Why it fails where a number does not say it. */
  readonly reason?: string;
}

/** Where the files of a folder come from. */
export interface ImageFiles {
  /** Contents of index.json, parsed. */
  readonly index: unknown;
  /** Whose numbers pictures become, where an entry of the index does not say it. */
  readonly backend?: ImageBackend;
  /** Throws a HeedError where there is no such file. */
  readonly bytes: (file: string) => Promise<Uint8Array>;
  readonly decode: (bytes: Uint8Array, place: string) => Promise<ImageInput>;
}

const entrySchema = v.array(
  // An entry may have its own preprocessor_config.json: { processor: {…} }.
  v.looseObject({
    file: v.string(),
    golden: v.string(),
    processor: v.optional(v.unknown()),
    backend: v.optional(v.picklist(imageBackends)),
  }),
  "index.json must be a list of { file, golden }",
);
const tolerance = 1e-5;
const decoderLevels = 3;

/**
 * Every image an index lists, prepared as ViTImageProcessor does and compared with its golden at every value: within 1e-5 from
 * stored colours (PNG, or the golden's own `rgb`), within 3 levels of 255 through heed's decoder where colours were recorded.
 */
export async function verifyImages(files: ImageFiles): Promise<ImageDifference[]> {
  const result = v.safeParse(entrySchema, files.index);
  if (!result.success)
    throw new InputError(
      `index.json: ${result.issues[0].message}. Is it of another kind of folder?`,
    );
  if (result.output.length === 0) throw new InputError("index.json lists no image");
  const differences: ImageDifference[] = [];
  for (const entry of result.output) {
    const goldens = Object.entries(entry).filter(([key]) => /^golden(_|$)/.test(key));
    const { file, processor, backend = files.backend } = entry;
    const own =
      processor === undefined ? undefined : readImageProcessor(processor, file, undefined, backend);
    for (const [, golden] of goldens)
      differences.push(
        ...(await verifyImage(file, String(golden), { processor: own, backend }, files)),
      );
  }
  return differences;
}

/** How an entry of the index has its picture prepared. */
interface Prepared {
  readonly processor: ImageProcessor | undefined;
  readonly backend: ImageBackend | undefined;
}

interface Golden {
  readonly pixels: Float32Array;
  readonly size: { readonly width: number; readonly height: number };
  readonly processor: ImageProcessor;
  readonly colors: ImageInput | undefined;
}

async function verifyImage(
  file: string,
  golden: string,
  prepared: Prepared,
  files: ImageFiles,
): Promise<ImageDifference[]> {
  const place = { file, golden, from: "file" } as const;
  const exact: ImageDifference[] = [];
  try {
    const expected = readGolden(await files.bytes(golden), golden, prepared);
    const { colors } = expected;
    if (colors) exact.push(compare({ ...place, from: "recorded colours" }, colors, expected));
    const decoded = await files.decode(await files.bytes(file), file);
    const through = compare(place, decoded, expected, colors ? decoderLevels : undefined);
    return [...exact, colors ? { ...through, decoded: colorLevels(decoded, colors) } : through];
  } catch (error) {
    if (!(error instanceof HeedError)) throw error;
    return [...exact, failed(place, error.message)];
  }
}

function readGolden(bytes: Uint8Array, place: string, { processor, backend }: Prepared): Golden {
  const { entries } = parseSafetensors(bytes, place);
  const find = (name: string) => entries.find((entry) => entry.name === name);
  const pixels = find("pixel_values");
  const [channels, height = 0, width = 0] = pixels?.shape ?? [];
  if (pixels?.type !== "F32" || channels !== 3)
    throw new InputError(`${place}: needs a tensor pixel_values, float32 (3, height, width)`);
  const rgb = find("rgb");
  return {
    pixels: toFloat32("F32", bytes.subarray(pixels.start, pixels.end)),
    size: { width, height },
    processor: processor ?? plainProcessor([height, width], backend),
    colors: rgb && {
      height: rgb.shape[0]!,
      width: rgb.shape[1]!,
      rgb: bytes.subarray(rgb.start, rgb.end),
    },
  };
}

type Place = Pick<ImageDifference, "file" | "golden" | "from">;

/** `levels`: how many levels of 255 may differ; the plain tolerance when undefined. */
function compare(
  place: Place,
  image: ImageInput,
  { pixels, size, processor }: Golden,
  levels?: number,
): ImageDifference {
  const got = processImage(image, processor);
  if (got.width !== size.width || got.height !== size.height)
    return failed(
      place,
      `recorded as ${size.width} x ${size.height} pixels, heed makes ${got.width} x ${got.height}`,
    );
  let difference = 0;
  for (const [index, value] of got.pixels.entries())
    difference = Math.max(difference, Math.abs(value - pixels[index]!));
  const { rescale = 1, normalise } = processor;
  const level = rescale / Math.max(...(normalise?.deviation ?? [1]));
  const allowed = levels === undefined ? tolerance : levels * level + tolerance;
  return {
    ...place,
    difference,
    levels: difference / level,
    allowed,
    passed: difference <= allowed,
  };
}

function colorLevels(a: ImageInput, b: ImageInput): number {
  if (a.width !== b.width || a.height !== b.height) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (const [index, value] of a.rgb.entries())
    most = Math.max(most, Math.abs(value - b.rgb[index]!));
  return most;
}

function failed(place: Place, reason: string): ImageDifference {
  const difference = Number.NaN;
  return { ...place, difference, levels: difference, allowed: 0, passed: false, reason };
}
