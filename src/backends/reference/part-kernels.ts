import { eachSelected } from "../../tensor/selection.ts";
import { stridesOf } from "../../tensor/shape.ts";
import type { Kernel } from "./kernel.ts";

export const part: Kernel<"part"> = ([x], output, { selection }) => {
  const { shape, capacity, data } = x!;
  const inMemory = capacity === undefined ? shape : shape.with(2, capacity);
  // Of a cache the rows that are there, and no others.
  const chosen = shape.map(
    (length, axis) => selection[axis] ?? Array.from({ length }, (_, index) => index),
  );
  eachSelected(chosen, inMemory, (place, count) => {
    output.data[count] = data[place]!;
  });
};

export const replacePart: Kernel<"replacePart"> = ([x, numbers], output, { selection }) => {
  const { shape } = output;
  output.data.set(x!.data);
  const own = [
    ...new Array<number>(shape.length - numbers!.shape.length).fill(1),
    ...numbers!.shape,
  ];
  const lengths = shape.map((length, axis) => selection[axis]?.length ?? length);
  const strides = stridesOf(own).map((stride, axis) => (own[axis] === 1 ? 0 : stride));
  const counted = stridesOf(lengths);
  eachSelected(selection, shape, (place, count) => {
    const from = strides.reduce(
      (sum, stride, axis) => sum + stride * (Math.floor(count / counted[axis]!) % lengths[axis]!),
      0,
    );
    output.data[place] = numbers!.data[from]!;
  });
};
