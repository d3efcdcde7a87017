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

/** The `count` numbers from `start` on of each task. */
export function eachTaskStretch(
  k: KernelBuilder<"tasks" | "size" | "taskSize">,
  body: (start: Integer, count: Integer) => void,
): void {
  k.eachTask(k.argument("tasks"), (task) => {
    const taskSize = k.argument("taskSize");
    const start = k.multiply(task, taskSize);
    const count = k.minimum(taskSize, k.subtract(k.argument("size"), start));
    body(start, count);
  });
}
