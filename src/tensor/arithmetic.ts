import { ShapeError } from "../errors/errors.ts";
import type { Values } from "./along-axis.ts";
import { broadcastShape, formatShape, type Shape, sizeOf, stridesOf } from "./shape.ts";

/** One number for each pair, the shapes broadcast to each other as NumPy does. Throws ShapeError when they do not fit. */
export function combine(
  a: Values,
  b: Values,
  place: string,
  of: (a: number, b: number) => number,
): Values {
  const shape = broadcastShape(a.shape, b.shape, place);
  const data = new Float32Array(sizeOf(shape));
  eachPlace(shape, [stretched(a.shape, shape), stretched(b.shape, shape)], ([i, j], count) => {
    data[count] = of(a.data[i!]!, b.data[j!]!);
  });
  return { shape, data };
}

/** (…, M, K) · (…, K, N) → (…, M, N), the leading axes broadcast. Throws ShapeError for fewer than two axes and for other widths. */
export function product(a: Values, b: Values): Values {
  const [M, K] = a.shape.slice(-2);
  const [rows, N] = b.shape.slice(-2);
  const shapes = `${formatShape(a.shape)} and ${formatShape(b.shape)}`;
  if (a.shape.length < 2 || b.shape.length < 2)
    throw new ShapeError(
      `matmul: ${shapes}: both need two axes or more. reshape([-1, 1]) makes a column of a vector`,
    );
  if (K !== rows)
    throw new ShapeError(
      `matmul: ${shapes}: ${K} columns meet ${rows} rows. ${K === N ? "transpose() the second" : "They must be as many"}`,
    );
  const leadingA = a.shape.slice(0, -2);
  const leadingB = b.shape.slice(0, -2);
  const leading = broadcastShape(leadingA, leadingB, "matmul, leading axes");
  const shape = [...leading, M!, N!];
  const data = new Float32Array(sizeOf(shape));
  const total = new Float64Array(N!);
  eachPlace(leading, [stretched(leadingA, leading), stretched(leadingB, leading)], (at, count) => {
    const [left, right] = [at[0]! * M! * K!, at[1]! * K! * N!];
    for (let m = 0; m < M!; m++) {
      total.fill(0);
      for (let k = 0; k < K!; k++) {
        const value = a.data[left + m * K! + k]!;
        for (let n = 0; n < N!; n++) total[n]! += value * b.data[right + k * N! + n]!;
      }
      data.set(total, (count * M! + m) * N!);
    }
  });
  return { shape, data };
}

/** Axes in another order: axis i of the result is axis `axes[i]` of x. */
export function permuted(x: Values, axes: readonly number[]): Values {
  const strides = stridesOf(x.shape);
  const shape = axes.map((axis) => x.shape[axis]!);
  const data = new Float32Array(x.data.length);
  eachPlace(shape, [axes.map((axis) => strides[axis]!)], ([from], count) => {
    data[count] = x.data[from!]!;
  });
  return { shape, data };
}

/** Strides of a shape seen as a larger one: 0 on axes that it lacks or that have a length of 1. */
function stretched(shape: Shape, to: Shape): number[] {
  const strides = stridesOf(shape);
  const missing = to.length - shape.length;
  return to.map((_, axis) =>
    axis < missing || shape[axis - missing] === 1 ? 0 : strides[axis - missing]!,
  );
}

/** Walks a shape in row-major order; `visit` gets a place for each list of strides, and a running number. */
function eachPlace(
  shape: Shape,
  strides: readonly (readonly number[])[],
  visit: (places: readonly number[], count: number) => void,
): void {
  const index = new Array<number>(shape.length).fill(0);
  const places = strides.map(() => 0);
  const size = sizeOf(shape);
  for (let count = 0; count < size; count++) {
    visit(places, count);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]! += 1;
      const isWithin = index[axis]! < shape[axis]!;
      for (const [n, own] of strides.entries())
        places[n]! += isWithin ? own[axis]! : -own[axis]! * (shape[axis]! - 1);
      if (isWithin) break;
      index[axis] = 0;
    }
  }
}
