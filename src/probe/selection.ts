import { SiteError } from "../errors/errors.ts";
import { formatShape, sizeOf, stridesOf } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";

/** Chosen indices per axis of a site; undefined keeps the whole axis. */
export type Selection = readonly (readonly number[] | undefined)[];

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

/** The shape of what is selected; every axis stays, with as many indices as were chosen. */
export function selectedShape(selection: Selection, shape: readonly number[]): number[] {
  return shape.map((length, axis) => selection[axis]?.length ?? length);
}

/** Calls `visit(place in the tensor, running number)` for every selected element, in row-major order. */
export function eachSelected(
  selection: Selection,
  shape: readonly number[],
  visit: (place: number, count: number) => void,
): void {
  const strides = stridesOf(shape);
  let count = 0;
  const walk = (axis: number, place: number): void => {
    if (axis === shape.length) {
      visit(place, count++);
      return;
    }
    const chosen = selection[axis];
    const length = chosen?.length ?? shape[axis]!;
    for (let step = 0; step < length; step++)
      walk(axis + 1, place + (chosen ? chosen[step]! : step) * strides[axis]!);
  };
  walk(0, 0);
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
