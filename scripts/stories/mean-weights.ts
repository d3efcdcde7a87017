import { parseSafetensors } from "../../src/checkpoint/safetensors.ts";

/**
 * The mean of float32 weights that one training came by, files of the same tensors: it lies in the middle of where the last steps went to and fro
 * (Izmailov et al. 2018, "Averaging Weights Leads to Wider Optima and Better Generalization").
 */
export function meanWeights(files: readonly Uint8Array[]): Uint8Array {
  const mean = Uint8Array.from(files[0]!);
  const { entries } = parseSafetensors(mean, "weights");
  // Node's Buffer is no copy where it is sliced.
  const numbersOf = (bytes: Uint8Array, start: number, end: number) =>
    new Float32Array(new Uint8Array(bytes.subarray(start, end)).buffer);
  for (const { start, end } of entries) {
    const all = files.map((file) => numbersOf(file, start, end));
    const own = new Float32Array(mean.buffer, start, (end - start) / 4);
    for (let n = 0; n < own.length; n++)
      own[n] = all.reduce((sum, numbers) => sum + numbers[n]!, 0) / all.length;
  }
  return mean;
}
