import type { Checkpoint } from "../checkpoint.ts";
import { withComputed } from "../computed.ts";
import { elementCount } from "../stored-checkpoint.ts";
import { nestedWeights } from "./nested.ts";
import { packedWeights } from "./packed.ts";
import { scaledWeights } from "./scaled.ts";
import { expectNumbers } from "./traces.ts";
import { dequantisedTo } from "./weight.ts";

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
  const computed = new Map(found.map(({ name, tensor }) => [name, tensor]));
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

function bytesOf({ type, shape }: { readonly type: string; readonly shape: readonly number[] }) {
  const bits = Number(/\d+/.exec(type.replace(/^F8_.*/, "8"))?.[0] ?? 8);
  return (elementCount(shape) * bits) / 8;
}
