import { availableParallelism } from "node:os";
import { cpuForNode, type Kernels } from "../src/backends/cpu/cpu.node.ts";
import type { WeightPrecision } from "../src/backends/cpu/weights/weight-layout.ts";
import type { Backend } from "../src/tensor/backend.ts";

export const threads = Number(process.env.HEED_THREADS) || availableParallelism();

/** A new engine. */
export function engine(
  kernels: Kernels = "best",
  weights: WeightPrecision = "f32",
  count = threads,
): Promise<Backend> {
  return cpuForNode({ kernels, weights, threads: count, onNotice: (text) => console.log(text) });
}
