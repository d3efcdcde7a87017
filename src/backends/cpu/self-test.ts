import type { Backend } from "../../tensor/backend.ts";
import { execute } from "../../tensor/execute.ts";
import { LazyTensor } from "../../tensor/lazy-tensor.ts";
import {
  fusedAttention,
  layerNorm,
  linear,
  mix,
  scaledDot,
  softmax,
} from "../../tensor/operations.ts";
import { Program } from "../../tensor/program.ts";
import { sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { reference } from "../reference/reference.ts";

const TOLERANCE = 1e-4;

/** Whether a backend computes what the reference does, on a small example: undefined, or what differs. */
export async function selfTest(backend: Backend): Promise<string | undefined> {
  const [expected, found] = await Promise.all([small(reference()), small(backend)]);
  for (const [index, tensor] of expected.entries()) {
    const other = found[index]!;
    const difference = tensor.data.reduce(
      (worst, value, at) => Math.max(worst, Math.abs(value - other.data[at]!)),
      0,
    );
    if (!(difference <= TOLERANCE)) return `result ${index} differs by ${difference}`;
  }
  return undefined;
}

/** A product, its norm and the attention over it: what every model is made of. */
async function small(backend: Backend): Promise<Tensor[]> {
  const [T, C, H] = [7, 48, 2];
  const learned = async (...shape: number[]) => {
    const storage = await backend.parameter({
      name: "self-test",
      shape,
      role: shape.length === 2 ? "matrix" : "plain",
      storedAs: "F32",
      rows: async (start, end) => {
        const width = sizeOf(shape.slice(1));
        return wave(sizeOf(shape), 0.37).slice(start * width, end * width);
      },
    });
    return new LazyTensor(shape, "f32", "self-test", { storage });
  };
  const weights = { weight: await learned(C, C), bias: await learned(C) };
  const norm = { gain: weights.bias, bias: weights.bias };
  const program = new Program(backend);
  const x = program.input(wave(T * C, 0.11), [1, T, C], "self-test");
  const middle = layerNorm(linear(x, weights, { activation: "gelu" }), norm, 1e-5);
  const q = linear(middle, weights, { heads: H });
  const wants = { scores: false, weights: true };
  const fused = fusedAttention(q, q, q, { scale: 0.2, wants });
  const shares = fused?.weights ?? softmax(scaledDot(q, q, 0.2));
  const results: Tensor[] = [];
  for (const value of [middle, q, fused?.mixed ?? mix(shares, q), shares])
    program.read(value, (tensor) => results.push(tensor));
  program.finish();
  await execute(program);
  for (const { storage } of Object.values(weights)) if (storage) backend.release(storage);
  return results;
}

function wave(size: number, step: number): Float32Array {
  return Float32Array.from({ length: size }, (_, index) => Math.sin(index * step));
}
