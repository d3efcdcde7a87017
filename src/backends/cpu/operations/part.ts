import type { LazyTensor } from "../../../tensor/lazy-tensor.ts";
import type { Operation } from "../../../tensor/operation.ts";
import type { Selection } from "../../../tensor/selection.ts";
import { sizeOf, stridesOf } from "../../../tensor/shape.ts";
import type { Plan } from "../plan.ts";
import { numbersAt } from "../storage.ts";
import { copy } from "./layout.ts";

type Of<N extends Operation["name"]> = Extract<Operation, { name: N }>;

/** A selection that falls into more boxes than this is left to the reference. */
const MOST_BOXES = 256;
const AXES = 4;

/** Neighbouring indices of one axis: where they lie in the tensor and in the part. */
interface Run {
  readonly start: number;
  readonly place: number;
  readonly count: number;
}

/** Plans a copy of the chosen indices, box by box; false when there are too many. */
export function part(plan: Plan, { inputs, outputs, attributes }: Of<"part">): boolean {
  const [x] = inputs as [LazyTensor];
  const output = outputs[0]!;
  const boxes = boxesOf(attributes.selection, x.shape);
  if (!boxes) return false;
  plan.create(output);
  plan.touch({ reads: inputs, writes: outputs });
  const inMemory = x.capacity === undefined ? x.shape : x.shape.with(2, x.capacity);
  const [from, to] = [stridesOf(inMemory), stridesOf(output.shape)];
  for (const box of boxes)
    copyBox(plan, box, {
      x: numbersAt(x) + 4 * offsetOf(box, from, "start"),
      output: numbersAt(output) + 4 * offsetOf(box, to, "place"),
      from,
      to,
    });
  return true;
}

/** Plans a copy of x, and the numbers over it, box by box; false when there are too many, or numbers that stretch along the last axis. */
export function replacePart(
  plan: Plan,
  { inputs, outputs, attributes }: Of<"replacePart">,
): boolean {
  const [x, numbers] = inputs as [LazyTensor, LazyTensor];
  const output = outputs[0]!;
  const boxes = boxesOf(attributes.selection, x.shape);
  const rank = x.shape.length;
  const own = [...new Array<number>(rank - numbers.shape.length).fill(1), ...numbers.shape];
  const last = attributes.selection[rank - 1]?.length ?? x.shape[rank - 1];
  if (!boxes || own[rank - 1] !== last) return false;
  plan.create(output);
  plan.touch({ reads: [x], writes: outputs });
  const width = x.shape[rank - 1]!;
  const rows = width === 0 ? 0 : sizeOf(x.shape) / width;
  copy(plan, {
    x: numbersAt(x),
    output: numbersAt(output),
    width,
    axes: [{ count: rows, x: 4 * width, output: 4 * width }],
  });
  plan.touch({ reads: [numbers], writes: outputs });
  const from = stridesOf(own).map((stride, axis) => (own[axis] === 1 ? 0 : stride));
  const to = stridesOf(x.shape);
  for (const box of boxes)
    copyBox(plan, box, {
      x: numbersAt(numbers) + 4 * offsetOf(box, from, "place"),
      output: numbersAt(output) + 4 * offsetOf(box, to, "start"),
      from,
      to,
    });
  return true;
}

/** The boxes of neighbouring indices a selection is made of, or undefined for more than are worth a call each. */
function boxesOf(selection: Selection, shape: readonly number[]): Run[][] | undefined {
  if (shape.length === 0 || shape.length > AXES) return undefined;
  let boxes: Run[][] = [[]];
  for (const [axis, length] of shape.entries()) {
    const indices = selection[axis];
    const runs = indices ? runsOf(indices) : [{ start: 0, place: 0, count: length }];
    if (boxes.length * runs.length > MOST_BOXES) return undefined;
    boxes = boxes.flatMap((box) => runs.map((run) => [...box, run]));
  }
  return boxes;
}

function runsOf(indices: readonly number[]): Run[] {
  const runs: { start: number; place: number; count: number }[] = [];
  for (const [place, index] of indices.entries()) {
    const run = runs.at(-1);
    if (run && run.start + run.count === index) run.count += 1;
    else runs.push({ start: index, place, count: 1 });
  }
  return runs;
}

function offsetOf(box: readonly Run[], strides: readonly number[], side: "start" | "place") {
  return box.reduce((sum, run, axis) => sum + run[side] * strides[axis]!, 0);
}

function copyBox(
  plan: Plan,
  box: readonly Run[],
  {
    x,
    output,
    from,
    to,
  }: {
    readonly x: number;
    readonly output: number;
    readonly from: readonly number[];
    readonly to: readonly number[];
  },
): void {
  const last = box.length - 1;
  copy(plan, {
    x,
    output,
    width: box[last]!.count,
    axes: box.slice(0, last).map(({ count }, axis) => ({
      count,
      x: 4 * from[axis]!,
      output: 4 * to[axis]!,
    })),
  });
}
