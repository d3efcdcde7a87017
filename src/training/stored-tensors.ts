import { encodeSafetensors, type NamedBytes, namedBytes } from "../checkpoint/safetensors.ts";
import type { Parameter } from "../families/parameters.ts";
import { sizeOf } from "../tensor/shape.ts";

/** A parameter with its numbers, row-major in its shape. */
export interface ParameterNumbers {
  readonly parameter: Parameter;
  readonly numbers: Float32Array;
}

/**
 * Parameters as the tensors of a checkpoint, under the names and in the layout its family's files have: matrices turned back where they
 * are stored (in, out), and q, k and v side by side where they are stored as one.
 */
export function storedTensors(all: Iterable<ParameterNumbers>): Record<string, NamedBytes> {
  const parts = new Map<string, ParameterNumbers[]>();
  for (const one of all) {
    const { storedName } = one.parameter;
    const own = parts.get(storedName) ?? [];
    own.push(one);
    parts.set(storedName, own);
  }
  return Object.fromEntries([...parts].map(([name, own]) => [name, storedTensor(own)]));
}

function storedTensor(parts: readonly ParameterNumbers[]): NamedBytes {
  const [{ parameter: first }] = parts as [ParameterNumbers];
  const { shape, layout } = first;
  const isTurned = layout.stored === "in-out" && shape.length === 2;
  const rows = Math.max(...parts.map(({ parameter }) => endOf(parameter)));
  const width = sizeOf(shape.slice(1));
  const whole = new Float32Array(rows * width);
  for (const { parameter, numbers } of parts) {
    const start = parameter.layout.rows?.[0] ?? 0;
    if (!isTurned) whole.set(numbers, start * width);
    else
      for (let place = 0; place < numbers.length; place++) {
        const row = start + Math.floor(place / width);
        whole[(place % width) * rows + row] = numbers[place]!;
      }
  }
  const stored = isTurned ? [width, rows] : [rows, ...shape.slice(1)];
  return namedBytes(layout.storedShape ?? stored, whole);
}

function endOf({ layout, shape }: Parameter): number {
  return layout.rows?.[1] ?? shape[0] ?? 1;
}

/** model.safetensors as transformers writes it: its metadata says that the layout is PyTorch's. */
export function modelSafetensors(all: Iterable<ParameterNumbers>): Uint8Array {
  return encodeSafetensors(storedTensors(all), { format: "pt" });
}
