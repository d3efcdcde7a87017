import * as v from "valibot";
import { ConfigError, InputError } from "../errors/errors.ts";
import type { ImageInput } from "./image.ts";
import { type ImageBackend, type ResampleFilter, resample } from "./resample.ts";

/** What an image is resized to. */
export type ResizeTarget =
  | { readonly height: number; readonly width: number }
  /** The shorter length, and the most the longer one may be; the image keeps its shape. */
  | { readonly shortest: number; readonly longest?: number }
  /** As large as fits in, in its shape. */
  | { readonly mostHeight: number; readonly mostWidth: number };

/** What turns an image into the numbers a model reads, in this order; a part that is left out is not done. */
export interface ImageProcessor {
  /** Whose numbers come out; Pillow's if not said. */
  readonly backend?: ImageBackend;
  readonly resize?: { readonly to: ResizeTarget; readonly filter: ResampleFilter };
  /** The middle of the picture, black around it where the picture is smaller. */
  readonly crop?: { readonly height: number; readonly width: number };
  /** Bytes are multiplied by this. */
  readonly rescale?: number;
  /** For red, green and blue. */
  readonly normalise?: { readonly mean: readonly number[]; readonly deviation: readonly number[] };
  /** Zeros at the right and below, up to a size or to the largest image of a run. */
  readonly pad?: { readonly height: number; readonly width: number } | "largest";
}

/** An image as a model reads it. */
export interface ProcessedImage {
  readonly width: number;
  readonly height: number;
  /** (3, height, width): red, green, blue */
  readonly pixels: Float32Array;
}

/** By Pillow's numbers. */
const filters: Readonly<Record<number, ResampleFilter>> = {
  0: "nearest",
  1: "lanczos",
  2: "bilinear",
  3: "bicubic",
  4: "box",
  5: "hamming",
};

const length = v.pipe(v.number(), v.integer(), v.minValue(1));
const perChannel = v.pipe(
  v.union([v.number(), v.pipe(v.array(v.number()), v.length(3))]),
  v.transform((value) => (typeof value === "number" ? [value, value, value] : value)),
);
const half = [0.5, 0.5, 0.5];
const clipMean = [0.48145466, 0.4578275, 0.40821073];
const clipDeviation = [0.26862954, 0.26130258, 0.27577711];

const bothLengths = v.strictObject({ height: length, width: length });
const inPlane = v.union([length, v.tuple([length, length]), bothLengths]);
const schema = v.object({
  image_processor_type: v.nullish(v.string()),
  feature_extractor_type: v.nullish(v.string()),
  do_resize: v.nullish(v.boolean(), true),
  size: v.nullish(
    v.union([
      inPlane,
      v.strictObject({ shortest_edge: length, longest_edge: v.nullish(length) }),
      v.strictObject({ max_height: length, max_width: length }),
      v.strictObject({ longest_edge: length }),
    ]),
  ),
  default_to_square: v.nullish(v.boolean()),
  use_square_size: v.nullish(v.boolean()),
  resample: v.nullish(v.number()),
  do_rescale: v.nullish(v.boolean(), true),
  rescale_factor: v.nullish(v.number(), 1 / 255),
  do_normalize: v.nullish(v.boolean(), true),
  image_mean: v.nullish(perChannel),
  image_std: v.nullish(perChannel),
  do_center_crop: v.nullish(v.boolean()),
  crop_size: v.nullish(inPlane),
  do_pad: v.nullish(v.boolean(), false),
  pad_size: v.nullish(inPlane),
});
type Config = v.InferOutput<typeof schema>;

/** Classes of transformers that prepare images, by the first part of their names: `DeiT` of DeiTImageProcessor and DeiTFeatureExtractor. */
export type ImageProcessorClass = "ViT" | "DeiT" | "Beit" | "Bit" | "CLIP" | "Siglip";

/** What a class of transformers does where a file says nothing. */
interface Usual {
  /** Height and width, or the shorter edge. */
  readonly size: number;
  readonly isShortest: boolean;
  /** Whether one number in a file is height and width, not the shorter edge. */
  readonly defaultsToSquare: boolean;
  readonly resample: number;
  /** The middle that is cut out; null where no file's silence means one. */
  readonly crop: number | null;
  readonly crops: boolean;
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  /** Whether it passes over do_pad. */
  readonly neverPads?: boolean;
}

const plain: Usual = {
  size: 224,
  isShortest: false,
  defaultsToSquare: true,
  resample: 2,
  crop: null,
  crops: false,
  mean: half,
  deviation: half,
};
const likeClip: Usual = {
  size: 224,
  isShortest: true,
  defaultsToSquare: false,
  resample: 3,
  crop: 224,
  crops: true,
  mean: clipMean,
  deviation: clipDeviation,
};

const usual: Readonly<Record<ImageProcessorClass, Usual>> = {
  ViT: plain,
  DeiT: { ...plain, size: 256, resample: 3, crop: 224, crops: true },
  Beit: { ...plain, resample: 3, crop: 224, neverPads: true },
  Bit: likeClip,
  CLIP: likeClip,
  Siglip: { ...plain, resample: 3, defaultsToSquare: false },
};
const known = /^(\w+?)(FeatureExtractor|ImageProcessor(Fast|Pil)?)$/;

/**
 * A checkpoint's preprocessor_config.json, with the defaults of its class in transformers for what it leaves out (the class of the model's
 * type where it names none). What it says of transformers' backends (Fast, use_fast) decides nothing there, nor here: `backend` does. Throws
 * ConfigError for a class and for a step heed does not do.
 */
export function readImageProcessor(
  file: unknown,
  place: string,
  ofType: ImageProcessorClass = "ViT",
  backend: ImageBackend = "pillow",
): ImageProcessor {
  const result = v.safeParse(schema, file);
  if (!result.success) {
    const [issue] = result.issues;
    throw new ConfigError(
      `${place}: ${v.getDotPath(issue) ?? "the file"} is ${issue.received}: ${issue.message}`,
    );
  }
  const config = result.output;
  const refuse = (field: string, value: unknown, why: string): never => {
    throw new ConfigError(
      `${place}: ${field}=${JSON.stringify(value)}. ${why}. Prepare the image yourself and give pixels`,
    );
  };
  const type =
    config.image_processor_type ?? config.feature_extractor_type ?? `${ofType}ImageProcessor`;
  const name = known.exec(type)?.[1];
  const own =
    name !== undefined && Object.hasOwn(usual, name)
      ? usual[name as ImageProcessorClass]
      : refuse(
          "image_processor_type",
          type,
          `heed prepares images as ${Object.keys(usual)
            .map((one) => `${one}ImageProcessor`)
            .join(", ")} do`,
        );
  const number = config.resample ?? own.resample;
  const filter =
    filters[number] ??
    refuse(
      "resample",
      number,
      `heed has ${Object.entries(filters)
        .map((pair) => pair.join(" "))
        .join(", ")}`,
    );
  if (backend === "torchvision" && (filter === "box" || filter === "hamming"))
    refuse("resample", number, `torchvision has no filter ${filter}`);
  const middle = (config.do_center_crop ?? own.crops) ? (config.crop_size ?? own.crop) : undefined;
  if (middle === null)
    refuse("do_center_crop", true, `There is no crop_size, and ${type} knows none of its own`);
  const pads = config.do_pad && !own.neverPads;
  return {
    ...(backend !== "pillow" && { backend }),
    resize: config.do_resize
      ? {
          to:
            sizeOf(config, own, name) ??
            refuse("size", config.size, "transformers' classes do not resize to it"),
          filter,
        }
      : undefined,
    crop: middle ? lengthsOf(middle) : undefined,
    rescale: config.do_rescale ? config.rescale_factor : undefined,
    normalise: config.do_normalize
      ? { mean: config.image_mean ?? own.mean, deviation: config.image_std ?? own.deviation }
      : undefined,
    pad: pads ? (config.pad_size ? lengthsOf(config.pad_size) : "largest") : undefined,
  };
}

function sizeOf(config: Config, own: Usual, name: string | undefined): ResizeTarget | undefined {
  const square = { height: own.size, width: own.size };
  const { size } = config;
  // Files of KOSMOS-2 ask it of CLIP's class, which then goes by its own size.
  if (config.use_square_size && name === "CLIP") return square;
  if (size === null || size === undefined) return own.isShortest ? { shortest: own.size } : square;
  if (typeof size === "number" && !(config.default_to_square ?? own.defaultsToSquare))
    return { shortest: size };
  if (typeof size === "object" && "shortest_edge" in size)
    return { shortest: size.shortest_edge, longest: size.longest_edge ?? undefined };
  if (typeof size === "object" && "max_height" in size)
    return { mostHeight: size.max_height, mostWidth: size.max_width };
  return typeof size === "object" && "longest_edge" in size ? undefined : lengthsOf(size);
}

function lengthsOf(size: v.InferOutput<typeof inPlane>): {
  readonly height: number;
  readonly width: number;
} {
  if (typeof size === "number") return { height: size, width: size };
  return Array.isArray(size) ? { height: size[0], width: size[1] } : size;
}

/** What transformers' ViTImageProcessor does without any settings, at a size. */
export function plainProcessor(
  [height, width]: readonly [number, number],
  backend: ImageBackend = "pillow",
): ImageProcessor {
  return {
    ...(backend !== "pillow" && { backend }),
    resize: { to: { height, width }, filter: "bilinear" },
    rescale: 1 / 255,
    normalise: { mean: half, deviation: half },
  };
}

/** Resizes, cuts out the middle, rescales and normalises, bit for bit as the processors of transformers do, over Pillow or torchvision. */
export function processImage(image: ImageInput, processor: ImageProcessor): ProcessedImage {
  const { backend = "pillow", resize, crop, pad } = processor;
  const target = resize && targetOf(image, resize.to);
  if (target && Math.min(target.height, target.width) < 1)
    throw new InputError(
      `image: ${image.width} x ${image.height} pixels are so narrow that nothing is left of them at the size its checkpoint asks for. Cut out a part of it`,
    );
  const resized = target ? resample(image, target, resize.filter, backend) : image;
  const { width, height, rgb } = crop ? middleOf(resized, crop, backend) : resized;
  const size = width * height;
  const pixels = new Float32Array(3 * size);
  for (let channel = 0; channel < 3; channel++) {
    const values = valuesOf(processor, channel);
    for (let place = 0; place < size; place++)
      pixels[channel * size + place] = values[rgb[place * 3 + channel]!]!;
  }
  const made = { width, height, pixels };
  return pad === undefined || pad === "largest" ? made : padded(made, pad);
}

/** What each byte of a channel becomes, every step rounded to 32 bits: rescaled, then normalised; with torchvision both at once. */
function valuesOf({ backend, rescale, normalise }: ImageProcessor, channel: number): Float32Array {
  const mean = Math.fround(normalise?.mean[channel] ?? 0);
  const deviation = Math.fround(normalise?.deviation[channel] ?? 1);
  const bytes = Array.from({ length: 256 }, (_, byte) => byte);
  if (backend !== "torchvision")
    return Float32Array.from(
      bytes,
      (byte) => Math.fround(Math.fround(byte * (rescale ?? 1)) - mean) / deviation,
    );
  if (!normalise) return Float32Array.from(bytes, (byte) => byte * Math.fround(rescale ?? 1));
  const back = rescale === undefined ? 1 : Math.fround(1 / rescale);
  const [middle, width] = [Math.fround(mean * back), Math.fround(deviation * back)];
  return Float32Array.from(bytes, (byte) => Math.fround(byte - middle) / width);
}

/** An image with zeros at its right and below. Throws InputError for an image that is larger. */
export function padded(
  image: ProcessedImage,
  { height, width }: { readonly height: number; readonly width: number },
): ProcessedImage {
  if (image.height > height || image.width > width)
    throw new InputError(
      `image: ${image.width} x ${image.height} pixels when resized, more than the ${width} x ${height} its checkpoint fills images up to (pad_size). Give a smaller image, or pixels`,
    );
  const pixels = new Float32Array(3 * height * width);
  for (let row = 0; row < 3 * image.height; row++) {
    const line = Math.floor(row / image.height) * height + (row % image.height);
    const taken = image.pixels.subarray(row * image.width, (row + 1) * image.width);
    pixels.set(taken, line * width);
  }
  return { width, height, pixels };
}

function targetOf(
  { width, height }: ImageInput,
  to: ResizeTarget,
): { readonly height: number; readonly width: number } {
  if ("mostHeight" in to) {
    const scale = Math.min(to.mostHeight / height, to.mostWidth / width);
    return { height: Math.trunc(height * scale), width: Math.trunc(width * scale) };
  }
  if (!("shortest" in to)) return to;
  const [short, long] = [Math.min(width, height), Math.max(width, height)];
  const isTooLong = to.longest !== undefined && (long / short) * to.shortest > to.longest;
  const wanted = isTooLong ? (to.longest * short) / long : to.shortest;
  const shortest = isTooLong ? halfToEven(wanted) : wanted;
  const longest =
    to.longest !== undefined && short === shortest ? long : Math.trunc((wanted * long) / short);
  return width <= height
    ? { width: shortest, height: longest }
    : { width: longest, height: shortest };
}

/** Rounded as Python does it. */
function halfToEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

/**
 * The middle of an image, black where that reaches beyond it; an odd pixel is left out below and at the right, or added above and at the
 * left, with torchvision below and at the right.
 */
function middleOf(
  image: ImageInput,
  { height, width }: NonNullable<ImageProcessor["crop"]>,
  backend: ImageBackend,
): ImageInput {
  const before = (length: number, wanted: number) =>
    (backend === "torchvision" ? Math.trunc : Math.floor)((length - wanted) / 2);
  const top = before(image.height, height);
  const left = before(image.width, width);
  const rgb = new Uint8Array(height * width * 3);
  const from = Math.max(left, 0);
  const end = Math.min(left + width, image.width);
  for (let row = 0; row < height; row++) {
    const line = top + row;
    if (line < 0 || line >= image.height) continue;
    const start = line * image.width;
    const taken = image.rgb.subarray((start + from) * 3, (start + end) * 3);
    rgb.set(taken, (row * width + from - left) * 3);
  }
  return { width, height, rgb };
}
