/** What is said about many numbers at once. */
export interface Statistics {
  readonly count: number;
  readonly mean: number;
  /** Standard deviation over all of them. */
  readonly deviation: number;
  readonly smallest: number;
  readonly largest: number;
  readonly zeros: number;
}

/** Mean, spread and range of the values; NaN throughout when there are none. */
export function statisticsOf(values: ArrayLike<number>): Statistics {
  let sum = 0;
  let smallest = Number.POSITIVE_INFINITY;
  let largest = Number.NEGATIVE_INFINITY;
  let zeros = 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    sum += value;
    if (value < smallest) smallest = value;
    if (value > largest) largest = value;
    if (value === 0) zeros++;
  }
  const count = values.length;
  const mean = sum / count;
  let squares = 0;
  for (let index = 0; index < count; index++) squares += (values[index]! - mean) ** 2;
  if (count === 0) return { count, mean: NaN, deviation: NaN, smallest: NaN, largest: NaN, zeros };
  return { count, mean, deviation: Math.sqrt(squares / count), smallest, largest, zeros };
}

/** A matrix made smaller: each block's mean absolute value. */
export interface Blocks {
  readonly rows: number;
  readonly columns: number;
  /** (rows, columns) row-major. */
  readonly values: Float64Array;
}

/** The mean of |value| over blocks of a (rows, columns) matrix, at most `mostRows` × `mostColumns` of them. */
export function blockMeans(
  values: ArrayLike<number>,
  rows: number,
  columns: number,
  mostRows: number,
  mostColumns: number,
): Blocks {
  const down = Math.min(rows, mostRows);
  const across = Math.min(columns, mostColumns);
  const sums = new Float64Array(down * across);
  const counts = new Float64Array(down * across);
  for (let row = 0; row < rows; row++) {
    const top = Math.floor((row * down) / rows) * across;
    for (let column = 0; column < columns; column++) {
      const block = top + Math.floor((column * across) / columns);
      sums[block] = sums[block]! + Math.abs(values[row * columns + column]!);
      counts[block] = counts[block]! + 1;
    }
  }
  return { rows: down, columns: across, values: sums.map((sum, block) => sum / counts[block]!) };
}
