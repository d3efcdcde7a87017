/** Loads BERT-base's layers and embeddings a few rows at a time, as a file is read, runs once, and prints its peak RSS in KiB. */
import { readFileSync } from "node:fs";
import type { Backend } from "../src/tensor/backend.ts";
import { LazyTensor } from "../src/tensor/lazy-tensor.ts";
import { embed, linear, slice } from "../src/tensor/operations.ts";
import { EMBEDDINGS, INNER, LAYERS, WIDTH } from "./bert-shape.ts";
import { compute, engine } from "./engine.ts";
import { randomNumbers } from "./timing.ts";

async function matrix(
  backend: Backend,
  out: number,
  width: number,
  role: "matrix" | "table" = "matrix",
): Promise<LazyTensor> {
  const storage = await backend.parameter({
    name: "matrix",
    shape: [out, width],
    role,
    storedAs: "F32",
    rows: async (start, end) => randomNumbers((end - start) * width, start + 1, 0.05),
  });
  return new LazyTensor([out, width], "f32", "matrix", { storage });
}

const backend = await engine();
const matrices: LazyTensor[] = [];
const embeddings = await matrix(backend, EMBEDDINGS, WIDTH, "table");
for (let layer = 0; layer < LAYERS; layer++) {
  for (let part = 0; part < 4; part++) matrices.push(await matrix(backend, WIDTH, WIDTH));
  matrices.push(await matrix(backend, INNER, WIDTH), await matrix(backend, WIDTH, INNER));
}
await compute(backend, (program) => {
  const ids = program.input(
    Int32Array.from({ length: 128 }, (_, n) => 200 * n),
    [128],
    "ids",
  );
  let x = embed(embeddings, ids);
  for (const weight of matrices) x = linear(x, { weight });
  return [slice(x, 0, 0, 1)];
});
// Not maxRSS of resourceUsage(): that begins with what the parent held when it forked.
console.log(/VmHWM:\s*(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))![1]);
await backend.dispose();
