import { transposed } from "../adapter/low-rank.ts";
import type { Checkpoint } from "../checkpoint.ts";
import { type ComputedTensor, withComputed } from "../computed.ts";
import { isConv1d } from "../conv1d.ts";
import { elementCount } from "../stored-checkpoint.ts";
import { nestedWeights } from "./nested.ts";
import { packedWeights } from "./packed.ts";
import { scaledWeights } from "./scaled.ts";
import { expectNumbers } from "./traces.ts";
import { type Dequantised, dequantisedTo, kept } from "./weight.ts";

/**
 * The checkpoint with numbers in place of codes, made in float32 as they are read; itself where nothing is quantised. Throws
 * CheckpointError for kinds of quantisation that heed does not take apart: codes are never read as if their scales were not there.
 */
export async function dequantised(checkpoint: Checkpoint): Promise<Checkpoint> {
  const found = [
    ...scaledWeights(checkpoint),
    ...packedWeights(checkpoint),
    ...(await nestedWeights(checkpoint)),
  ];
  if (found.length === 0) {
    expectNumbers(checkpoint);
    return checkpoint;
  }
  const parts = new Set(found.flatMap((one) => one.parts));
  const { quantization_config, compression_config, ...config } = checkpoint.config;
  const computed = new Map(found.map((one) => [one.name, inModelsLayout(checkpoint, one)]));
  const numbers = withComputed(
    { ...checkpoint, config },
    computed,
    // Scales of activations: heed computes with the numbers themselves.
    (name) =>
      (parts.has(name) && !computed.has(name)) || /\.(input|output|k|v|q)_scale$/.test(name),
  );
  expectNumbers(numbers);
  const { label, tensors } = checkpoint;
  const kinds = [...new Set(found.map(({ kind }) => kind))].sort().join(", ");
  const stored = [...parts].reduce((sum, name) => sum + bytesOf(tensors.get(name)!), 0);
  const size = found.reduce((sum, { tensor }) => sum + 4 * elementCount(tensor.shape), 0);
  return {
    ...numbers,
    warnings: [
      ...(checkpoint.warnings ?? []),
      dequantisedTo(label, kinds, found.length, stored, size),
    ],
  };
}

/** A weight of a Linear turned where the model has a Conv1D in its place: the libraries turn it before they quantise it. */
function inModelsLayout({ config }: Checkpoint, { name, tensor, isLinear }: Dequantised) {
  if (!isLinear || !isConv1d(config, name)) return tensor;
  const [rows = 0, width = 0] = tensor.shape;
  const total = rows * width;
  const whole = kept(async () => {
    const numbers = new Float32Array(total);
    await tensor.fill(0, total, numbers);
    return transposed(numbers, rows, width);
  });
  const turned: ComputedTensor = {
    ...tensor,
    shape: [width, rows],
    async fill(start, end, target) {
      target.set((await whole.get()).subarray(start, end));
      if (end === total) whole.drop();
    },
  };
  return turned;
}

function bytesOf({ type, shape }: { readonly type: string; readonly shape: readonly number[] }) {
  const bits = Number(/\d+/.exec(type.replace(/^F8_.*/, "8"))?.[0] ?? 8);
  return (elementCount(shape) * bits) / 8;
}
