import type { LazyTensor } from "../../../tensor/lazy-tensor.ts";
import type { Operation } from "../../../tensor/operation.ts";
import { sizeOf } from "../../../tensor/shape.ts";
import { activationNumber } from "../kernels/math.ts";
import type { Plan } from "../plan.ts";
import { numbersAt } from "../storage.ts";

type Of<N extends Operation["name"]> = Extract<Operation, { name: N }>;

/** Elements a task of an elementwise operation takes at least. */
const LEAST = 4096;
/** A pair of shapes that needs more calls than this is left to the reference. */
const MOST_CALLS = 1024;

function rowArguments(plan: Plan, x: LazyTensor, output: LazyTensor) {
  const width = x.shape[x.shape.length - 1] ?? 1;
  const rows = width === 0 ? 0 : sizeOf(x.shape) / width;
  return {
    x: numbersAt(x),
    output: numbersAt(output),
    rows,
    width,
    ...plan.rowsPerTask(rows),
  };
}

export function softmax(plan: Plan, { inputs, outputs }: Of<"softmax">): void {
  plan.create(outputs[0]!);
  plan.touch({ reads: inputs, writes: outputs });
  plan.call("softmaxRows", rowArguments(plan, inputs[0]!, outputs[0]!));
}

export function layerNorm(plan: Plan, { inputs, outputs, attributes }: Of<"layerNorm">): void {
  const [x, gain, bias] = inputs;
  plan.create(outputs[0]!);
  plan.touch({ reads: inputs, writes: outputs });
  plan.call("layerNorm", {
    ...rowArguments(plan, x!, outputs[0]!),
    gain: numbersAt(gain!),
    bias: numbersAt(bias!),
    epsilon: attributes.epsilon,
  });
}

export function rmsNorm(plan: Plan, { inputs, outputs, attributes }: Of<"rmsNorm">): void {
  const [x, gain] = inputs;
  plan.create(outputs[0]!);
  plan.touch({ reads: inputs, writes: outputs });
  plan.call("rmsNorm", {
    ...rowArguments(plan, x!, outputs[0]!),
    gain: numbersAt(gain!),
    epsilon: attributes.epsilon,
  });
}

/** Plans activation(factor · x). */
export function each(
  plan: Plan,
  { inputs, outputs, attributes }: Of<"scale"> | Of<"activate">,
): void {
  const size = sizeOf(outputs[0]!.shape);
  const { taskRows, tasks } = plan.rowsPerTask(size, LEAST);
  plan.create(outputs[0]!);
  plan.touch({ reads: inputs, writes: outputs });
  plan.call("activate", {
    tasks,
    x: numbersAt(inputs[0]!),
    output: numbersAt(outputs[0]!),
    size,
    taskSize: taskRows,
    activation: "activation" in attributes ? activationNumber(attributes.activation) : 0,
    factor: "factor" in attributes ? attributes.factor : 1,
  });
}

/** Plans a ∘ b: one call for each index of the leading axes that only one of them has; false when that is too many. */
export function binary(plan: Plan, { name, inputs, outputs }: Of<"add"> | Of<"multiply">): boolean {
  const [a, b] = inputs as [LazyTensor, LazyTensor];
  const shape = outputs[0]!.shape;
  const rank = shape.length;
  const full = (x: LazyTensor) => [...new Array<number>(rank - x.shape.length).fill(1), ...x.shape];
  const [shapeA, shapeB] = [full(a), full(b)];
  let split = rank;
  while (split > 0 && shapeA[split - 1] === shapeB[split - 1]) split -= 1;
  const width = sizeOf(shape.slice(split));
  const lead = shape.slice(0, split);
  // Rows of one factor against a single row of the other: one call does them all.
  const repeats = (x: readonly number[]) => x.slice(0, split).every((length) => length === 1);
  const kernel = name === "add" ? "addRows" : "multiplyRows";
  const rows = sizeOf(lead);
  const isRepeated = repeats(shapeA) || repeats(shapeB);
  if (width < 8 && rows > 1) return false;
  if (!isRepeated && rows > MOST_CALLS) return false;
  plan.create(outputs[0]!);
  plan.touch({ reads: inputs, writes: outputs });
  if (rows === 0 || width === 0) return true;
  const [startA, startB, output] = [numbersAt(a), numbersAt(b), numbersAt(outputs[0]!)];
  if (isRepeated && rows > 1) {
    plan.call(kernel, {
      a: startA,
      aRow: repeats(shapeA) ? 0 : 4 * width,
      b: startB,
      bRow: repeats(shapeB) ? 0 : 4 * width,
      output,
      rows,
      width,
      ...plan.rowsPerTask(rows),
    });
    return true;
  }
  const strides = (x: readonly number[]) =>
    x.slice(0, split).map((length, axis) => (length === 1 ? 0 : sizeOf(x.slice(axis + 1))));
  const [stepsA, stepsB] = [strides(shapeA), strides(shapeB)];
  for (let row = 0; row < rows; row++) {
    let rest = row;
    let [atA, atB] = [0, 0];
    for (let axis = split - 1; axis >= 0; axis--) {
      const index = rest % lead[axis]!;
      rest = Math.floor(rest / lead[axis]!);
      atA += index * stepsA[axis]!;
      atB += index * stepsB[axis]!;
    }
    flat(plan, kernel, startA + 4 * atA, startB + 4 * atB, output + 4 * row * width, width);
  }
  return true;
}

/** `size` elements of one with as many of the other, cut into rows so that all threads have some. */
function flat(
  plan: Plan,
  kernel: "addRows" | "multiplyRows",
  a: number,
  b: number,
  output: number,
  size: number,
): void {
  const width = Math.min(size, LEAST);
  const whole = Math.floor(size / width);
  const part = (start: number, rows: number, length: number) =>
    plan.call(kernel, {
      a: a + 4 * start,
      aRow: 4 * length,
      b: b + 4 * start,
      bRow: 4 * length,
      output: output + 4 * start,
      rows,
      width: length,
      ...plan.rowsPerTask(rows),
    });
  part(0, whole, width);
  if (whole * width < size) part(whole * width, 1, size - whole * width);
}
