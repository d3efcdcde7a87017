import type { Checkpoint, TensorRead } from "../checkpoint/checkpoint.ts";
import { CheckpointError } from "../errors/errors.ts";
import { nearest } from "../errors/nearest.ts";
import type { ParameterRole, ParameterSource } from "../tensor/backend.ts";
import { formatShape, type Shape, sameShape, sizeOf } from "../tensor/shape.ts";
import type { Spare } from "../tensor/spare.ts";
import { leftOut } from "./left-out.ts";
import {
  blockedShape,
  blockRows,
  type ReadRows,
  type RowBlocks,
  rowsFit,
  storedRows,
  turned,
} from "./stored-matrix.ts";

/** How stored numbers lie in their file. */
export interface MatrixLayout {
  /** GPT-2 stores (in, out), everyone else (out, in). */
  readonly stored?: "out-in" | "in-out";
  /** Only these of the out rows: q, k and v stored as one. */
  readonly rows?: readonly [start: number, end: number];
  /** Only some out rows, in blocks: q, k and v stored head by head. */
  readonly blocks?: RowBlocks;
  /** Its shape in the file, where that is another: the same numbers, row-major (a convolution's kernel); with `rows`, of those alone. */
  readonly storedShape?: Shape;
  /** Added to every number: gains that files store as what they differ from 1. */
  readonly added?: number;
  /** Whether files store its logarithm: every number is e to what stands there. */
  readonly isLogarithm?: boolean;
}

/** What a family wants of a stored tensor. */
export interface Wanted extends MatrixLayout {
  readonly shape: Shape;
  readonly role: ParameterRole;
}

/** What a family takes its weights from: a checkpoint, or nothing but the shapes (for counting). */
export interface ParameterSourceFiles {
  readonly label: string;
  readonly checkpoint: Checkpoint | undefined;
}

/** A learned tensor, and the numbers of its file that are read for it. */
export interface StoredSource extends ParameterSource {
  readonly reading: TensorRead;
}

/**
 * Where the numbers of a wanted tensor stand in its file. Throws CheckpointError for one that is not there, is no real number or has another shape.
 */
export function storedSource(
  { label, checkpoint }: ParameterSourceFiles,
  spare: Spare,
  storedName: string,
  wanted: Wanted,
): StoredSource {
  const { shape, role, stored, rows, blocks, storedShape, added = 0, isLogarithm } = wanted;
  const base = { name: storedName, shape, role };
  if (!checkpoint) {
    const reading = { name: storedName, start: 0, end: 0 };
    return { ...base, storedAs: "F32", rows: unreadable, reading };
  }
  const tensor = checkpoint.tensors.get(storedName);
  if (!tensor)
    throw new CheckpointError(
      `${label}: the config needs a tensor "${storedName}", the file has none${nearest(storedName, checkpoint.tensors.keys())}. Is a shard missing, or is config.json of another model?`,
    );
  if (!isReal(tensor.type))
    throw new CheckpointError(
      `${label}: "${storedName}" is stored as ${tensor.type}, and a weight is a real number (F32, F16, BF16 or F64). Is it quantised, or a mask under a weight's name? Take a file of floats`,
    );
  const isTransposed = stored === "in-out" && shape.length === 2;
  const whole = storedShape ?? (isTransposed ? [...shape].reverse() : shape);
  const fits = rows
    ? rowsFit(tensor.shape, storedShape ?? shape, isTransposed)
    : sameShape(tensor.shape, blocks ? blockedShape(shape, blocks) : whole);
  if (!fits)
    throw new CheckpointError(
      `${label}: the config makes "${storedName}" ${formatShape(blocks ? blockedShape(shape, blocks) : whole)}${rows ? " or more" : ""}, the file holds ${formatShape(tensor.shape)}.${leftOut(checkpoint.config)} Do config.json and the weights belong together?`,
    );
  const first = rows?.[0] ?? 0;
  const width = sizeOf(shape.slice(1));
  const told = { ...base, storedAs: tensor.type };
  if (isTransposed) {
    const storedOut = sizeOf(tensor.shape) / width;
    const columns = storedRows(checkpoint, spare, storedName, storedOut, [
      first,
      first + shape[0]!,
    ]);
    return {
      ...told,
      columns,
      rows: (start, end) => turned(columns, width, start, end),
      reading: { name: storedName, start: 0, end: sizeOf(tensor.shape) },
    };
  }
  if (blocks || added !== 0 || isLogarithm) {
    const read: ReadRows = blocks
      ? blockRows(checkpoint, storedName, width, blocks)
      : (start, end, target) =>
          checkpoint.readRange(storedName, start * width, end * width, target);
    return {
      ...told,
      reading: { name: storedName, start: 0, end: sizeOf(tensor.shape) },
      rows: async (start, end, target) => {
        const numbers = await read(start, end, target);
        if (added !== 0) for (let n = 0; n < numbers.length; n++) numbers[n]! += added;
        if (isLogarithm) for (const [n, number] of numbers.entries()) numbers[n] = Math.exp(number);
        return numbers;
      },
    };
  }
  const range = (start: number, end: number) =>
    [storedName, (first + start) * width, (first + end) * width] as const;
  return {
    ...told,
    reading: { name: storedName, start: first * width, end: first * width + sizeOf(shape) },
    rows: (start, end, target) => checkpoint.readRange(...range(start, end), target),
    halves: isHalf(tensor.type)
      ? async (start, end, target) => {
          if (checkpoint.pours) {
            await checkpoint.readBytes(...range(start, end), () => bytesOf(target()));
            return;
          }
          const kept = target();
          // Memory that threads share stays where it is, and files are read into it beside this thread.
          if (checkpoint.fillsShared && isShared(kept.buffer)) {
            await checkpoint.readBytes(...range(start, end), bytesOf(kept));
            return;
          }
          const count = (end - start) * width;
          await spare.lend(Math.ceil(count / 2), async (memory) => {
            const words = new Uint16Array(memory.buffer, memory.byteOffset, count);
            await checkpoint.readBytes(...range(start, end), bytesOf(words));
            target().set(words);
          });
        }
      : undefined,
  };
}

function isReal(type: string): boolean {
  return type === "F32" || type === "F64" || isHalf(type);
}

function isHalf(type: string): boolean {
  return type === "F16" || type === "BF16";
}

function isShared(buffer: ArrayBufferLike): boolean {
  return typeof SharedArrayBuffer === "function" && buffer instanceof SharedArrayBuffer;
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint16Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

async function unreadable(): Promise<Float32Array> {
  throw new CheckpointError("there are no weights here, only a config");
}
