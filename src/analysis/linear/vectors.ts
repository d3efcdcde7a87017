/** Sums over vectors in double precision, whatever they are kept in. */

/** a · b; of the first `length` numbers from each start. */
export function dot(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  length = a.length,
  startA = 0,
  startB = 0,
): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += a[startA + i]! * b[startB + i]!;
  return sum;
}

/** ‖a‖ */
export function length(a: ArrayLike<number>): number {
  return Math.sqrt(dot(a, a));
}

/** a·b / (‖a‖‖b‖); NaN where one of them is 0 throughout. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const squares = [dot(a, a), dot(b, b)] as const;
  return squares.includes(0) ? Number.NaN : dot(a, b) / Math.sqrt(squares[0] * squares[1]);
}

/** The mean of numbers. */
export function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let place = 0; place < values.length; place++) sum += values[place]!;
  return sum / values.length;
}

/** x (C) · matrix (C, D) + bias (D) → (D) */
export function rowProduct(
  x: ArrayLike<number>,
  matrix: ArrayLike<number>,
  bias?: ArrayLike<number>,
): Float64Array {
  const D = matrix.length / x.length;
  const result = bias ? Float64Array.from(bias) : new Float64Array(D);
  for (let c = 0; c < x.length; c++) {
    const value = x[c]!;
    if (value === 0) continue;
    for (let d = 0; d < D; d++) result[d]! += value * matrix[c * D + d]!;
  }
  return result;
}

/** a + b, a − b and so on, number by number. */
export function combine(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  join: (a: number, b: number) => number,
): Float64Array {
  return Float64Array.from(a, (value, index) => join(value, b[index]!));
}

/** The largest |a − b|, as a share of the largest |b| where that is above 1. */
export function farApart(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [difference, largest] = [0, 1];
  for (let i = 0; i < b.length; i++) {
    difference = Math.max(difference, Math.abs(a[i]! - b[i]!));
    largest = Math.max(largest, Math.abs(b[i]!));
  }
  return difference / largest;
}
