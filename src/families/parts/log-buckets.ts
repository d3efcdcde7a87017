/** How far apart tokens of DeBERTa are told apart. */
export interface LogBuckets {
  /** Buckets to each side; 0 where every distance is its own. */
  readonly buckets: number;
  /** From here on every distance is in the last bucket. */
  readonly maxDistance: number;
}

/**
 * The bucket of a distance (query's place less key's), as DeBERTa v2 has it (He et al. 2021): near ones are their own, others in
 * ever wider buckets. In single precision, as transformers computes it.
 */
export function logBucketOf(distance: number, { buckets, maxDistance }: LogBuckets): number {
  const middle = Math.floor(buckets / 2);
  const apart = Math.abs(distance);
  if (buckets === 0 || apart <= middle) return distance;
  const { fround, log } = Math;
  const widest = fround(log(fround((maxDistance - 1) / middle)));
  const share = fround(fround(log(fround(apart / middle))) / widest);
  return Math.sign(distance) * (Math.ceil(fround(share * (middle - 1))) + middle);
}

/**
 * Rows of a table of 2·span distances for every distance in a text of T tokens, farthest first: T − 1 … −(T − 1), each the bucket of
 * `sign` · distance, shifted so that distance 0 has row `span`.
 */
export function distanceRows(T: number, sign: 1 | -1, span: number, rule: LogBuckets): Int32Array {
  return Int32Array.from({ length: 2 * T - 1 }, (_, place) => {
    const row = sign * logBucketOf(T - 1 - place, rule) + span;
    return Math.min(Math.max(row, 0), 2 * span - 1);
  });
}
