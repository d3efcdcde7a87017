import { inflateParts, packParts } from "./packed-numbers.ts";
import type { WeightParts } from "./page-picture.ts";

/** A kept weight rounds to so many decimals, and to fewer, as the weight itself does. */
export const sparseDecimals = 3;
/** Steps of a weight from 0 to 1: two to each last decimal. */
const steps = 2 * 10 ** sparseDecimals;
/** The code of weights that do not exist (NaN); how many of them stand in a row is kept apart. */
const hidden = 65535;
/** What a layer may leave out: everything below a number of steps. All but the first are whole thousandths. */
const thresholds = [1, 2, 4, 6, 8, 10, 20, 40, 100, 200, 400, 1000] as const;
/** A gap of so many places or more goes on in the next byte. */
const longGap = 255;

/** Weights of a long text: the large ones of every row, packed layer by layer. */
export interface SparseWeights {
  /** Weights below this are left out. */
  readonly smallest: number;
  /** One part a layer. */
  readonly packed: readonly Uint8Array[];
}

/**
 * Keeps the largest weights, at most `most` of all layers (numbers that are hidden aside): the threshold rises while layers come, one
 * after another, and those before are thinned out. Each layer is (H, T, S) with `width` S, in parts; NaN where a query cannot look.
 */
export function packSparse(
  layers: Iterable<WeightParts>,
  width: number,
  most: number,
): SparseWeights {
  const counts = new Uint32Array(steps + 1);
  const kept: KeptWeights[] = [];
  let threshold = 0;
  for (const parts of layers) {
    const layer = new KeptWeights(width);
    kept.push(layer);
    for (const weights of parts) {
      layer.add(weights, thresholds[threshold]!, counts);
      const before = threshold;
      while (threshold < thresholds.length - 1 && countFrom(counts, thresholds[threshold]!) > most)
        threshold += 1;
      if (threshold > before) for (const layer of kept) layer.thin(thresholds[threshold]!);
    }
  }
  return {
    smallest: thresholds[threshold]! / steps,
    packed: kept.map((layer) => layer.pack()),
  };
}

function countFrom(counts: Uint32Array, threshold: number): number {
  let sum = 0;
  for (let code = threshold; code < counts.length; code++) sum += counts[code]!;
  return sum;
}

/** One layer's weights that are kept, in the order of their places in (H, T, S). */
class KeptWeights {
  readonly #width: number;
  #places = new Uint32Array(1 << 16);
  #codes = new Uint16Array(1 << 16);
  #count = 0;
  /** How far each `hidden` reaches, in their order. */
  readonly #lengths: number[] = [];
  /** Weights that came, kept or not. */
  #seen = 0;

  constructor(width: number) {
    this.#width = width;
  }

  /** Takes whole rows of weights: those from a threshold on are kept, all are counted. */
  add(weights: ArrayLike<number>, threshold: number, counts: Uint32Array): void {
    const { length } = weights;
    for (let index = 0; index < length; index++) {
      const weight = weights[index]!;
      if (weight >= 0) {
        const code = (Math.min(1, weight) * steps) | 0;
        counts[code]! += 1;
        if (code >= threshold) this.#keep(this.#seen + index, code);
      } else if (Number.isNaN(weight)) {
        const end = index - (index % this.#width) + this.#width;
        const start = index;
        while (index + 1 < end && Number.isNaN(weights[index + 1]!)) index += 1;
        this.#keep(this.#seen + start, hidden);
        this.#lengths.push(index + 1 - start);
      }
    }
    this.#seen += length;
  }

  /** Leaves out what is below a threshold. */
  thin(threshold: number): void {
    let count = 0;
    for (let index = 0; index < this.#count; index++) {
      if (this.#codes[index]! < threshold) continue;
      this.#places[count] = this.#places[index]!;
      this.#codes[count++] = this.#codes[index]!;
    }
    this.#count = count;
  }

  /** Gaps between the places, and the bytes of codes and lengths, each kind together, compressed. */
  pack(): Uint8Array {
    const codes = this.#codes.subarray(0, this.#count);
    const lengths = Uint32Array.from(this.#lengths);
    return packParts([
      this.#gaps(),
      bytesOf(codes, 0),
      bytesOf(codes, 8),
      bytesOf(lengths, 0),
      bytesOf(lengths, 8),
      bytesOf(lengths, 16),
    ]);
  }

  #keep(place: number, code: number): void {
    if (this.#count === this.#places.length) {
      const [places, codes] = [this.#places, this.#codes];
      this.#places = new Uint32Array(2 * this.#count);
      this.#codes = new Uint16Array(2 * this.#count);
      this.#places.set(places);
      this.#codes.set(codes);
    }
    this.#places[this.#count] = place;
    this.#codes[this.#count++] = code;
  }

  #gaps(): Uint8Array {
    const gaps = new Uint8Array(this.#count + Math.ceil(this.#seen / longGap));
    let at = 0;
    let next = 0;
    let run = 0;
    for (let index = 0; index < this.#count; index++) {
      const place = this.#places[index]!;
      let gap = place - next;
      for (; gap >= longGap; gap -= longGap) gaps[at++] = longGap;
      gaps[at++] = gap;
      next = place + (this.#codes[index] === hidden ? this.#lengths[run++]! : 1);
    }
    return gaps.subarray(0, at);
  }
}

function bytesOf(numbers: Uint16Array | Uint32Array, shift: number): Uint8Array {
  const bytes = new Uint8Array(numbers.length);
  for (let index = 0; index < numbers.length; index++) bytes[index] = numbers[index]! >> shift;
  return bytes;
}

/** One layer's kept weights by rows, R of them. */
export interface SparseLayer {
  /** Where each row's weights begin in `keys` and `values`, (R + 1). */
  readonly starts: Uint32Array;
  readonly keys: Uint32Array;
  /** Weights; where the query cannot look, minus the number of keys that are hidden from here on. */
  readonly values: Float32Array;
}

/** What `packSparse` packed of one layer, which has so many rows (heads × queries) of `width` keys. */
export async function unpackSparse(
  packed: Uint8Array<ArrayBuffer>,
  rows: number,
  width: number,
): Promise<SparseLayer> {
  const [gaps, low, high, ...lengths] = (await inflateParts(packed)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    ...Uint8Array[],
  ];
  const count = low.length;
  const starts = new Uint32Array(rows + 1);
  const keys = new Uint32Array(count);
  const values = new Float32Array(count);
  let place = 0;
  let at = 0;
  let run = 0;
  let row = 0;
  for (let index = 0; index < count; index++) {
    while (gaps[at] === longGap) {
      place += longGap;
      at += 1;
    }
    place += gaps[at++]!;
    for (const own = Math.floor(place / width); row < own; ) starts[++row] = index;
    keys[index] = place - row * width;
    const code = low[index]! | (high[index]! << 8);
    if (code === hidden) {
      const length = lengths.reduce((sum, bytes, byte) => sum | (bytes[run]! << (8 * byte)), 0);
      run += 1;
      values[index] = -length;
      place += length;
    } else {
      // The middle of the step.
      values[index] = Math.min(1, (code + 0.5) / steps);
      place += 1;
    }
  }
  starts.fill(count, row + 1);
  return { starts, keys, values };
}
