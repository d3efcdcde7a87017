import type { Operation } from "../../../tensor/operation.ts";
import { sizeOf } from "../../../tensor/shape.ts";
import { EngineError } from "../engine-error.ts";
import type { Plan } from "../plan.ts";
import { blockOf, cpuStorage, numbersAt, panelsAt } from "../storage.ts";
import { copy } from "./layout.ts";
import { panelBytes, panelsFor } from "./panels.ts";

type Of<N extends Operation["name"]> = Extract<Operation, { name: N }>;

/** Numbers of one row, where rows are of no matter. */
const STRETCH = 4096;

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
  const whole = Math.floor(size / STRETCH);
  const rows = { count: whole, x: 4 * STRETCH, output: 4 * STRETCH };
  copy(plan, { x, output, width: STRETCH, axes: [rows] });
  const done = 4 * whole * STRETCH;
  copy(plan, { x: x + done, output: output + done, width: size % STRETCH, axes: [] });
}
