import type { ThumbnailSize } from "./source.ts";

/** Weights (T, S) made small, (rows, columns): the largest under each place, NaN where no key can be looked at. */
export function thumbnail(
  weights: Float32Array,
  T: number,
  S: number,
  { rows, columns }: ThumbnailSize,
): Float32Array {
  if (rows === T && columns === S) return weights;
  const largest = new Float32Array(rows * columns).fill(Number.NaN);
  for (let query = 0; query < T; query++) {
    const row = Math.floor((query * rows) / T) * columns;
    for (let key = 0; key < S; key++) {
      const weight = weights[query * S + key]!;
      const place = row + Math.floor((key * columns) / S);
      // Written so that NaN gives way to any weight, and never wins.
      if (weight >= 0 && !(largest[place]! >= weight)) largest[place] = weight;
    }
  }
  return largest;
}
