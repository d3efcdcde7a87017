import { SiteError } from "../errors/errors.ts";
import { eachSelected, type Selection, selectedShape } from "../tensor/selection.ts";
import { formatShape, sizeOf } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";

/** Throws when an index lies outside its axis. */
export function checkSelection(
  selection: Selection,
  shape: readonly number[],
  place: string,
): void {
  for (const [axis, indices] of selection.entries())
    for (const index of indices ?? [])
      if (!Number.isInteger(index) || index < 0 || index >= shape[axis]!)
        throw new SiteError(
          `${place}: index ${index} on axis ${axis} of ${formatShape(shape)}, which holds 0 to ${shape[axis]! - 1}`,
        );
}

/** A copy of the selected elements. */
export function select(tensor: Tensor, selection: Selection): Tensor {
  if (selection.every((indices) => indices === undefined)) return tensor;
  const shape = selectedShape(selection, tensor.shape);
  const data = new Float32Array(sizeOf(shape));
  eachSelected(selection, tensor.shape, (place, count) => {
    data[count] = tensor.data[place]!;
  });
  return new Tensor(shape, data);
}

/** Parts chosen by words, one a row, below one another. Throws SiteError when a word has more pieces in one text. */
export function stackRows(parts: readonly Tensor[], place: string): Tensor {
  const [first] = parts as [Tensor, ...Tensor[]];
  if (parts.length === 1) return first;
  for (const [row, other] of parts.entries())
    if (other.shape.slice(1).join() !== first.shape.slice(1).join())
      throw new SiteError(
        `${place}: row 0 gives ${first}, row ${row} ${other}: a word has more pieces in one text. Read rows apart with text`,
      );
  const data = new Float32Array(parts.length * first.data.length);
  for (const [row, { data: own }] of parts.entries()) data.set(own, row * first.data.length);
  return new Tensor([parts.length, ...first.shape.slice(1)], data);
}
