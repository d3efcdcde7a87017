import type { Operation } from "../../../tensor/operation.ts";
import { sizeOf } from "../../../tensor/shape.ts";
import { addressOf, type Block } from "../heap.ts";
import type { Plan } from "../plan.ts";
import { numbersAt } from "../storage.ts";

type Of<N extends Operation["name"]> = Extract<Operation, { name: N }>;

/** Numbers are added in groups of so many, and the groups' sums likewise: the same whatever the number of threads. */
const GROUP_ROWS = 64;
const TASK_COLUMNS = 2048;
const STRETCH = 1 << 14;

/** Plans the sum over one axis. */
export function sum(plan: Plan, { inputs, outputs, attributes }: Of<"sum">): void {
  const [x] = inputs;
  const { shape } = x!;
  const matrices = sizeOf(shape.slice(0, attributes.axis));
  const length = shape[attributes.axis]!;
  const width = sizeOf(shape.slice(attributes.axis + 1));
  plan.create(outputs[0]!);
  if (matrices * width === 0) return;
  if (width === 1) {
    plan.touch({ reads: inputs, writes: outputs });
    const [from, to] = [numbersAt(x!), numbersAt(outputs[0]!)];
    sumRows(plan, from, to, matrices, length);
    return;
  }
  const parts = Math.ceil(width / TASK_COLUMNS);
  let [rows, from] = [length, numbersAt(x!)];
  let before: Block | undefined;
  for (;;) {
    const groups = Math.max(1, Math.ceil(rows / GROUP_ROWS));
    const next = groups > 1 ? plan.borrow(matrices * groups * width, "sums of groups") : undefined;
    const output = next ? addressOf(next) : numbersAt(outputs[0]!);
    plan.touch({ reads: [before ?? x!], writes: [next ?? outputs[0]!] });
    plan.call("sumColumns", {
      tasks: matrices * groups * parts,
      x: from,
      output,
      rows,
      width,
      groupRows: GROUP_ROWS,
      groups,
      taskColumns: TASK_COLUMNS,
      parts,
    });
    if (!next) return;
    [rows, from, before] = [groups, output, next];
  }
}

/** Plans Σ x², stretch by stretch. */
export function squareSum(plan: Plan, { inputs, outputs }: Of<"squareSum">): void {
  const [x] = inputs;
  const size = sizeOf(x!.shape);
  const stretches = Math.ceil(size / STRETCH);
  const sums = plan.borrow(Math.max(1, stretches), "sums of squares");
  plan.create(outputs[0]!);
  plan.touch({ reads: inputs, writes: [sums] });
  plan.call("squareSums", {
    tasks: stretches,
    x: numbersAt(x!),
    output: addressOf(sums),
    size,
    taskSize: STRETCH,
  });
  plan.touch({ reads: [sums], writes: outputs });
  sumRows(plan, addressOf(sums), numbersAt(outputs[0]!), 1, stretches);
}

function sumRows(plan: Plan, x: number, output: number, rows: number, width: number): void {
  plan.call("sumRows", { x, output, rows, width, ...plan.rowsPerTask(rows) });
}
