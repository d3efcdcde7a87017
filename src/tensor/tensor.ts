import { ShapeError } from "../errors/errors.ts";
import { formatShape, type Shape, sizeOf, stridesOf } from "./shape.ts";

/** Nested arrays of numbers, as deep as the tensor has axes. */
export type Nested = number | Nested[];

/** Numbers with a shape. The data is row-major, contiguous and the tensor's own: nothing else writes to it. */
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
  select(...indices: number[]): Tensor {
    const start = this.offset(...indices);
    const shape = this.shape.slice(indices.length);
    return new Tensor(shape, this.data.slice(start, start + sizeOf(shape)));
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
}
