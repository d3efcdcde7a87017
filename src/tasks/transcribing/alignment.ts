/** Weights of one head over time: (T, S), row by row. */
export interface TimeWeights {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
}

/**
 * When each token was said, as a place on the time axis: every head's weights normed over the tokens and smoothed by a median, the mean of all
 * heads, and the cheapest way through it (dynamic time warping), of which the first place of each token counts.
 */
export function tokenPlaces(heads: readonly TimeWeights[], medianWidth: number): number[] {
  const [{ rows, columns }] = heads as [TimeWeights];
  const mean = new Float64Array(rows * columns);
  for (const head of heads) {
    const smooth = medians(normed(head), medianWidth);
    for (let n = 0; n < mean.length; n++) mean[n]! += smooth[n]!;
  }
  for (let n = 0; n < mean.length; n++) mean[n] = -Math.fround(mean[n]! / heads.length);
  return firstPlaces(mean, rows, columns);
}

/** (x − mean) / deviation over the tokens, for each moment. */
function normed({ rows, columns, data }: TimeWeights): TimeWeights {
  const out = new Float32Array(data.length);
  for (let column = 0; column < columns; column++) {
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += data[row * columns + column]!;
    const mean = sum / rows;
    let squares = 0;
    for (let row = 0; row < rows; row++) squares += (data[row * columns + column]! - mean) ** 2;
    const deviation = Math.sqrt(squares / rows);
    for (let row = 0; row < rows; row++)
      out[row * columns + column] = (data[row * columns + column]! - mean) / deviation;
  }
  return { rows, columns, data: out };
}

/** The median of each number and its neighbours in time, mirrored at both ends. */
function medians({ rows, columns, data }: TimeWeights, width: number): Float32Array {
  const reach = Math.floor(width / 2);
  if (columns <= reach) return data;
  const out = new Float32Array(data.length);
  const near = new Float32Array(width);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      for (let n = 0; n < width; n++) {
        const place = Math.abs(column + n - reach);
        const inside = place < columns ? place : 2 * (columns - 1) - place;
        near[n] = data[row * columns + inside]!;
      }
      out[row * columns + column] = near.sort()[reach]!;
    }
  return out;
}

/** Dynamic time warping from the first token and moment to the last: the moment at which each token begins. */
function firstPlaces(matrix: Float64Array, rows: number, columns: number): number[] {
  const width = columns + 1;
  const cost = new Float32Array((rows + 1) * width).fill(Infinity);
  // 0: to the next token and moment, 1: to the next token, 2: to the next moment.
  const steps = new Uint8Array((rows + 1) * width);
  cost[0] = 0;
  for (let j = 1; j <= columns; j++)
    for (let i = 1; i <= rows; i++) {
      const both = cost[(i - 1) * width + j - 1]!;
      const token = cost[(i - 1) * width + j]!;
      const moment = cost[i * width + j - 1]!;
      const step = both < token && both < moment ? 0 : token < both && token < moment ? 1 : 2;
      steps[i * width + j] = step;
      cost[i * width + j] = matrix[(i - 1) * columns + j - 1]! + [both, token, moment][step]!;
    }
  const places = new Array<number>(rows).fill(0);
  let [i, j] = [rows, columns];
  while (i > 0 || j > 0) {
    // Walked from the end: what is written last is the first moment of a token.
    if (i > 0) places[i - 1] = j - 1;
    const step = i === 0 ? 2 : j === 0 ? 1 : steps[i * width + j]!;
    if (step !== 2) i -= 1;
    if (step !== 1) j -= 1;
  }
  return places;
}
