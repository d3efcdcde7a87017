import { InputError, ShapeError } from "../../errors/errors.ts";
import { nearest } from "../../errors/nearest.ts";
import { Tensor } from "../../tensor/tensor.ts";

type Vector = Float32Array;

function dot(a: Vector, b: Vector): number {
  return a.reduce((sum, number, n) => sum + number * b[n]!, 0);
}

const measures: Readonly<Record<SimilarityName, (a: Vector, b: Vector) => number>> = {
  cosine: (a: Vector, b: Vector) =>
    dot(a, b) / (Math.max(Math.hypot(...a), 1e-12) * Math.max(Math.hypot(...b), 1e-12)),
  dot,
  euclidean: (a: Vector, b: Vector) => -Math.hypot(...a.map((number, n) => number - b[n]!)),
  manhattan: (a: Vector, b: Vector) =>
    -a.reduce((sum, number, n) => sum + Math.abs(number - b[n]!), 0),
};

/** Ways of comparing vectors; distances are negative, so that more is always more alike. */
export type SimilarityName = "cosine" | "dot" | "euclidean" | "manhattan";

/** How alike vectors are: a (N, C), b (M, C) → (N, M). Throws ShapeError for widths that differ, InputError for another name. */
export function similarity(a: Tensor, b: Tensor, name: string): Tensor {
  const [N, width] = a.shape as readonly [number, number];
  const [M, other] = b.shape as readonly [number, number];
  if (a.shape.length !== 2 || b.shape.length !== 2 || width !== other)
    throw new ShapeError(`similarity: needs (N, C) and (M, C), got ${a} and ${b}`);
  if (!Object.hasOwn(measures, name))
    throw new InputError(
      `similarity: there is no "${name}"${nearest(name, Object.keys(measures), 4)}. The checkpoint's similarity_fn_name, or an option, names it`,
    );
  const measure = measures[name as SimilarityName];
  const data = new Float32Array(N * M);
  const rowsOf = (tensor: Tensor, count: number) =>
    Array.from({ length: count }, (_, row) => tensor.data.subarray(row * width, (row + 1) * width));
  const others = rowsOf(b, M);
  for (const [n, own] of rowsOf(a, N).entries())
    for (const [m, row] of others.entries()) data[n * M + m] = measure(own, row);
  return new Tensor([N, M], data);
}
