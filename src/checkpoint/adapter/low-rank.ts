/** A product of two narrow matrices: left (rows, r) times right (r, columns), each row-major. */
export interface LowRank {
  readonly left: Float32Array;
  readonly right: Float32Array;
  readonly rank: number;
  readonly columns: number;
  readonly scale: number;
}

/** Adds elements [start, end) of the scaled product, counted in row-major order, to `target`; sums are kept in float64. */
export function addProduct(
  { left, right, rank, columns, scale }: LowRank,
  start: number,
  end: number,
  target: Float32Array,
): void {
  const sums = new Float64Array(columns);
  for (let at = start; at < end; ) {
    const row = Math.floor(at / columns);
    const first = at - row * columns;
    const last = Math.min(columns, first + end - at);
    sums.fill(0, first, last);
    for (let k = 0; k < rank; k++) {
      const factor = left[row * rank + k]!;
      if (factor === 0) continue;
      const from = k * columns;
      for (let c = first; c < last; c++) sums[c]! += factor * right[from + c]!;
    }
    const place = at - start - first;
    for (let c = first; c < last; c++) target[place + c]! += scale * sums[c]!;
    at += last - first;
  }
}

/** The other way round: (rows, columns) to (columns, rows). */
export function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const turned = new Float32Array(matrix.length);
  for (let row = 0; row < rows; row++)
    for (let c = 0; c < columns; c++) turned[c * rows + row] = matrix[row * columns + c]!;
  return turned;
}
