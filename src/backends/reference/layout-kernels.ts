import { sizeOf, stridesOf } from "../../tensor/shape.ts";
import type { Kernel, Numbers } from "./kernel.ts";

/** Rows of the table, by id. */
export const embed: Kernel<"embed"> = ([table, ids], output) => {
  const width = table!.shape[1]!;
  for (const [place, id] of ids!.data.entries())
    for (let c = 0; c < width; c++) output.data[place * width + c] = table!.data[id * width + c]!;
};

/** Two tensors element by element; an axis of length 1 repeats. */
export function broadcast(
  [a, b]: readonly Numbers[],
  output: Numbers,
  combine: (a: number, b: number) => number,
): void {
  const { shape, data } = output;
  const stridesA = stretchedStrides(a!.shape, shape.length);
  const stridesB = stretchedStrides(b!.shape, shape.length);
  const walk = (axis: number, place: number, placeA: number, placeB: number): void => {
    const rest = sizeOf(shape.slice(axis + 1));
    for (let index = 0; index < shape[axis]!; index++) {
      const nextA = placeA + index * stridesA[axis]!;
      const nextB = placeB + index * stridesB[axis]!;
      if (axis === shape.length - 1)
        data[place + index] = combine(a!.data[nextA]!, b!.data[nextB]!);
      else walk(axis + 1, place + index * rest, nextA, nextB);
    }
  };
  if (shape.length === 0) data[0] = combine(a!.data[0]!, b!.data[0]!);
  else walk(0, 0, 0, 0);
}

/** Strides seen from a result of `rank` axes: 0 where the axis is stretched or missing. */
function stretchedStrides(shape: readonly number[], rank: number): number[] {
  const strides = stridesOf(shape).map((stride, axis) => (shape[axis] === 1 ? 0 : stride));
  return [...new Array<number>(rank - shape.length).fill(0), ...strides];
}

/** (B, T, H·D) → (B, H, T, D) */
export const splitHeads: Kernel<"splitHeads"> = ([x], output) => {
  const [B, H, T, D] = output.shape as readonly [number, number, number, number];
  for (let b = 0; b < B; b++)
    for (let h = 0; h < H; h++)
      for (let t = 0; t < T; t++)
        for (let d = 0; d < D; d++)
          output.data[((b * H + h) * T + t) * D + d] = x!.data[((b * T + t) * H + h) * D + d]!;
};

/** (B, H, T, D) → (B, T, H·D) */
export const mergeHeads: Kernel<"mergeHeads"> = ([x], output) => {
  const [B, H, T, D] = x!.shape as readonly [number, number, number, number];
  for (let b = 0; b < B; b++)
    for (let h = 0; h < H; h++)
      for (let t = 0; t < T; t++)
        for (let d = 0; d < D; d++)
          output.data[((b * T + t) * H + h) * D + d] = x!.data[((b * H + h) * T + t) * D + d]!;
};

/** Axes in a new order. */
export const permute: Kernel<"permute"> = ([x], output, { axes }) => {
  const from = stridesOf(x!.shape);
  const to = stridesOf(output.shape);
  for (let place = 0; place < output.data.length; place++) {
    let source = 0;
    let rest = place;
    for (const [axis, original] of axes.entries()) {
      source += Math.floor(rest / to[axis]!) * from[original]!;
      rest %= to[axis]!;
    }
    output.data[place] = x!.data[source]!;
  }
};

/** Indices [start, end) of one axis. */
export const slice: Kernel<"slice"> = ([x], output, { axis, start }) => {
  const inner = sizeOf(x!.shape.slice(axis + 1));
  const rows = sizeOf(x!.shape.slice(0, axis));
  const length = output.shape[axis]! * inner;
  for (let row = 0; row < rows; row++) {
    const from = (row * x!.shape[axis]! + start) * inner;
    output.data.set(x!.data.subarray(from, from + length), row * length);
  }
};

/** Tensors one after the other. */
export const concat: Kernel<"concat"> = (inputs, output, { axis }) => {
  const inner = sizeOf(output.shape.slice(axis + 1));
  const rows = sizeOf(output.shape.slice(0, axis));
  for (let row = 0; row < rows; row++) {
    let place = row * output.shape[axis]! * inner;
    for (const { shape, data } of inputs) {
      const length = shape[axis]! * inner;
      output.data.set(data.subarray(row * length, (row + 1) * length), place);
      place += length;
    }
  }
};

/** Rows of x into rows of the cache, which is the output. */
export const cacheAppend: Kernel<"cacheAppend"> = ([, x], cache, { start }) => {
  const [B, H, T, D] = x!.shape as readonly [number, number, number, number];
  const capacity = cache.shape[2]!;
  for (let head = 0; head < B * H; head++)
    cache.data.set(
      x!.data.subarray(head * T * D, (head + 1) * T * D),
      (head * capacity + start) * D,
    );
};

/** Sum over one axis. */
export const sum: Kernel<"sum"> = ([x], output, { axis }) => {
  const inner = sizeOf(x!.shape.slice(axis + 1));
  const length = x!.shape[axis]!;
  for (let place = 0; place < output.data.length; place++) {
    const start = Math.floor(place / inner) * length * inner + (place % inner);
    let total = 0;
    for (let index = 0; index < length; index++) total += x!.data[start + index * inner]!;
    output.data[place] = total;
  }
};
