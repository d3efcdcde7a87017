import type { Operation } from "../../../tensor/operation.ts";
import { sizeOf } from "../../../tensor/shape.ts";
import { EngineError } from "../engine-error.ts";
import type { Plan } from "../plan.ts";
import { blockOf, cpuStorage, numbersAt, panelsAt } from "../storage.ts";
import { copy } from "./layout.ts";
import { panelBytes, panelsFor } from "./panels.ts";
import { LEAST } from "./rows.ts";

type Of<N extends Operation["name"]> = Extract<Operation, { name: N }>;

/** Plans the laying out of a learned tensor's numbers, as its role wants. */
export function assign(plan: Plan, { inputs }: Of<"assign">): void {
  const [parameter, master] = inputs;
  const storage = cpuStorage(parameter!);
  const format = storage.panels ?? storage.halves ?? "f32";
  if (format !== "f32")
    throw new EngineError(
      `cpu: ${parameter} is kept in 16 bits, too few to learn with. Load the model with dtype "f32"`,
    );
  plan.touch({ reads: [master!], writes: [blockOf(storage)] });
  const size = sizeOf(parameter!.shape);
  if (storage.panels) {
    const [rows, width] = parameter!.shape as readonly [number, number];
    const panelCount = panelsFor(plan, rows);
    plan.call("packTransposed", {
      tasks: panelCount,
      x: numbersAt(master!),
      matrixBytes: 0,
      output: panelsAt(storage, plan.panelWidth),
      outputMatrix: 0,
      outputPanel: panelBytes(plan, width),
      rows,
      width,
      panelCount,
      factor: 1,
    });
    return;
  }
  const [x, output] = [numbersAt(master!), numbersAt(parameter!)];
  const whole = Math.floor(size / LEAST);
  const rows = { count: whole, x: 4 * LEAST, output: 4 * LEAST };
  copy(plan, { x, output, width: LEAST, axes: [rows] });
  const done = 4 * whole * LEAST;
  copy(plan, { x: x + done, output: output + done, width: size % LEAST, axes: [] });
}

/** Plans one step of AdamW, in place. */
export function adamStep(plan: Plan, { inputs, attributes }: Of<"adamStep">): void {
  const [master, first, second, gradient, factors] = inputs;
  const { beta1, beta2, epsilon, weightDecay } = attributes;
  const size = sizeOf(master!.shape);
  const { taskRows, tasks } = plan.rowsPerTask(size, LEAST);
  plan.touch({ reads: [gradient!, factors!], writes: [master!, first!, second!] });
  plan.call("adamStep", {
    tasks,
    master: numbersAt(master!),
    first: numbersAt(first!),
    second: numbersAt(second!),
    gradient: numbersAt(gradient!),
    factors: numbersAt(factors!),
    size,
    taskSize: taskRows,
    beta1,
    rest1: 1 - beta1,
    beta2,
    rest2: 1 - beta2,
    epsilon,
    weightDecay,
  });
}
