import type { Backend } from "../src/tensor/backend.ts";
import { execute } from "../src/tensor/execute.ts";
import { LazyTensor } from "../src/tensor/lazy-tensor.ts";
import { Program } from "../src/tensor/program.ts";
import { sizeOf } from "../src/tensor/shape.ts";
import type { Tensor } from "../src/tensor/tensor.ts";

/** A learned tensor of a backend. */
export async function learned(
  backend: Backend,
  data: Float32Array,
  shape: readonly number[],
): Promise<LazyTensor> {
  const width = sizeOf(shape.slice(1));
  const storage = await backend.parameter({
    name: "weights",
    shape,
    role: shape.length === 2 ? "matrix" : "plain",
    storedAs: "F32",
    rows: async (start, end) => data.slice(start * width, end * width),
  });
  return new LazyTensor(shape, "f32", "weights", { storage });
}

/** Records and runs a program; gives the tensors that `body` returns. */
export async function compute(
  backend: Backend,
  body: (program: Program) => readonly LazyTensor[],
): Promise<Tensor[]> {
  const program = new Program(backend);
  const results: Tensor[] = [];
  for (const value of body(program)) program.read(value, (tensor) => results.push(tensor));
  program.finish();
  await execute(program);
  return results;
}
