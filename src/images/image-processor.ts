import * as v from "valibot";
import { ConfigError } from "../errors/errors.ts";
import type { ImageInput } from "./image.ts";
import { type ResampleFilter, resample } from "./resample.ts";

/** What turns an image into the numbers a model reads, in this order; a part that is left out is not done. */
export interface ImageProcessor {
  readonly resize?: {
    /** Both lengths, or the shorter one, which keeps the image's shape. */
    readonly to:
      | { readonly height: number; readonly width: number }
      | { readonly shortest: number };
    readonly filter: ResampleFilter;
  };
  /** The middle of the picture, black around it where the picture is smaller. */
  readonly crop?: { readonly height: number; readonly width: number };
  /** Bytes are multiplied by this. */
  readonly rescale?: number;
  /** For red, green and blue. */
  readonly normalise?: { readonly mean: readonly number[]; readonly deviation: readonly number[] };
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

const bothLengths = v.object({ height: length, width: length });
const schema = v.object({
  image_processor_type: v.nullish(v.string()),
  feature_extractor_type: v.nullish(v.string()),
  do_resize: v.nullish(v.boolean(), true),
  size: v.nullish(
    v.union([
      length,
      v.tuple([length, length]),
      bothLengths,
      v.object({ shortest_edge: length, longest_edge: v.optional(v.null()) }),
    ]),
  ),
  resample: v.nullish(v.number()),
  do_rescale: v.nullish(v.boolean(), true),
  rescale_factor: v.nullish(v.number(), 1 / 255),
  do_normalize: v.nullish(v.boolean(), true),
  image_mean: v.nullish(perChannel),
  image_std: v.nullish(perChannel),
  do_center_crop: v.nullish(v.boolean()),
  crop_size: v.nullish(v.union([length, v.tuple([length, length]), bothLengths])),
  do_pad: v.nullish(v.boolean(), false),
});
type Config = v.InferOutput<typeof schema>;

/** What a class of transformers does where a file says nothing. */
interface Usual {
  /** Height and width, or the shorter edge; the same holds for one number in a file, unless `oneNumber` says otherwise. */
  readonly size: number;
  readonly isShortest: boolean;
  readonly oneNumber?: "shortest";
  readonly resample: number;
  /** The middle that is cut out; null where nothing is. */
  readonly crop: number | null;
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

const plain: Usual = {
  size: 224,
  isShortest: false,
  resample: 2,
  crop: null,
  mean: half,
  deviation: half,
};
const likeClip: Usual = {
  size: 224,
  isShortest: true,
  resample: 3,
  crop: 224,
  mean: clipMean,
  deviation: clipDeviation,
};

/** By the first part of their names: `DeiT` of DeiTImageProcessor and DeiTFeatureExtractor. */
const usual: Readonly<Record<string, Usual>> = {
  ViT: plain,
  DeiT: { ...plain, size: 256, resample: 3, crop: 224 },
  Beit: { ...plain, resample: 3 },
  Bit: likeClip,
  CLIP: likeClip,
  Siglip: { ...plain, resample: 3, oneNumber: "shortest" },
};
const known = /^(\w+?)(FeatureExtractor|ImageProcessor(Fast|Pil)?)$/;

/**
 * A checkpoint's preprocessor_config.json, with the defaults of its class in transformers for what it leaves out (ViTImageProcessor where it
 * names none). Throws ConfigError for a class and for a step heed does not do.
 */
export function readImageProcessor(file: unknown, place: string): ImageProcessor {
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
  const type = config.image_processor_type ?? config.feature_extractor_type ?? "ViTImageProcessor";
  const name = known.exec(type)?.[1];
  const own =
    name !== undefined && Object.hasOwn(usual, name)
      ? usual[name]!
      : refuse(
          "image_processor_type",
          type,
          `heed prepares images as ${Object.keys(usual)
            .map((one) => `${one}ImageProcessor`)
            .join(", ")} do`,
        );
  if (config.do_pad)
    refuse("do_pad", true, "heed resizes images and cuts out their middle, it does not pad them");
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
  const crops = config.do_center_crop ?? own.crop !== null;
  return {
    resize: config.do_resize ? { to: sizeOf(config.size, own), filter } : undefined,
    crop: crops ? cropOf(config.crop_size ?? own.crop ?? own.size) : undefined,
    rescale: config.do_rescale ? config.rescale_factor : undefined,
    normalise: config.do_normalize
      ? { mean: config.image_mean ?? own.mean, deviation: config.image_std ?? own.deviation }
      : undefined,
  };
}

function sizeOf(size: Config["size"], own: Usual): NonNullable<ImageProcessor["resize"]>["to"] {
  const square = (side: number) => ({ height: side, width: side });
  if (size === null || size === undefined)
    return own.isShortest ? { shortest: own.size } : square(own.size);
  if (typeof size === "number")
    return own.isShortest || own.oneNumber === "shortest" ? { shortest: size } : square(size);
  if (Array.isArray(size)) return { height: size[0], width: size[1] };
  return "shortest_edge" in size ? { shortest: size.shortest_edge } : size;
}

function cropOf(size: NonNullable<Config["crop_size"]>): NonNullable<ImageProcessor["crop"]> {
  if (typeof size === "number") return { height: size, width: size };
  return Array.isArray(size) ? { height: size[0], width: size[1] } : size;
}

/** What transformers' ViTImageProcessor does without any settings, at a size. */
export function plainProcessor([height, width]: readonly [number, number]): ImageProcessor {
  return {
    resize: { to: { height, width }, filter: "bilinear" },
    rescale: 1 / 255,
    normalise: { mean: half, deviation: half },
  };
}

/** Resizes, cuts out the middle, rescales and normalises, bit for bit as the Pil processors of transformers do. */
export function processImage(image: ImageInput, processor: ImageProcessor): ProcessedImage {
  const { resize, crop, rescale = 1, normalise } = processor;
  const resized = resize ? resample(image, targetOf(image, resize.to), resize.filter) : image;
  const { width, height, rgb } = crop ? middleOf(resized, crop) : resized;
  const size = width * height;
  const pixels = new Float32Array(3 * size);
  for (let channel = 0; channel < 3; channel++) {
    const mean = Math.fround(normalise?.mean[channel] ?? 0);
    const deviation = Math.fround(normalise?.deviation[channel] ?? 1);
    // Every step is rounded to 32 bits, as NumPy does.
    const values = Float32Array.from(
      { length: 256 },
      (_, byte) => Math.fround(Math.fround(byte * rescale) - mean) / deviation,
    );
    for (let place = 0; place < size; place++)
      pixels[channel * size + place] = values[rgb[place * 3 + channel]!]!;
  }
  return { width, height, pixels };
}

function targetOf(
  { width, height }: ImageInput,
  to: NonNullable<ImageProcessor["resize"]>["to"],
): { height: number; width: number } {
  if (!("shortest" in to)) return to;
  const long = Math.trunc((to.shortest * Math.max(width, height)) / Math.min(width, height));
  return width <= height
    ? { width: to.shortest, height: long }
    : { width: long, height: to.shortest };
}

/** The middle of an image, black where that reaches beyond it; an odd pixel is left out below and at the right, or added above and at the left. */
function middleOf(
  image: ImageInput,
  { height, width }: NonNullable<ImageProcessor["crop"]>,
): ImageInput {
  const top = Math.floor((image.height - height) / 2);
  const left = Math.floor((image.width - width) / 2);
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
