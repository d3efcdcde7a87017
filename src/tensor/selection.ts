import { stridesOf } from "./shape.ts";

/** Chosen indices per axis of a tensor; undefined keeps the whole axis. */
export type Selection = readonly (readonly number[] | undefined)[];

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
