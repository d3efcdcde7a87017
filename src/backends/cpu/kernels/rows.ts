import type { KernelBuilder } from "../language/builder.ts";
import type { Address, Integer, Vector } from "../language/instruction.ts";
import { WORD } from "../language/layout.ts";
import { exponentialOrZero } from "./math.ts";
import type { KernelSource } from "./source.ts";
import { eachTaskRows } from "./tasks.ts";

type Builder = KernelBuilder<string>;

/** Below every score that counts, and finite: −∞ − LOWEST is −∞, not NaN. */
export const LOWEST = -3.4028234663852886e38;

/** Lanes from `count` on become `filler`. */
export function keepFirst(k: Builder, x: Vector, count: Integer, filler: number): Vector {
  return k.selectLess(k.vector(k.laneNumbers()), k.splat(count), x, k.constant(filler));
}

/** The largest of a row's values, in all lanes; LOWEST when there is none above it. */
export function rowMaximum(k: Builder, at: (place: Integer) => Address, count: Integer): Vector {
  const largest = k.vector(k.constant(LOWEST));
  k.eachVector(count, (place, tail) => {
    const x = k.load(at(place), tail);
    k.update(largest, "max", largest, tail ? keepFirst(k, x, tail, LOWEST) : x);
  });
  return k.reduce("maxLanes", largest);
}

/** Writes e^(x − maximum) over a row; gives the sum, in all lanes. A NaN anywhere makes the sum NaN. */
export function rowExponentials(
  k: Builder,
  from: (place: Integer) => Address,
  to: (place: Integer) => Address,
  count: Integer,
  maximum: Vector,
): Vector {
  const sum = k.vector(k.constant(0));
  k.eachVector(count, (place, tail) => {
    const value = exponentialOrZero(k, k.minus(k.load(from(place), tail), maximum));
    k.store(value, to(place), tail);
    k.update(sum, "add", sum, tail ? keepFirst(k, value, tail, 0) : value);
  });
  return k.reduce("sumLanes", sum);
}

/** 1 / sum, or 0 for the sum of a row with nothing to look at; NaN stays NaN. */
export function inverseOrZero(k: Builder, sum: Vector): Vector {
  const inverse = k.over(k.constant(1), sum);
  return k.selectLess(k.vector(k.constant(0)), sum, inverse, sum);
}

/** A row times one factor. */
export function scaleRow(
  k: Builder,
  at: (place: Integer) => Address,
  count: Integer,
  factor: Vector,
): void {
  k.eachVector(count, (place, tail) => {
    k.store(k.times(k.load(at(place), tail), factor), at(place), tail);
  });
}

/** Rows of one matrix into rows of another, `taskRows` a task. */
export function eachRow(
  k: KernelBuilder<"tasks" | "x" | "output" | "rows" | "width" | "taskRows">,
  body: (x: Integer, output: Integer, width: Integer) => void,
): void {
  eachTaskRows(k, (start, end) => {
    const width = k.argument("width");
    const rowBytes = k.multiply(width, WORD);
    const offset = k.multiply(start, rowBytes);
    const x = k.add(k.argument("x"), offset);
    const output = k.add(k.argument("output"), offset);
    k.loop(start, end, 1, () => {
      body(x, output, width);
      k.advance(x, rowBytes);
      k.advance(output, rowBytes);
    });
  });
}

export const rowFields = ["tasks", "x", "output", "rows", "width", "taskRows"] as const;

/** Softmax of each row: e^(x − max) / Σ; a row of −∞ alone gives zeros. */
export const softmaxRows: KernelSource<(typeof rowFields)[number]> = {
  name: "softmaxRows",
  fields: rowFields,
  floats: [],
  write(k) {
    eachRow(k, (x, output, width) => {
      const from = (place: Integer) => k.at(x, 0, place, WORD);
      const to = (place: Integer) => k.at(output, 0, place, WORD);
      const maximum = rowMaximum(k, from, width);
      const sum = rowExponentials(k, from, to, width, maximum);
      scaleRow(k, to, width, inverseOrZero(k, sum));
    });
  },
};

/** Σ of a row's values, in all lanes; lanes past the end count as 0. */
export function rowTotal(
  k: Builder,
  count: Integer,
  value: (place: Integer, tail: Integer | undefined) => Vector,
): Vector {
  const sum = k.vector(k.constant(0));
  k.eachVector(count, (place, tail) => {
    const own = value(place, tail);
    k.update(sum, "add", sum, tail ? keepFirst(k, own, tail, 0) : own);
  });
  return k.reduce("sumLanes", sum);
}

/** Σ over a row of f(x). */
export function rowSum(
  k: Builder,
  at: (place: Integer) => Address,
  count: Integer,
  f: (x: Vector) => Vector,
): Vector {
  return rowTotal(k, count, (place, tail) => f(k.load(at(place), tail)));
}

/** Each row over its sum; a row whose sum is 0 stays as it is. */
export const normalizeRows: KernelSource<(typeof rowFields)[number]> = {
  name: "normalizeRows",
  fields: rowFields,
  floats: [],
  write(k) {
    eachRow(k, (x, output, width) => {
      const from = (place: Integer) => k.at(x, 0, place, WORD);
      const sum = rowSum(k, from, width, (value) => value);
      const zero = k.vector(k.constant(0));
      const inverse = k.over(k.constant(1), sum);
      // 0 + 1 leaves the row, NaN + 1 makes it NaN.
      const other = k.plus(sum, k.constant(1));
      const factor = k.selectLess(zero, sum, inverse, k.selectLess(sum, zero, inverse, other));
      k.eachVector(width, (place, tail) => {
        k.store(k.times(k.load(from(place), tail), factor), k.at(output, 0, place, WORD), tail);
      });
    });
  },
};

const normFields = [...rowFields, "gain", "bias", "epsilon"] as const;

/** A row's mean and 1 / √(variance + ε), in two passes. */
export function momentsOf(
  k: Builder,
  x: Integer,
  width: Integer,
  epsilon: Vector,
): { mean: Vector; factor: Vector } {
  const from = (place: Integer) => k.at(x, 0, place, WORD);
  const count = k.splat(width);
  // Counted from the first number, so that the mean of equal numbers is that number to the last bit.
  const first = k.vector(k.loadSplat(k.at(x, 0)));
  const mean = k.plus(
    k.over(
      rowSum(k, from, width, (value) => k.minus(value, first)),
      count,
    ),
    first,
  );
  const squares = rowSum(k, from, width, (value) => {
    const difference = k.minus(value, mean);
    return k.times(difference, difference);
  });
  const spread = k.squareRoot(k.plus(k.over(squares, count), epsilon));
  return { mean, factor: k.over(k.constant(1), spread) };
}

/** 1 / √(mean of squares + ε) of a row. */
export function rootOf(k: Builder, x: Integer, width: Integer, epsilon: Vector): Vector {
  const from = (place: Integer) => k.at(x, 0, place, WORD);
  const squares = rowSum(k, from, width, (value) => k.times(value, value));
  const mean = k.over(squares, k.splat(width));
  return k.over(k.constant(1), k.squareRoot(k.plus(mean, epsilon)));
}

/** (x − mean) / √(variance + ε) · gain + bias: two passes over the row for the moments, a third to write. */
export const layerNorm: KernelSource<(typeof normFields)[number]> = {
  name: "layerNorm",
  fields: normFields,
  floats: ["epsilon"],
  write(k) {
    eachRow(k, (x, output, width) => {
      const from = (place: Integer) => k.at(x, 0, place, WORD);
      const { mean, factor } = momentsOf(k, x, width, k.floatArgument("epsilon"));
      const gain = k.argument("gain");
      const bias = k.argument("bias");
      k.eachVector(width, (place, tail) => {
        const normal = k.times(k.minus(k.load(from(place), tail), mean), factor);
        const g = k.load(k.at(gain, 0, place, WORD), tail);
        const result = k.productPlus(normal, g, k.load(k.at(bias, 0, place, WORD), tail));
        k.store(result, k.at(output, 0, place, WORD), tail);
      });
    });
  },
};

const rmsFields = [...rowFields, "gain", "epsilon"] as const;

/** x / √(mean(x²) + ε) · gain */
export const rmsNorm: KernelSource<(typeof rmsFields)[number]> = {
  name: "rmsNorm",
  fields: rmsFields,
  floats: ["epsilon"],
  write(k) {
    eachRow(k, (x, output, width) => {
      const from = (place: Integer) => k.at(x, 0, place, WORD);
      const factor = rootOf(k, x, width, k.floatArgument("epsilon"));
      const gain = k.argument("gain");
      k.eachVector(width, (place, tail) => {
        const normal = k.times(k.load(from(place), tail), factor);
        const result = k.times(normal, k.load(k.at(gain, 0, place, WORD), tail));
        k.store(result, k.at(output, 0, place, WORD), tail);
      });
    });
  },
};
