import { ShapeError } from "../errors/errors.ts";
import type { LazyTensor } from "../tensor/lazy-tensor.ts";
import { concat, permute, reshape, scaledDot, slice } from "../tensor/operations.ts";
import type { Program } from "../tensor/program.ts";

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

/**
 * How much each query asks for the distance of each key: asking (B, H, T, D), and what distances offer (1 or B, 1 or H, 2T−1, D), row c
 * for a key T − 1 − c tokens before its query → (B, H, T, T).
 */
export function scoresByDistance(
  asking: LazyTensor,
  distances: LazyTensor,
  scale: number,
  program: Program,
): LazyTensor {
  const B = asking.shape[0]!;
  const [scores] = program.scope(() => {
    const ofAll =
      distances.shape[0] === B ? distances : concat(new Array<LazyTensor>(B).fill(distances), 0);
    return [relativeShift(scaledDot(asking, ofAll, scale))];
  });
  return scores;
}

/** How much each key asks for the distance of each query, by query: asking (B, H, S, D), row c for a query T − 1 − c tokens before its key → (B, H, T, S). */
export function scoresByDistanceOfKeys(
  asking: LazyTensor,
  distances: LazyTensor,
  scale: number,
  program: Program,
): LazyTensor {
  return permute(scoresByDistance(asking, distances, scale, program), [0, 1, 3, 2]);
}
