import type { ImageInput } from "./image.ts";

/** Filters an image is resampled with, by Pillow's names. */
export type ResampleFilter = "nearest" | WideFilter;

/** Those that mix samples. */
type WideFilter = "lanczos" | "bilinear" | "bicubic" | "box" | "hamming";

interface Kernel {
  /** How far from its center a filter reaches, in samples. */
  readonly reach: number;
  readonly weight: (x: number) => number;
}

const sinc = (x: number) => (x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI));

const kernels: Readonly<Record<WideFilter, Kernel>> = {
  box: { reach: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { reach: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  hamming: {
    reach: 1,
    weight: (x) => (Math.abs(x) >= 1 ? 0 : sinc(x) * (0.54 + 0.46 * Math.cos(x * Math.PI))),
  },
  bicubic: { reach: 2, weight: (x) => cubic(Math.abs(x)) },
  lanczos: { reach: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** Cubic convolution with a = −0.5 (Keys 1981). */
function cubic(x: number): number {
  const a = -0.5;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

/** Which program's numbers a picture becomes: Pillow's, or those of torchvision on processors with AVX2, which count otherwise. */
export type ImageBackend = "pillow" | "torchvision";

/** Every program. */
export const imageBackends: readonly ImageBackend[] = ["pillow", "torchvision"];

/** Pillow's weights are whole numbers with this many bits behind the point. */
const pillowBits = 22;

interface Taps {
  /** The first sample an output reads. */
  readonly first: Int32Array;
  /** How many it reads. */
  readonly count: Int32Array;
  /** (outputs, most) */
  readonly weights: Int32Array;
  readonly most: number;
  /** Bits behind the point of the weights. */
  readonly bits: number;
}

/**
 * What each of `to` samples takes from `from`: weights that sum to 1, of the samples from `first` on. The filter is widened when shrinking
 * (Pillow's Resample.c; torch's interpolate with antialias).
 */
export function filterTaps(
  from: number,
  to: number,
  filter: WideFilter,
): { readonly first: number; readonly weights: readonly number[] }[] {
  const { reach, weight } = kernels[filter];
  const scale = from / to;
  const wide = Math.max(scale, 1);
  const support = reach * wide;
  return Array.from({ length: to }, (_, i) => {
    const center = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - support + 0.5));
    const end = Math.min(from, Math.trunc(center + support + 0.5));
    const raw = Array.from({ length: end - first }, (_, j) =>
      weight((j + first - center + 0.5) * (1 / wide)),
    );
    const total = raw.reduce((sum, value) => sum + value, 0);
    return { first, weights: raw.map((value) => (total === 0 ? value : value * (1 / total))) };
  });
}

/** The same in whole numbers, as Pillow counts with, or torch, which has 16 bits for each. */
function tapsFor(from: number, to: number, filter: WideFilter, backend: ImageBackend): Taps {
  const taps = filterTaps(from, to, filter);
  const bits = backend === "pillow" ? pillowBits : torchBits(taps);
  const most = Math.max(...taps.map(({ weights }) => weights.length));
  const first = Int32Array.from(taps, (tap) => tap.first);
  const count = Int32Array.from(taps, (tap) => tap.weights.length);
  const weights = new Int32Array(to * most);
  for (const [i, tap] of taps.entries())
    for (const [j, value] of tap.weights.entries()) {
      const exact = value * 2 ** bits;
      weights[i * most + j] = Math.trunc(exact + (exact < 0 ? -0.5 : 0.5));
    }
  return { first, count, weights, most, bits };
}

/** As many bits as the largest weight lets be, in whole numbers of 16 (torch's UpSampleKernel.cpp). */
function torchBits(taps: ReturnType<typeof filterTaps>): number {
  let largest = 0;
  // One by one: a wide picture has more of them than a call takes arguments.
  for (const { weights } of taps) for (const weight of weights) largest = Math.max(largest, weight);
  let bits = 0;
  while (bits < 22 && Math.trunc(0.5 + largest * 2 ** (bits + 1)) < 2 ** 15) bits++;
  return bits;
}

/** One axis resampled; lines of `inner` bytes a sample: (outer, from, inner) → (outer, to, inner). */
function resampleAxis(
  data: Uint8Array | Uint8ClampedArray,
  [outer, from, inner]: readonly [number, number, number],
  to: number,
  filter: WideFilter,
  backend: ImageBackend,
): Uint8ClampedArray {
  const { first, count, weights, most, bits } = tapsFor(from, to, filter, backend);
  const result = new Uint8ClampedArray(outer * to * inner);
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < to; i++) {
      const start = (o * from + first[i]!) * inner;
      for (let n = 0; n < inner; n++) {
        let sum = 1 << (bits - 1);
        for (let j = 0; j < count[i]!; j++)
          sum += data[start + j * inner + n]! * weights[i * most + j]!;
        // Shifted, as Pillow does: a division would round what is below 0 another way.
        result[(o * to + i) * inner + n] = sum >> bits;
      }
    }
  return result;
}

/**
 * An image in another size, bit for bit as Pillow 13 makes it, or torchvision 0.28: one axis at a time, rounded to bytes after each. The width
 * goes first, unless, of Pillow, the height shrinks by more than twice as many pixels. An axis that keeps its length is not touched.
 */
export function resample(
  image: ImageInput,
  { width, height }: { readonly width: number; readonly height: number },
  filter: ResampleFilter,
  backend: ImageBackend = "pillow",
): ImageInput {
  if (filter === "nearest") return nearest(image, { width, height }, backend);
  const across = (from: ImageInput): ImageInput =>
    from.width === width
      ? from
      : {
          ...from,
          width,
          rgb: resampleAxis(from.rgb, [from.height, from.width, 3], width, filter, backend),
        };
  const down = (from: ImageInput): ImageInput =>
    from.height === height
      ? from
      : {
          ...from,
          height,
          rgb: resampleAxis(from.rgb, [1, from.height, from.width * 3], height, filter, backend),
        };
  const shrinksDown = image.height - height;
  const isHeightFirst =
    backend === "pillow" && shrinksDown > 0 && shrinksDown > 2 * (image.width - width);
  return isHeightFirst ? across(down(image)) : down(across(image));
}

/** Every pixel is the one its middle lies on; places are added up as Pillow does it, or multiplied in 32 bits, as torch does. */
function nearest(
  image: ImageInput,
  { width, height }: { readonly width: number; readonly height: number },
  backend: ImageBackend,
): ImageInput {
  const middles = backend === "pillow" ? pillowMiddles : torchMiddles;
  const rows = middles(image.height, height);
  const columns = middles(image.width, width);
  const rgb = new Uint8Array(width * height * 3);
  let at = 0;
  for (const row of rows)
    for (const column of columns) {
      const from = (row * image.width + column) * 3;
      for (let channel = 0; channel < 3; channel++) rgb[at++] = image.rgb[from + channel]!;
    }
  return { width, height, rgb };
}

function torchMiddles(from: number, to: number): number[] {
  const scale = Math.fround(from / to);
  return Array.from({ length: to }, (_, place) =>
    Math.min(from - 1, Math.trunc(Math.fround((place + 0.5) * scale))),
  );
}

function pillowMiddles(from: number, to: number): number[] {
  const scale = from / to;
  const places: number[] = [];
  for (let place = scale * 0.5; places.length < to; place += scale)
    places.push(Math.min(from - 1, Math.trunc(place)));
  return places;
}
