import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { embed, permute, reshape } from "../../tensor/operations.ts";
import type { Program } from "../../tensor/program.ts";

/** How distances between tokens are grouped. */
export interface BucketRule {
  readonly buckets: number;
  /** From here on every distance is in the last bucket. */
  readonly maxDistance: number;
  /** Whether keys behind the query and keys before it have buckets of their own; if not, later keys count as distance 0. */
  readonly isBothWays: boolean;
}

/**
 * The bucket of a key `distance` tokens after its query (negative: before it), as T5 has it (Raffel et al. 2020, 2.1): half of
 * the buckets for one distance each, the other half ever wider. In single precision, as transformers computes it.
 */
export function bucketOf(
  distance: number,
  { buckets, maxDistance, isBothWays }: BucketRule,
): number {
  const side = isBothWays ? Math.floor(buckets / 2) : buckets;
  const start = isBothWays && distance > 0 ? side : 0;
  const apart = isBothWays ? Math.abs(distance) : Math.max(-distance, 0);
  const exact = Math.floor(side / 2);
  if (apart < exact) return start + apart;
  const { fround, log } = Math;
  const share = fround(fround(log(fround(apart / exact))) / fround(log(maxDistance / exact)));
  const wide = exact + Math.trunc(fround(share * (side - exact)));
  return start + Math.min(wide, side - 1);
}

/** Buckets of every pair: T queries, the first at `past`, by S keys → (T, S) row-major. */
export function bucketTable(
  [T, S]: readonly [number, number],
  past: number,
  rule: BucketRule,
): Int32Array {
  const byDistance = new Int32Array(past + T + S);
  for (let place = 0; place < byDistance.length; place++)
    byDistance[place] = bucketOf(place - (past + T), rule);
  const table = new Int32Array(T * S);
  for (let t = 0; t < T; t++) for (let s = 0; s < S; s++) table[t * S + s] = byDistance[s - t + T]!;
  return table;
}

/** What distances add to the scores of each head: a table (buckets, H) → (1, H, T, S). */
export function bucketBias(
  table: LazyTensor,
  [T, S]: readonly [number, number],
  past: number,
  rule: BucketRule,
  program: Program,
): LazyTensor {
  const buckets = program.input(bucketTable([T, S], past, rule), [T, S], "buckets of distances");
  const values = embed(table, buckets); // (T, S, H)
  return reshape(permute(values, [2, 0, 1]), [1, table.shape[1]!, T, S]);
}
