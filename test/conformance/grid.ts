/** Numbers in double precision with a shape: what a formula gives, before any backend. */
export interface Grid {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** A grid whose element at (i, j, …) is `value(i, j, …)`. */
export function tabulate(shape: readonly number[], value: (...index: number[]) => number): Grid {
  const data: number[] = [];
  const walk = (index: number[]): void => {
    if (index.length === shape.length) data.push(value(...index));
    else for (let i = 0; i < shape[index.length]!; i++) walk([...index, i]);
  };
  walk([]);
  return { shape, data };
}

/** The element at these indices. */
export function get({ shape, data }: Grid, ...index: number[]): number {
  let place = 0;
  for (let axis = 0; axis < shape.length; axis++) place = place * shape[axis]! + index[axis]!;
  return data[place]!;
}

/** 0, 1, … length − 1. */
export function upTo(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}

/** Σ value(i) for i from 0 to length − 1. */
export function total(length: number, value: (index: number) => number): number {
  let sum = 0;
  for (let index = 0; index < length; index++) sum += value(index);
  return sum;
}

/** Numbers between −1 and 1 that are the same on every machine and exact in f32 (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.fround(((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1);
  };
}

/** A grid of numbers between −`size` and `size`; the seed follows from the shape, so that cases differ. */
export function random(shape: readonly number[], { size = 1, seed = 1 } = {}): Grid {
  const next = randomNumbers(shape.reduce((hash, length) => hash * 31 + length, seed));
  return tabulate(shape, () => Math.fround(size * next()));
}

/** A grid with some elements replaced: { 3: NaN } changes the fourth in row-major order. */
export function withValues(grid: Grid, values: Readonly<Record<number, number>>): Grid {
  return { ...grid, data: grid.data.map((value, place) => values[place] ?? value) };
}
