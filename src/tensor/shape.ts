import { ShapeError } from "../errors/errors.ts";

/** Lengths of the axes, outermost first. Legend: B batch, T queries, S keys, H heads, D head width, C model width, V vocabulary. */
export type Shape = readonly number[];

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((size, length) => size * length, 1);
}

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--)
    strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}

/** A shape as messages write it: (2, 12, 13, 13). */
export function formatShape(shape: Shape): string {
  return `(${shape.join(", ")})`;
}

/** The shape two shapes broadcast to (NumPy's rule: aligned at the end, a length of 1 stretches). */
export function broadcastShape(a: Shape, b: Shape, place: string): number[] {
  const rank = Math.max(a.length, b.length);
  const result: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const lengthA = a[axis - rank + a.length] ?? 1;
    const lengthB = b[axis - rank + b.length] ?? 1;
    if (lengthA !== lengthB && lengthA !== 1 && lengthB !== 1)
      throw new ShapeError(
        `${place}: shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast: axis ${axis} has lengths ${lengthA} and ${lengthB}`,
      );
    result.push(lengthA === 1 ? lengthB : lengthA);
  }
  return result;
}

/** Whether two shapes are equal. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}
