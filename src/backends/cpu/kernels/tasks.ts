import type { KernelBuilder } from "../language/builder.ts";
import type { Integer } from "../language/instruction.ts";

/** Rows [start, end) of each task. */
export function eachTaskRows(
  k: KernelBuilder<"tasks" | "rows" | "taskRows">,
  body: (start: Integer, end: Integer) => void,
): void {
  k.eachTask(k.argument("tasks"), (task) => {
    const taskRows = k.argument("taskRows");
    const start = k.multiply(task, taskRows);
    const end = k.minimum(k.argument("rows"), k.add(start, taskRows));
    body(start, end);
  });
}

/** The `count` numbers from `start` on of each task, and which it is. */
export function eachTaskStretch(
  k: KernelBuilder<"tasks" | "size" | "taskSize">,
  body: (start: Integer, count: Integer, task: Integer) => void,
): void {
  k.eachTask(k.argument("tasks"), (task) => {
    const taskSize = k.argument("taskSize");
    const start = k.multiply(task, taskSize);
    const count = k.minimum(taskSize, k.subtract(k.argument("size"), start));
    body(start, count, task);
  });
}

/** Of tasks that share out each matrix's columns, `parts` of `taskColumns` of them: which matrix a task is of, its first column, and how many. */
export function columnsOfTask(
  k: KernelBuilder<"width" | "taskColumns" | "parts">,
  task: Integer,
): { readonly matrix: Integer; readonly column: Integer; readonly count: Integer } {
  const [parts, width] = [k.argument("parts"), k.argument("width")];
  const matrix = k.divide(task, parts);
  const column = k.multiply(k.subtract(task, k.multiply(matrix, parts)), k.argument("taskColumns"));
  const count = k.minimum(k.argument("taskColumns"), k.subtract(width, column));
  return { matrix, column, count };
}
