import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { ParameterSource } from "../tensor/backend.ts";
import { type Shape, sameShape } from "../tensor/shape.ts";
import type { Spare } from "../tensor/spare.ts";

export type ReadRows = NonNullable<ParameterSource["columns"]>;

/** Rows of a matrix as its file has them, (in, storedOut), each cut to its columns [first, last). */
export function storedRows(
  checkpoint: Checkpoint,
  spare: Spare,
  name: string,
  storedOut: number,
  [first, last]: readonly [number, number],
): ReadRows {
  const out = last - first;
  return async (start, end, target) => {
    if (out === storedOut) return checkpoint.readRange(name, start * out, end * out, target);
    const rows = target ?? new Float32Array((end - start) * out);
    return spare.lend((end - start) * storedOut, async (whole) => {
      await checkpoint.readRange(name, start * storedOut, end * storedOut, whole);
      for (let row = 0; row < end - start; row++)
        rows.set(whole.subarray(row * storedOut + first, row * storedOut + last), row * out);
      return rows;
    });
  };
}

/** Rows [start, end) of a matrix whose columns are read. */
export async function turned(
  columns: ReadRows,
  width: number,
  start: number,
  end: number,
): Promise<Float32Array> {
  const stored = await columns(0, width);
  const out = stored.length / width;
  const rows = new Float32Array((end - start) * width);
  for (let i = 0; i < width; i++)
    for (let o = start; o < end; o++) rows[(o - start) * width + i] = stored[i * out + o]!;
  return rows;
}

/** Whether a stored matrix holds as many rows of the width that is wanted, or more. */
export function rowsFit(stored: Shape, wanted: Shape, isTransposed: boolean): boolean {
  const turned = isTransposed ? [...stored].reverse() : stored;
  return sameShape(turned.slice(1), wanted.slice(1)) && turned[0]! >= wanted[0]!;
}

/** Out rows that lie in blocks: of every `every` stored rows `length` of them, from row `first`. */
export interface RowBlocks {
  readonly every: number;
  readonly first: number;
  readonly length: number;
}

/** The shape of the matrix whose blocks make one of this shape. */
export function blockedShape([out = 1, ...rest]: Shape, { every, length }: RowBlocks): Shape {
  return [(out / length) * every, ...rest];
}

/** Rows of such blocks, one block after the other. */
export function blockRows(
  checkpoint: Checkpoint,
  name: string,
  width: number,
  { every, first, length }: RowBlocks,
): ReadRows {
  return async (start, end, target = new Float32Array((end - start) * width)) => {
    for (let row = start; row < end; ) {
      const count = Math.min(length - (row % length), end - row);
      const stored = (Math.floor(row / length) * every + first + (row % length)) * width;
      const own = target.subarray((row - start) * width, (row - start + count) * width);
      const read = await checkpoint.readRange(name, stored, stored + count * width, own);
      if (read !== own) own.set(read);
      row += count;
    }
    return target;
  };
}
