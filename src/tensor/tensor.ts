import { ShapeError } from "../errors/errors.ts";
import { expectKeys } from "../errors/options.ts";
import {
  axisOf,
  changeLines,
  type Line,
  largestAt,
  largestFew,
  largestOf,
  lengthOf,
  meanOf,
  reduceLines,
  smallestOf,
  softmaxOf,
  sumOf,
  type Values,
} from "./along-axis.ts";
import { combine, permuted, product } from "./arithmetic.ts";
import {
  inspectSymbol,
  jupyterSymbol,
  type MimeBundle,
  tensorHtml,
  tensorText,
} from "./display.ts";
import { formatShape, type Shape, sizeOf, stridesOf } from "./shape.ts";

/** Nested arrays of numbers, as deep as the tensor has axes. */
export type Nested = number | Nested[];

/** What becomes of the axis a tensor is reduced along: it is left out, or with `keep` stays with a length of 1. */
export interface ReduceOptions {
  readonly keep?: boolean;
}

/** Indices on one axis: a number takes the axis away, a list keeps it with as many places, in that order. */
export interface AxisSelection {
  readonly axis: number;
  readonly index: number | readonly number[];
}

/** The largest numbers along an axis, the largest first, and where they stand: both of the tensor's shape, with k on that axis. */
export interface TopK {
  readonly values: Tensor;
  readonly indices: Tensor;
}

/**
 * Numbers with a shape. The data is row-major, contiguous and the tensor's own: nothing else writes to it.
 *
 * Its operations are for reading results: plain loops that add up in double precision and give a new tensor of float32. An axis counts from
 * 0, a negative one from the end. What does not fit throws ShapeError.
 */
export class Tensor {
  readonly shape: Shape;
  readonly data: Float32Array;

  /** Throws ShapeError when the number of values is not the product of the axes. */
  constructor(shape: Shape, data: Float32Array) {
    if (data.length !== sizeOf(shape))
      throw new ShapeError(
        `Tensor: shape ${formatShape(shape)} needs ${sizeOf(shape)} values, got ${data.length}`,
      );
    this.shape = shape;
    this.data = data;
  }

  /** A tensor from nested arrays; every row must be equally long. */
  static from(nested: Nested): Tensor {
    const shape: number[] = [];
    for (let level = nested; Array.isArray(level); level = level[0] ?? 0) shape.push(level.length);
    const flat: number[] = [];
    const walk = (level: Nested, axis: number): void => {
      const length = Array.isArray(level) ? level.length : undefined;
      if (length !== shape[axis])
        throw new ShapeError(
          `Tensor.from: rows on axis ${axis} must be equally long: one has ${length ?? "no"} values, the first ${shape[axis] ?? "no"}`,
        );
      if (Array.isArray(level)) for (const row of level) walk(row, axis + 1);
      else flat.push(level);
    };
    walk(nested, 0);
    return new Tensor(shape, Float32Array.from(flat));
  }

  /** Where the element at these indices lies in `data`; a negative index counts from the end. */
  offset(...indices: number[]): number {
    if (indices.length > this.shape.length)
      throw new ShapeError(
        `Tensor ${this}: ${indices.length} indices for ${this.shape.length} axes`,
      );
    const strides = stridesOf(this.shape);
    let offset = 0;
    for (const [axis, index] of indices.entries()) {
      const length = this.shape[axis]!;
      const place = index < 0 ? index + length : index;
      if (!Number.isInteger(index) || place < 0 || place >= length)
        throw new ShapeError(
          `Tensor ${this}: index ${index} on axis ${axis}, which holds 0 to ${length - 1}`,
        );
      offset += place * strides[axis]!;
    }
    return offset;
  }

  /** One number; needs an index for every axis. */
  at(...indices: number[]): number {
    if (indices.length !== this.shape.length)
      throw new ShapeError(
        `Tensor ${this}: at() needs ${this.shape.length} indices, got ${indices.length}; select() takes fewer`,
      );
    return this.data[this.offset(...indices)]!;
  }

  /** The sub-tensor at the first indices, as a copy: `weights.select(0, 11)` is (T, S) of (B, H, T, S). */
  select(...indices: number[]): Tensor;
  /** The same on any axis: `weights.select({ axis: 2, index: 8 })` is (B, H, S); `index: [8, 3]` gives (B, H, 2, S). */
  select(part: AxisSelection): Tensor;
  select(...indices: readonly (number | AxisSelection)[]): Tensor {
    const [part] = indices;
    if (typeof part === "object") return this.#selectOn(part);
    const start = this.offset(...(indices as number[]));
    const shape = this.shape.slice(indices.length);
    return new Tensor(shape, this.data.slice(start, start + sizeOf(shape)));
  }

  /** Places [start, end) of one axis; a negative one counts from the end. (B, H, T, S) → `slice(2, 1, 4)` is (B, H, 3, S). */
  slice(axis: number, start: number, end?: number): Tensor {
    const own = axisOf(this.shape, axis, `Tensor ${this}: slice`);
    const length = this.shape[own]!;
    const from = start < 0 ? start + length : start;
    const to = end === undefined ? length : end < 0 ? end + length : end;
    if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || to > length || from >= to)
      throw new ShapeError(
        `Tensor ${this}: slice ${start} to ${end ?? "the end"} of axis ${own}, which has ${length} places; it must hold at least one of them`,
      );
    return this.#selectOn({
      axis: own,
      index: Array.from({ length: to - from }, (_, step) => from + step),
    });
  }

  /** The same numbers, row-major, under another shape; one length may be -1: what is left. */
  reshape(shape: Shape): Tensor {
    const known = sizeOf(shape.filter((length) => length !== -1));
    const filled = shape.map((length) => (length === -1 ? this.data.length / known : length));
    if (
      shape.filter((length) => length === -1).length > 1 ||
      filled.some((length) => !Number.isInteger(length) || length < 0) ||
      sizeOf(filled) !== this.data.length
    )
      throw new ShapeError(
        `Tensor ${this}: ${this.data.length} numbers cannot be of shape ${formatShape(shape)}`,
      );
    return new Tensor(filled, this.data.slice());
  }

  /** Two axes exchanged, the last two if not said: (B, H, S, D) → (B, H, D, S). */
  transpose(a = -2, b = -1): Tensor {
    const [first, second] = [a, b].map((axis) =>
      axisOf(this.shape, axis, `Tensor ${this}: transpose`),
    ) as [number, number];
    const axes = [...this.shape.keys()];
    axes[first] = second;
    axes[second] = first;
    return made(permuted(this, axes));
  }

  /** Axes in another order, each named once: `permute([0, 2, 1, 3])` of (B, H, T, D) is (B, T, H, D). */
  permute(axes: readonly number[]): Tensor {
    const own = axes.map((axis) => axisOf(this.shape, axis, `Tensor ${this}: permute`));
    if (own.length !== this.shape.length || new Set(own).size !== own.length)
      throw new ShapeError(
        `Tensor ${this}: permute [${axes.join(", ")}] must name each of its ${this.shape.length} axes once`,
      );
    return made(permuted(this, own));
  }

  /** The sum of all numbers, or along one axis: (B, H, T, S) → `sum(-1)` is (B, H, T). Of no numbers it is 0. */
  sum(): number;
  sum(axis: number, options?: ReduceOptions): Tensor;
  sum(axis?: number, options?: ReduceOptions): number | Tensor {
    return this.#reduced("sum", sumOf, axis, options);
  }

  /** The mean of all numbers, or along one axis: (B, H, T, S) → `mean(1)`, over the heads, is (B, T, S). */
  mean(): number;
  mean(axis: number, options?: ReduceOptions): Tensor;
  mean(axis?: number, options?: ReduceOptions): number | Tensor {
    return this.#reduced("mean", meanOf, axis, options);
  }

  /** The largest number, or the largest ones along an axis; NaN where there is one. */
  max(): number;
  max(axis: number, options?: ReduceOptions): Tensor;
  max(axis?: number, options?: ReduceOptions): number | Tensor {
    return this.#reduced("max", largestOf, axis, options);
  }

  /** The smallest number, or the smallest ones along an axis; NaN where there is one. */
  min(): number;
  min(axis: number, options?: ReduceOptions): Tensor;
  min(axis?: number, options?: ReduceOptions): number | Tensor {
    return this.#reduced("min", smallestOf, axis, options);
  }

  /**
   * Where the largest number stands, the first of equal ones: its place in `data`, or its index along an axis:
   * (B, H, T, S) → `argmax(-1)` is (B, H, T), the key each query looks at most. A NaN counts as the largest.
   */
  argmax(): number;
  argmax(axis: number, options?: ReduceOptions): Tensor;
  argmax(axis?: number, options?: ReduceOptions): number | Tensor {
    return this.#reduced("argmax", largestAt, axis, options);
  }

  /** √Σx² of all numbers, or along one axis: (B, T, C) → `norm(-1)`, how long each vector is, is (B, T). */
  norm(): number;
  norm(axis: number, options?: ReduceOptions): Tensor;
  norm(axis?: number, options?: ReduceOptions): number | Tensor {
    return this.#reduced("norm", lengthOf, axis, options);
  }

  /**
   * e^x / Σ e^x along an axis, of the same shape; the largest is taken out first. A row of −Infinity only gives zeros, as a model's own softmax
   * does here where a query may look at nothing; a row with NaN gives NaN.
   */
  softmax(axis = -1): Tensor {
    const own = axisOf(this.shape, axis, `Tensor ${this}: softmax`);
    const [result] = changeLines(
      this,
      { axis: own, length: this.shape[own]!, results: 1 },
      (line) => [softmaxOf(line)],
    );
    return made(result!);
  }

  /** The k largest along an axis: (B, T, V) → `topK(5)` gives values and indices, (B, T, 5) each. Of equal ones the first come first. */
  topK(k: number, axis = -1): TopK {
    const own = axisOf(this.shape, axis, `Tensor ${this}: topK`);
    const length = this.shape[own]!;
    if (!Number.isInteger(k) || k < 1 || k > length)
      throw new ShapeError(
        `Tensor ${this}: topK(${k}): axis ${own} has ${length} numbers; k must be a whole number from 1 to that`,
      );
    const [values, indices] = changeLines(this, { axis: own, length: k, results: 2 }, (line) => {
      const few = largestFew(line, k);
      return [few.values, few.places];
    });
    return { values: made(values!), indices: made(indices!) };
  }

  /** The matrix product: (…, M, K) · (…, K, N) → (…, M, N); leading axes broadcast: `q.matmul(k.transpose())` is (B, H, T, S). */
  matmul(other: Tensor): Tensor {
    return made(product(this, other));
  }

  /** Each number plus another, shapes broadcast as NumPy does: aligned at the end, a length of 1 stretches. */
  add(other: Tensor | number): Tensor {
    return this.#combined("add", other, (a, b) => a + b);
  }

  /** Each number less another; shapes broadcast. */
  subtract(other: Tensor | number): Tensor {
    return this.#combined("subtract", other, (a, b) => a - b);
  }

  /** Each number times another (elementwise; `matmul` is the matrix product); shapes broadcast. */
  multiply(other: Tensor | number): Tensor {
    return this.#combined("multiply", other, (a, b) => a * b);
  }

  /** Each number by another; shapes broadcast. By 0 gives ±Infinity or NaN. */
  divide(other: Tensor | number): Tensor {
    return this.#combined("divide", other, (a, b) => a / b);
  }

  /** Each number times one factor. */
  scale(factor: number): Tensor {
    return this.map((value) => value * factor);
  }

  /** What a function makes of each number; it gets its place in `data` too. */
  map(change: (value: number, place: number) => number): Tensor {
    return new Tensor(
      this.shape,
      this.data.map((value, place) => change(value, place)),
    );
  }

  /** Nested arrays of plain numbers. */
  toNested(): Nested {
    const strides = stridesOf(this.shape);
    const level = (axis: number, start: number): Nested =>
      axis === this.shape.length
        ? this.data[start]!
        : Array.from({ length: this.shape[axis]! }, (_, index) =>
            level(axis + 1, start + index * strides[axis]!),
          );
    return level(0, 0);
  }

  /** The shape, as messages write it. */
  toString(): string {
    return formatShape(this.shape);
  }

  /** Shape and numbers, row-major; JSON has null for NaN and infinities. */
  toJSON(): { shape: Shape; data: number[] } {
    return { shape: this.shape, data: [...this.data] };
  }

  /** What Node prints for it. */
  [inspectSymbol](): string {
    return tensorText(this);
  }

  /** What a notebook shows for it, by media types. */
  [jupyterSymbol](): MimeBundle {
    return { "text/plain": tensorText(this), "text/html": tensorHtml(this) };
  }

  #selectOn({ axis, index }: AxisSelection): Tensor {
    const own = axisOf(this.shape, axis, `Tensor ${this}: select`);
    const length = this.shape[own]!;
    const places = [index].flat().map((one) => {
      const place = one < 0 ? one + length : one;
      if (!Number.isInteger(one) || place < 0 || place >= length)
        throw new ShapeError(
          `Tensor ${this}: index ${one} on axis ${own}, which holds 0 to ${length - 1}`,
        );
      return place;
    });
    const [part] = changeLines(this, { axis: own, length: places.length, results: 1 }, (line) => [
      places.map((place) => line[place]!),
    ]);
    const { shape, data } = part!;
    return new Tensor(typeof index === "number" ? shape.toSpliced(own, 1) : shape, data);
  }

  #reduced(
    name: string,
    reduce: (line: Line) => number,
    axis: number | undefined,
    options: ReduceOptions | undefined,
  ): number | Tensor {
    // Many a sum is of a few numbers: its place is written where it is needed.
    if (options !== undefined) expectKeys(options, { keep: true }, `Tensor ${this}: ${name}`);
    const keep = options?.keep ?? false;
    const own =
      axis === undefined ? undefined : axisOf(this.shape, axis, `Tensor ${this}: ${name}`);
    const length = own === undefined ? this.data.length : this.shape[own]!;
    if (length === 0 && reduce !== sumOf && reduce !== lengthOf)
      throw new ShapeError(`Tensor ${this}: ${name} of no numbers`);
    return own === undefined ? reduce(this.data) : made(reduceLines(this, own, keep, reduce));
  }

  #combined(name: string, other: Tensor | number, of: (a: number, b: number) => number): Tensor {
    if (typeof other === "number") return this.map((value) => of(value, other));
    return made(combine(this, other, `Tensor: ${name}`, of));
  }
}

function made({ shape, data }: Values): Tensor {
  return new Tensor(shape, data);
}
