import type { LazyTensor } from "../../../tensor/lazy-tensor.ts";
import type { Operation } from "../../../tensor/operation.ts";
import { sameShape, sizeOf } from "../../../tensor/shape.ts";
import { activationNumber } from "../kernels/math.ts";
import type { Plan } from "../plan.ts";
import { numbersAt } from "../storage.ts";

type Of<N extends Operation["name"]> = Extract<Operation, { name: N }>;

/** Elements a task of an elementwise operation takes at least. */
export const LEAST = 4096;
/** A pair of shapes that needs more calls than this is left to the reference. */
const MOST_CALLS = 1024;

export function rowArguments(plan: Plan, x: LazyTensor, output: LazyTensor) {
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

export function normalizeRows(plan: Plan, { inputs, outputs }: Of<"normalizeRows">): void {
  plan.create(outputs[0]!);
  plan.touch({ reads: inputs, writes: outputs });
  plan.call("normalizeRows", rowArguments(plan, inputs[0]!, outputs[0]!));
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

/** Plans a ∘ b: one call for each index of the leading axes in which both may move; false when that is too many. */
export function binary(plan: Plan, operation: Of<"add"> | Of<"multiply">): boolean {
  const { name, inputs, outputs } = operation;
  const [a, b] = inputs as [LazyTensor, LazyTensor];
  if (single(plan, operation, a, b) || single(plan, operation, b, a)) return true;
  const shape = outputs[0]!.shape;
  const rank = shape.length;
  const full = (x: LazyTensor) => [...new Array<number>(rank - x.shape.length).fill(1), ...x.shape];
  const [shapeA, shapeB] = [full(a), full(b)];
  let split = rank;
  while (split > 0 && shapeA[split - 1] === shapeB[split - 1]) split -= 1;
  const width = sizeOf(shape.slice(split));
  // Before the axes they share, one of them stands still: one call does all the other's rows.
  const stillFrom = (x: readonly number[]) => {
    let axis = split;
    while (axis > 0 && x[axis - 1] === 1) axis -= 1;
    return axis;
  };
  const [stillA, stillB] = [stillFrom(shapeA), stillFrom(shapeB)];
  const inner = Math.min(stillA, stillB);
  const rows = sizeOf(shape.slice(inner, split));
  const lead = shape.slice(0, inner);
  const calls = sizeOf(lead);
  const kernel = name === "add" ? "addRows" : "multiplyRows";
  if ((width < 8 && calls * rows > 1) || calls > MOST_CALLS) return false;
  plan.create(outputs[0]!);
  plan.touch({ reads: inputs, writes: outputs });
  if (calls * rows * width === 0) return true;
  const [startA, startB, output] = [numbersAt(a), numbersAt(b), numbersAt(outputs[0]!)];
  const strides = (x: readonly number[]) =>
    lead.map((_, axis) => (x[axis] === 1 ? 0 : sizeOf(x.slice(axis + 1))));
  const [stepsA, stepsB] = [strides(shapeA), strides(shapeB)];
  for (let call = 0; call < calls; call++) {
    let rest = call;
    let [atA, atB] = [startA, startB];
    for (let axis = inner - 1; axis >= 0; axis--) {
      const index = rest % lead[axis]!;
      rest = Math.floor(rest / lead[axis]!);
      atA += 4 * index * stepsA[axis]!;
      atB += 4 * index * stepsB[axis]!;
    }
    const to = output + 4 * call * rows * width;
    if (rows === 1) flat(plan, kernel, atA, atB, to, width);
    else
      plan.call(kernel, {
        a: atA,
        aRow: stillA === inner ? 0 : 4 * width,
        b: atB,
        bRow: stillB === inner ? 0 : 4 * width,
        output: to,
        rows,
        width,
        ...plan.rowsPerTask(rows),
      });
  }
  return true;
}

/** Plans a ∘ b where b has one number for each row of a, or for all of them; false where it has more. */
function single(
  plan: Plan,
  { name, outputs }: Of<"add"> | Of<"multiply">,
  a: LazyTensor,
  b: LazyTensor,
): boolean {
  const [output] = outputs;
  const width = a.shape.at(-1) ?? 0;
  const size = sizeOf(a.shape);
  const isOne = sizeOf(b.shape) === 1 && size > 1;
  const isOneARow = width > 1 && sameShape(b.shape, a.shape.with(-1, 1));
  if (!sameShape(a.shape, output!.shape) || size === 0 || !(isOne || isOneARow)) return false;
  plan.create(output!);
  plan.touch({ reads: [a, b], writes: [output!] });
  const from = { a: numbersAt(a), b: numbersAt(b), output: numbersAt(output!) };
  const kernel = name === "add" ? "addSingles" : "multiplySingles";
  const rows = (start: number, rows: number, width: number) =>
    plan.call(kernel, {
      a: from.a + 4 * start,
      aRow: 4 * width,
      b: from.b,
      bRow: isOne ? 0 : 4,
      output: from.output + 4 * start,
      rows,
      width,
      ...plan.rowsPerTask(rows),
    });
  if (!isOne) {
    rows(0, size / width, width);
    return true;
  }
  const stretch = Math.min(size, LEAST);
  const whole = Math.floor(size / stretch);
  rows(0, whole, stretch);
  if (whole * stretch < size) rows(whole * stretch, 1, size - whole * stretch);
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
