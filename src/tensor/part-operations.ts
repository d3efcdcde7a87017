import { ShapeError } from "../errors/errors.ts";
import type { LazyTensor, Recorder } from "./lazy-tensor.ts";
import { programOf, record } from "./record.ts";
import { type Selection, selectedShape } from "./selection.ts";
import { broadcastShape, formatShape, sameShape } from "./shape.ts";

/** The chosen indices of each axis: x (…) → as many as were chosen. x may be a cache, or its first rows: then say which `program`. */
export function part(x: LazyTensor, selection: Selection, program?: Recorder): LazyTensor {
  expectSelection("part", x, selection);
  const recorder = program ?? programOf("part", [x]);
  return recorder.record("part", [x], { selection }, selectedShape(selection, x.shape))[0]!;
}

/** x with other numbers at the chosen indices: numbers are broadcast to the part, as NumPy does. An index is chosen once. */
export function replacePart(x: LazyTensor, numbers: LazyTensor, selection: Selection): LazyTensor {
  expectSelection("replacePart", x, selection);
  const shape = selectedShape(selection, x.shape);
  if (!sameShape(broadcastShape(numbers.shape, shape, "replacePart"), shape))
    throw new ShapeError(
      `replacePart: ${numbers} do not fit the part ${formatShape(shape)} of ${x}`,
    );
  for (const [axis, indices] of selection.entries())
    if (indices && new Set(indices).size < indices.length)
      throw new ShapeError(`replacePart: an index on axis ${axis} of ${x} is chosen twice`);
  return record("replacePart", [x, numbers], { selection }, x.shape);
}

/** x / Σx over the last axis; a row whose sum is 0 stays as it is. */
export function normalizeRows(x: LazyTensor): LazyTensor {
  return record("normalizeRows", [x], {}, x.shape);
}

function expectSelection(place: string, x: LazyTensor, selection: Selection): void {
  if (selection.length > x.shape.length)
    throw new ShapeError(`${place}: a selection on ${selection.length} axes of ${x}`);
  for (const [axis, indices] of selection.entries())
    for (const index of indices ?? [])
      if (!Number.isInteger(index) || index < 0 || index >= x.shape[axis]!)
        throw new ShapeError(
          `${place}: index ${index} on axis ${axis} of ${x}, which holds 0 to ${x.shape[axis]! - 1}`,
        );
}
