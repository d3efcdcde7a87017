import { encodeSafetensors, type NamedBytes, namedBytes } from "../checkpoint/safetensors.ts";
import type { Parameter } from "../families/parameters.ts";
import type { MatrixLayout } from "../families/stored-source.ts";
import { sizeOf } from "../tensor/shape.ts";

/** A parameter with its numbers, row-major in its shape. */
export interface ParameterNumbers {
  readonly parameter: Parameter;
  readonly numbers: Float32Array;
}

/**
 * Parameters as the tensors of a checkpoint, under the names and in the layout its family's files have: matrices turned back where they
 * are stored (in, out), q, k and v side by side or head by head where they are stored as one, gains and scales as files write them.
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
  for (const { parameter, numbers } of parts)
    for (const [place, number] of numbers.entries()) {
      const row = storedRow(parameter.layout, Math.floor(place / width));
      const column = place % width;
      const at = isTurned ? column * rows + row : row * width + column;
      whole[at] = storedNumber(parameter.layout, number);
    }
  const stored = isTurned ? [width, rows] : [rows, ...shape.slice(1)];
  return namedBytes(layout.storedShape ?? stored, whole);
}

function endOf({ layout: { rows, blocks }, shape: [own = 1] }: Parameter): number {
  return blocks ? (own / blocks.length) * blocks.every : (rows?.[1] ?? own);
}

/** Which row of the stored matrix a row of the parameter is. */
function storedRow({ rows, blocks }: MatrixLayout, row: number): number {
  if (!blocks) return (rows?.[0] ?? 0) + row;
  return Math.floor(row / blocks.length) * blocks.every + blocks.first + (row % blocks.length);
}

function storedNumber({ added = 0, isLogarithm }: MatrixLayout, number: number): number {
  return (isLogarithm ? Math.log(number) : number) - added;
}

/** model.safetensors as transformers writes it: its metadata says that the layout is PyTorch's. */
export function modelSafetensors(all: Iterable<ParameterNumbers>): Uint8Array {
  return encodeSafetensors(storedTensors(all), { format: "pt" });
}
