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
const schema = v.object({
  image_processor_type: v.nullish(v.string()),
  feature_extractor_type: v.nullish(v.string()),
  do_resize: v.nullish(v.boolean(), true),
  size: v.nullish(
    v.union([
      length,
      v.tuple([length, length]),
      v.object({ height: length, width: length }),
      v.object({ shortest_edge: length, longest_edge: v.optional(v.null()) }),
    ]),
    224,
  ),
  resample: v.nullish(v.number(), 2),
  do_rescale: v.nullish(v.boolean(), true),
  rescale_factor: v.nullish(v.number(), 1 / 255),
  do_normalize: v.nullish(v.boolean(), true),
  image_mean: v.nullish(perChannel, half),
  image_std: v.nullish(perChannel, half),
  do_center_crop: v.nullish(v.boolean(), false),
  do_pad: v.nullish(v.boolean(), false),
});

const known = /^ViT(FeatureExtractor|ImageProcessor(Fast|Pil)?)$/;

/**
 * A checkpoint's preprocessor_config.json, with the defaults of transformers' ViTImageProcessor for what it leaves out. Throws
 * ConfigError for a step heed does not do.
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
  const type = config.image_processor_type ?? config.feature_extractor_type;
  if (type && !known.test(type))
    refuse("image_processor_type", type, "heed prepares images as ViTImageProcessor does");
  for (const field of ["do_center_crop", "do_pad"] as const)
    if (config[field]) refuse(field, true, "heed resizes images, it neither crops nor pads them");
  const filter =
    filters[config.resample] ??
    refuse(
      "resample",
      config.resample,
      `heed has ${Object.entries(filters)
        .map((pair) => pair.join(" "))
        .join(", ")}`,
    );
  return {
    resize: config.do_resize ? { to: sizeOf(config.size), filter } : undefined,
    rescale: config.do_rescale ? config.rescale_factor : undefined,
    normalise: config.do_normalize
      ? { mean: config.image_mean, deviation: config.image_std }
      : undefined,
  };
}

function sizeOf(
  size: v.InferOutput<typeof schema>["size"],
): NonNullable<ImageProcessor["resize"]>["to"] {
  if (typeof size === "number") return { height: size, width: size };
  if (Array.isArray(size)) return { height: size[0], width: size[1] };
  return "shortest_edge" in size ? { shortest: size.shortest_edge } : size;
}

/** What transformers' ViTImageProcessor does without any settings, at a size. */
export function plainProcessor([height, width]: readonly [number, number]): ImageProcessor {
  return {
    resize: { to: { height, width }, filter: "bilinear" },
    rescale: 1 / 255,
    normalise: { mean: half, deviation: half },
  };
}

/** Resizes, rescales and normalises, bit for bit as transformers' ViTImageProcessorPil does. */
export function processImage(image: ImageInput, processor: ImageProcessor): ProcessedImage {
  const { resize, rescale = 1, normalise } = processor;
  const { width, height, rgb } = resize
    ? resample(image, targetOf(image, resize.to), resize.filter)
    : image;
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
