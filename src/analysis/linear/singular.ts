/**
 * Singular values, M = U · diag(s) · Vᵀ, by rotations of columns (Hestenes 1958: one-sided Jacobi), which is exact to the last digits for small values too.
 * A product of two narrow matrices A·Bᵀ is taken apart without ever being made: C × C numbers of a head stay D × D.
 */

import { ShapeError } from "../../errors/errors.ts";

/** M (rows, columns) = left · diag(values) · rightᵀ, the largest value first. */
export interface Singular {
  /** How many there are: the smaller side of the matrix. */
  readonly count: number;
  readonly values: Float64Array;
  /** (rows, count) row-major. */
  readonly left: Float64Array;
  /** (columns, count) row-major. */
  readonly right: Float64Array;
}

const sweeps = 60;
const precision = 1e-14;

/** Takes a matrix (rows, columns), row-major, apart. Throws ShapeError where the numbers are another count. */
export function singular(matrix: ArrayLike<number>, rows: number, columns: number): Singular {
  if (matrix.length !== rows * columns)
    throw new ShapeError(
      `singular: ${matrix.length} numbers are no matrix of ${rows} × ${columns}`,
    );
  if (rows < columns) {
    const { left, right, ...rest } = singular(transposed(matrix, rows, columns), columns, rows);
    return { ...rest, left: right, right: left };
  }
  // Columns of the matrix, and of the rotations, one after the other.
  const own = Array.from({ length: columns }, (_, c) =>
    Float64Array.from({ length: rows }, (_, r) => matrix[r * columns + c]!),
  );
  const turns = Array.from({ length: columns }, (_, c) =>
    Float64Array.from({ length: columns }, (_, r) => (r === c ? 1 : 0)),
  );
  for (let sweep = 0; sweep < sweeps; sweep++) if (!turnAll(own, turns)) break;
  const lengths = own.map((column) => Math.hypot(...column));
  const order = lengths.map((_, c) => c).sort((a, b) => lengths[b]! - lengths[a]!);
  const values = Float64Array.from(order, (c) => lengths[c]!);
  const left = new Float64Array(rows * columns);
  const right = new Float64Array(columns * columns);
  for (const [place, c] of order.entries()) {
    const length = lengths[c]!;
    for (let r = 0; r < rows; r++)
      left[r * columns + place] = length > 0 ? own[c]![r]! / length : 0;
    for (let r = 0; r < columns; r++) right[r * columns + place] = turns[c]![r]!;
  }
  return { count: columns, values, left, right };
}

/** Turns every pair of columns until they stand upright on each other; whether any was turned. */
function turnAll(own: readonly Float64Array[], turns: readonly Float64Array[]): boolean {
  let isTurned = false;
  for (let a = 0; a < own.length - 1; a++)
    for (let b = a + 1; b < own.length; b++) {
      const [x, y] = [own[a]!, own[b]!];
      let [xx, yy, xy] = [0, 0, 0];
      for (let r = 0; r < x.length; r++) {
        xx += x[r]! * x[r]!;
        yy += y[r]! * y[r]!;
        xy += x[r]! * y[r]!;
      }
      if (xy === 0 || Math.abs(xy) <= precision * Math.sqrt(xx * yy)) continue;
      isTurned = true;
      const half = (yy - xx) / (2 * xy);
      const tangent = Math.sign(half || 1) / (Math.abs(half) + Math.sqrt(1 + half * half));
      const cosine = 1 / Math.sqrt(1 + tangent * tangent);
      turn(x, y, cosine, cosine * tangent);
      turn(turns[a]!, turns[b]!, cosine, cosine * tangent);
    }
  return isTurned;
}

function turn(x: Float64Array, y: Float64Array, cosine: number, sine: number): void {
  for (let r = 0; r < x.length; r++) {
    const before = x[r]!;
    x[r] = cosine * before - sine * y[r]!;
    y[r] = sine * before + cosine * y[r]!;
  }
}

/** A product A·Bᵀ of A (rows, D) and B (columns, D), taken apart through its D directions. */
export interface ProductSingular {
  readonly values: Float64Array;
  /** (rows, D): the directions on A's side. */
  readonly left: Float64Array;
  /** (columns, D) */
  readonly right: Float64Array;
  /** Of a = x·A (D): x · left, without knowing x. */
  along(a: ArrayLike<number>): Float64Array;
  /** Of b = y·B (D): y · right. */
  across(b: ArrayLike<number>): Float64Array;
}

/** Directions of no use: their values are rounding. */
const negligible = 1e-9;

/** A·Bᵀ taken apart: (x·A)·(y·B) is the sum of values · (x·left)(y·right), whatever axes D was written in. */
export function productSingular(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  D: number,
): ProductSingular {
  const [A, B] = [singular(a, a.length / D, D), singular(b, b.length / D, D)];
  const [m, n] = [A.count, B.count];
  // S_A·V_Aᵀ·V_B·S_B (m, n) holds everything but the outer directions.
  const core = new Float64Array(m * n);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let d = 0; d < D; d++) sum += A.right[d * m + i]! * B.right[d * n + j]!;
      core[i * n + j] = A.values[i]! * sum * B.values[j]!;
    }
  const inner = singular(core, m, n);
  const outward = (own: Singular, turns: Float64Array) =>
    matrixProduct(own.left, turns, own.count, inner.count);
  const through = (own: Singular, turns: Float64Array) => (vector: ArrayLike<number>) => {
    const projected = Float64Array.from({ length: own.count }, (_, i) => {
      if (own.values[i]! <= negligible * own.values[0]!) return 0;
      let sum = 0;
      for (let d = 0; d < D; d++) sum += vector[d]! * own.right[d * own.count + i]!;
      return sum / own.values[i]!;
    });
    return Float64Array.from({ length: inner.count }, (_, place) => {
      let sum = 0;
      for (let i = 0; i < own.count; i++) sum += projected[i]! * turns[i * inner.count + place]!;
      return sum;
    });
  };
  return {
    values: inner.values,
    left: outward(A, inner.left),
    right: outward(B, inner.right),
    along: through(A, inner.left),
    across: through(B, inner.right),
  };
}

/** a (rows, inner) · b (inner, columns), row-major. */
export function matrixProduct(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  inner: number,
  columns: number,
): Float64Array {
  const rows = a.length / inner;
  const product = new Float64Array(rows * columns);
  for (let r = 0; r < rows; r++)
    for (let i = 0; i < inner; i++) {
      const value = a[r * inner + i]!;
      if (value === 0) continue;
      for (let c = 0; c < columns; c++) product[r * columns + c]! += value * b[i * columns + c]!;
    }
  return product;
}

/** (rows, columns) → (columns, rows), row-major. */
export function transposed(matrix: ArrayLike<number>, rows: number, columns: number): Float64Array {
  const turned = new Float64Array(matrix.length);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) turned[c * rows + r] = matrix[r * columns + c]!;
  return turned;
}
