import { STRIP } from "../kernels/transpose.ts";
import type { Plan } from "../plan.ts";

/** Matrices (rows, width), one after the other, and where they go the other way round. */
interface Turned {
  readonly x: number;
  readonly output: number;
  readonly rows: number;
  readonly width: number;
  /** Bytes from row to row of the result. */
  readonly outputRow: number;
  readonly matrices: number;
}

/** Turns matrices: (rows, width) → (width, rows). */
export function turn(plan: Plan, { x, output, rows, width, outputRow, matrices }: Turned): void {
  const strips = Math.ceil(rows / STRIP);
  plan.call("transpose", {
    tasks: matrices * strips,
    x,
    matrixBytes: 4 * rows * width,
    rows,
    width,
    strips,
    output,
    outputMatrix: width * outputRow,
    outputRow,
  });
}
