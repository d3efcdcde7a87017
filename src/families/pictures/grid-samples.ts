import { filterTaps } from "../../images/resample.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { mix, reshape } from "../../tensor/operations.ts";
import type { Program } from "../../tensor/program.ts";
import type { PatchGrid } from "../inputs.ts";

/** How much each of `from` samples counts for each of `to`: (to, from), row-major; every row sums to 1. */
export type Sampling = (from: number, to: number) => Float32Array;

/** Vectors that lie on one grid, laid on another: values (1, rows · columns of `from`, C) → (1, rows · columns of `to`, C). */
export function resampleGrid(
  values: LazyTensor,
  from: PatchGrid,
  to: PatchGrid,
  sampling: Sampling,
  program: Program,
): LazyTensor {
  const C = values.shape[2]!;
  const { rows, columns } = to;
  const down = program.input(
    sampling(from.rows, rows),
    [1, 1, rows, from.rows],
    "rows interpolated",
  );
  const tall = mix(down, reshape(values, [1, 1, from.rows, from.columns * C])); // (1, 1, rows, columns · C)
  const across = sampling(from.columns, columns);
  const everyRow = new Float32Array(rows * across.length);
  for (let row = 0; row < rows; row++) everyRow.set(across, row * across.length);
  const wide = mix(
    program.input(everyRow, [1, rows, columns, from.columns], "columns interpolated"),
    reshape(tall, [1, rows, from.columns, C]),
  ); // (1, rows, columns, C)
  return reshape(wide, [1, rows * columns, C]);
}

/** Cubic convolution with a = −0.75 (Keys 1981), edges repeated: torch's bicubic with align_corners=False. */
export const cubicWeights: Sampling = (from, to) => {
  const a = -0.75;
  const near = (x: number) => ((a + 2) * x - (a + 3)) * x * x + 1; // |x| ≤ 1
  const far = (x: number) => ((a * x - 5 * a) * x + 8 * a) * x - 4 * a; // 1 < |x| < 2
  const weights = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    const place = (i + 0.5) * (from / to) - 0.5;
    const base = Math.floor(place);
    const x = place - base;
    for (const [tap, weight] of [far(x + 1), near(x), near(1 - x), far(2 - x)].entries()) {
      const sample = Math.min(Math.max(base - 1 + tap, 0), from - 1);
      weights[i * from + sample]! += weight;
    }
  }
  return weights;
};

/** Cubic convolution with a = −0.5 that widens when shrinking: torch's bicubic with antialias=True. */
export const smoothCubicWeights: Sampling = (from, to) => {
  const weights = new Float32Array(to * from);
  for (const [i, tap] of filterTaps(from, to, "bicubic").entries())
    weights.set(tap.weights, i * from + tap.first);
  return weights;
};

/** The two samples beside each place, edges repeated: torch's bilinear with align_corners=False. */
export const linearWeights: Sampling = (from, to) => {
  const weights = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    const place = Math.max((i + 0.5) * (from / to) - 0.5, 0);
    const base = Math.min(Math.floor(place), from - 1);
    const x = place - base;
    weights[i * from + base]! += 1 - x;
    weights[i * from + Math.min(base + 1, from - 1)]! += x;
  }
  return weights;
};
