import type { Operation } from "../../../tensor/operation.ts";
import { sizeOf } from "../../../tensor/shape.ts";
import type { Plan } from "../plan.ts";
import { numbersAt } from "../storage.ts";
import { rowArguments } from "./rows.ts";

type Of<N extends Operation["name"]> = Extract<Operation, { name: N }>;

const TASK_COLUMNS = 256;

/** Plans the mean of each text's tokens that count. */
export function meanPool(plan: Plan, { inputs, outputs }: Of<"meanPool">): void {
  const [x, mask] = inputs;
  const [texts, rows, width] = x!.shape as readonly [number, number, number];
  const parts = Math.ceil(width / TASK_COLUMNS);
  plan.create(outputs[0]!);
  plan.touch({ reads: inputs, writes: outputs });
  plan.call("meanPool", {
    tasks: texts * parts,
    x: numbersAt(x!),
    mask: numbersAt(mask!),
    output: numbersAt(outputs[0]!),
    rows,
    width,
    taskColumns: TASK_COLUMNS,
    parts,
  });
}

/** Plans each row over its length. */
export function unit(plan: Plan, { inputs, outputs, attributes }: Of<"unit">): void {
  plan.create(outputs[0]!);
  if (sizeOf(outputs[0]!.shape) === 0) return;
  plan.touch({ reads: inputs, writes: outputs });
  plan.call("unit", {
    ...rowArguments(plan, inputs[0]!, outputs[0]!),
    epsilon: attributes.epsilon,
  });
}
