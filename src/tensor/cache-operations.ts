import { ShapeError } from "../errors/errors.ts";
import type { LazyTensor } from "./lazy-tensor.ts";
import { expectRank, programOf } from "./record.ts";

/**
 * Writes x (B, H, T, D) into rows start … start + T − 1 of a cache (B, H, capacity, D), in place, and gives the cache's first
 * start + T rows, (B, H, start + T, D), without a copy: a head's rows lie together, heads lie `capacity` rows apart.
 * The cache belongs to no program: its memory outlives the run. Only `scaledDot` (k), `mix` (v), `attention` (k, v) and `part` read such
 * a result; a backend finds the distance of heads in `capacity` (undefined: rows are all there is, as in any tensor).
 * The operation has no outputs; its inputs are the cache, which it writes, and x. Rows never written hold anything, NaN included.
 */
export function cacheAppend(cache: LazyTensor, x: LazyTensor, start: number): LazyTensor {
  const [B, H, capacity, D] = expectRank("cacheAppend", cache, 4) as [
    number,
    number,
    number,
    number,
  ];
  const [xB, xH, T, xD] = expectRank("cacheAppend", x, 4) as [number, number, number, number];
  if (B !== xB || H !== xH || D !== xD)
    throw new ShapeError(`cacheAppend: ${x} does not fit the cache ${cache}`);
  if (start < 0 || start + T > capacity)
    throw new ShapeError(
      `cacheAppend: rows ${start} to ${start + T - 1} of ${cache}, which holds 0 to ${capacity - 1}`,
    );
  const program = programOf("cacheAppend", [x]);
  program.record("cacheAppend", [cache, x], { start });
  return program.firstRows(cache, start + T);
}
