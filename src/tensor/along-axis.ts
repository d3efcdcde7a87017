import { ShapeError } from "../errors/errors.ts";
import { formatShape, type Shape, sizeOf } from "./shape.ts";

/** Row-major numbers with a shape. */
export interface Values {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** Numbers along one axis. */
export type Line = ArrayLike<number>;

/** An axis counted from 0; a negative one counts from the end. Throws ShapeError when there is none. */
export function axisOf(shape: Shape, axis: number, place: string): number {
  const own = axis < 0 ? axis + shape.length : axis;
  if (Number.isInteger(axis) && own >= 0 && own < shape.length) return own;
  const last = shape.length - 1;
  throw new ShapeError(
    `${place}: axis ${axis} of ${formatShape(shape)}, which has ${last < 0 ? "no axes" : `axes 0 to ${last}, from the end -1 to ${-shape.length}`}`,
  );
}

/** Calls `visit` with every line along an axis: its numbers, and its running number in row-major order. The line is used again. */
export function eachLine(
  { shape, data }: Values,
  axis: number,
  visit: (line: Float64Array, number: number) => void,
): void {
  const length = shape[axis]!;
  const inner = sizeOf(shape.slice(axis + 1));
  const outer = sizeOf(shape.slice(0, axis));
  const line = new Float64Array(length);
  for (let number = 0; number < outer * inner; number++) {
    const start = lineStart(number, length, inner);
    for (let step = 0; step < length; step++) line[step] = data[start + step * inner]!;
    visit(line, number);
  }
}

/** One number for each line along an axis, which is left out of the shape, or stays with a length of 1. */
export function reduceLines(
  x: Values,
  axis: number,
  keep: boolean,
  reduce: (line: Line) => number,
): Values {
  const shape = keep ? x.shape.with(axis, 1) : x.shape.toSpliced(axis, 1);
  const data = new Float32Array(sizeOf(shape));
  eachLine(x, axis, (line, number) => {
    data[number] = reduce(line);
  });
  return { shape, data };
}

/** Other numbers, `length` of them, for each line along an axis; `change` gives as many lists as `results`. */
export function changeLines(
  x: Values,
  { axis, length, results }: { axis: number; length: number; results: number },
  change: (line: Float64Array) => readonly Line[],
): Values[] {
  const shape = x.shape.with(axis, length);
  const inner = sizeOf(shape.slice(axis + 1));
  const outputs = Array.from({ length: results }, () => new Float32Array(sizeOf(shape)));
  eachLine(x, axis, (line, number) => {
    const start = lineStart(number, length, inner);
    for (const [result, numbers] of change(line).entries())
      for (let step = 0; step < length; step++)
        outputs[result]![start + step * inner] = numbers[step]!;
  });
  return outputs.map((data) => ({ shape, data }));
}

/** Where a line begins: `inner` lines lie interleaved in each block. */
function lineStart(number: number, length: number, inner: number): number {
  return Math.floor(number / inner) * length * inner + (number % inner);
}

export function sumOf(line: Line): number {
  let total = 0;
  for (let i = 0; i < line.length; i++) total += line[i]!;
  return total;
}

export function meanOf(line: Line): number {
  return sumOf(line) / line.length;
}

/** √Σx² */
export function lengthOf(line: Line): number {
  let squares = 0;
  for (let i = 0; i < line.length; i++) squares += line[i]! ** 2;
  return Math.sqrt(squares);
}

/** Where the largest number stands, the first of equal ones; a NaN counts as the largest, so that it is seen. */
export function largestAt(line: Line): number {
  let place = 0;
  for (let i = 1; i < line.length; i++) if (isBefore(line[i]!, line[place]!)) place = i;
  return place;
}

export function largestOf(line: Line): number {
  return line[largestAt(line)]!;
}

export function smallestOf(line: Line): number {
  let smallest = line[0]!;
  for (let i = 1; i < line.length; i++)
    if (line[i]! < smallest || Number.isNaN(line[i])) smallest = line[i]!;
  return smallest;
}

/** The k largest, the largest first, and where they stand; of equal ones the first. */
export function largestFew(line: Line, k: number): { values: number[]; places: number[] } {
  const places: number[] = [];
  for (let place = 0; place < line.length; place++) {
    let rank = places.length;
    while (rank > 0 && isBefore(line[place]!, line[places[rank - 1]!]!)) rank -= 1;
    if (rank === k) continue;
    places.splice(rank, 0, place);
    if (places.length > k) places.pop();
  }
  return { values: places.map((place) => line[place]!), places };
}

function isBefore(a: number, b: number): boolean {
  return a > b || (Number.isNaN(a) && !Number.isNaN(b));
}

/** e^(x − max) / Σ e^(x − max); all −Infinity gives zeros, as in a row of scores that may look at nothing. */
export function softmaxOf(line: Line): Float64Array {
  const max = largestOf(line);
  if (max === -Infinity) return new Float64Array(line.length);
  const powers = Float64Array.from(line, (value) => Math.exp(value - max));
  const total = sumOf(powers);
  return powers.map((power) => power / total);
}
