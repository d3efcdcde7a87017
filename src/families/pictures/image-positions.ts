import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { concat, embed, mix, reshape } from "../../tensor/operations.ts";
import type { Program } from "../../tensor/program.ts";
import type { PatchGrid } from "../inputs.ts";

/**
 * Learned positions of an image's tokens, (1, 1 + rows · columns, C): table (1 + N, C) holds the class token's, then those of
 * the grid it was trained on. For another grid they are interpolated, bicubic, as torch does with align_corners=False.
 */
export function imagePositions(
  table: LazyTensor,
  trained: PatchGrid,
  grid: PatchGrid,
  program: Program,
): LazyTensor {
  const C = table.shape[1]!;
  const rowsOf = (start: number, length: number) =>
    embed(
      table,
      program.input(
        Int32Array.from({ length }, (_, place) => start + place),
        [1, length],
        "positions",
      ),
    );
  const { rows, columns } = grid;
  if (rows === trained.rows && columns === trained.columns) return rowsOf(0, 1 + rows * columns);
  const learned = rowsOf(1, trained.rows * trained.columns); // (1, N, C)
  const down = program.input(
    cubicWeights(trained.rows, rows),
    [1, 1, rows, trained.rows],
    "rows interpolated",
  );
  const tall = mix(down, reshape(learned, [1, 1, trained.rows, trained.columns * C])); // (1, 1, rows, columns · C)
  const across = cubicWeights(trained.columns, columns);
  const everyRow = new Float32Array(rows * across.length);
  for (let row = 0; row < rows; row++) everyRow.set(across, row * across.length);
  const wide = mix(
    program.input(everyRow, [1, rows, columns, trained.columns], "columns interpolated"),
    reshape(tall, [1, rows, trained.columns, C]),
  ); // (1, rows, columns, C)
  return concat([rowsOf(0, 1), reshape(wide, [1, rows * columns, C])], 1);
}

/** How much each of `from` samples counts for each of `to`: (to, from), by cubic convolution with a = −0.75 (Keys 1981), edges repeated. */
export function cubicWeights(from: number, to: number): Float32Array {
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
}
