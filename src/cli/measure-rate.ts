import { backendFor } from "../backends/choose.node.ts";
import type { BackendName } from "../backends/names.ts";
import { execute } from "../tensor/execute.ts";
import { LazyTensor } from "../tensor/lazy-tensor.ts";
import { linear } from "../tensor/operations.ts";
import { Program } from "../tensor/program.ts";

const rows = 128;
const width = 768;
const longestMs = 300;

/** Floating-point operations a second of a matrix product (128 × 768 × 768) on this machine: the best of a few tries. */
export async function measureRate(backendName: string | undefined): Promise<number> {
  const backend = await backendFor({ backend: backendName as BackendName | undefined });
  try {
    const values = Float32Array.from({ length: width * width }, (_, place) => Math.sin(place));
    const storage = await backend.parameter({
      name: "measured",
      shape: [width, width],
      role: "matrix",
      storedAs: "F32",
      rows: async (start, end) => values.slice(start * width, end * width),
    });
    const weight = new LazyTensor([width, width], "f32", "measured", { storage });
    let best = Number.POSITIVE_INFINITY;
    const until = performance.now() + longestMs;
    do {
      const program = new Program(backend);
      const x = program.input(values.slice(0, rows * width), [rows, width], "x");
      linear(x, { weight });
      program.finish();
      const before = performance.now();
      await execute(program);
      best = Math.min(best, performance.now() - before);
    } while (performance.now() < until);
    return (2 * rows * width * width) / (best / 1000);
  } finally {
    await backend.dispose();
  }
}
