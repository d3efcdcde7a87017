import { ShapeError } from "../errors/errors.ts";
import type { LazyTensor } from "../tensor/lazy-tensor.ts";
import { reshape, slice } from "../tensor/operations.ts";

/**
 * From scores by distance to scores by key (Dai et al. 2019, appendix B): x (B, H, T, 2T−1) has column c for distance
 * t − s = T − 1 − c; the result (B, H, T, T) has column s for key s.
 */
export function relativeShift(x: LazyTensor): LazyTensor {
  const [B, H, T, P] = x.shape as readonly [number, number, number, number];
  if (P !== 2 * T - 1)
    throw new ShapeError(`relativeShift: ${x} needs 2T−1=${2 * T - 1} distances for T=${T}`);
  // Rows that are one shorter begin one later each: row t then begins at distance t.
  const flat = slice(reshape(x, [B, H, T * P]), 2, T - 1, T - 1 + T * (P - 1));
  return T === 1 ? reshape(x, [B, H, 1, 1]) : slice(reshape(flat, [B, H, T, P - 1]), 3, 0, T);
}
