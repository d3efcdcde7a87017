/** Classical multidimensional scaling (Torgerson 1952): coordinates are the leading eigenvectors of −½ J D² J, J = I − 1/n, by the roots of their values. */

import { ShapeError } from "../../errors/errors.ts";

/** Points in a plane whose distances are near to given ones. */
export interface PlaneMap {
  /** (n, 2) row-major. */
  readonly points: Float64Array;
  /** The share of the distances' variation that two axes hold, 0 to 1. */
  readonly kept: number;
}

const mostSteps = 500;
const tolerance = 1e-12;

/**
 * Classical multidimensional scaling (Torgerson 1952): the two leading eigenvectors of −½ J D² J. Axes and directions mean nothing; only
 * distances are kept, and only `kept` of them. No chance enters: the first guess is fixed.
 */
export function planeMap(distances: ArrayLike<number>): PlaneMap {
  const n = Math.round(Math.sqrt(distances.length));
  if (n * n !== distances.length)
    throw new ShapeError(`planeMap: needs (n, n) distances, got ${distances.length} numbers`);
  const squares = Float64Array.from(distances, (distance) => distance ** 2);
  const means = Float64Array.from({ length: n }, (_, row) => {
    let sum = 0;
    for (let column = 0; column < n; column++) sum += squares[row * n + column]!;
    return sum / n;
  });
  const mean = means.reduce((a, b) => a + b, 0) / Math.max(1, n);
  const centred = squares.map((square, place) => {
    const [row, column] = [Math.floor(place / n), place % n];
    return -(square - means[row]! - means[column]! + mean) / 2;
  });
  let trace = 0;
  for (let row = 0; row < n; row++) trace += centred[row * n + row]!;
  const points = new Float64Array(2 * n);
  let held = 0;
  for (const axis of [0, 1]) {
    const { value, vector } = leadingEigenvector(centred, n, axis);
    if (value <= tolerance) break;
    held += value;
    for (let row = 0; row < n; row++) {
      points[2 * row + axis] = Math.sqrt(value) * vector[row]!;
      for (let column = 0; column < n; column++)
        centred[row * n + column]! -= value * vector[row]! * vector[column]!;
    }
  }
  return { points, kept: trace > 0 ? Math.min(1, held / trace) : 0 };
}

/** By power iteration on the matrix moved so far that its largest eigenvalue is also its largest in size. */
function leadingEigenvector(matrix: Float64Array, n: number, axis: number) {
  let shift = 0;
  for (let row = 0; row < n; row++) {
    let sum = 0;
    for (let column = 0; column < n; column++) sum += Math.abs(matrix[row * n + column]!);
    shift = Math.max(shift, sum);
  }
  let vector = Float64Array.from(
    { length: n },
    (_, row) => Math.sin((row + 1) * (axis + 1.5)) + 0.01 * row,
  );
  let value = 0;
  for (let step = 0; step < mostSteps; step++) {
    const next = new Float64Array(n);
    for (let row = 0; row < n; row++) {
      let sum = shift * 0.5 * vector[row]!;
      for (let column = 0; column < n; column++) sum += matrix[row * n + column]! * vector[column]!;
      next[row] = sum;
    }
    const length = Math.hypot(...next);
    if (!(length > 0)) break;
    for (let row = 0; row < n; row++) next[row]! /= length;
    const moved = next.reduce(
      (most, entry, row) => Math.max(most, Math.abs(entry - vector[row]!)),
      0,
    );
    vector = next;
    value = length - shift * 0.5;
    if (moved < tolerance) break;
  }
  return { value, vector };
}
