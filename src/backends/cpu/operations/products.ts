import type { LazyTensor } from "../../../tensor/lazy-tensor.ts";
import type { Operation } from "../../../tensor/operation.ts";
import { sizeOf } from "../../../tensor/shape.ts";
import { addressOf, type Block } from "../heap.ts";
import type { HalfFormat } from "../language/instruction.ts";
import type { Plan } from "../plan.ts";
import { blockOf, type CpuStorage, cpuStorage, numbersAt, panelsAt } from "../storage.ts";
import { tasksOver } from "../weights.ts";
import { multiply, spreadRows } from "./matrix.ts";
import { panelBytes, panelsFor } from "./panels.ts";

type Of<N extends Operation["name"]> = Extract<Operation, { name: N }>;

/** Plans x · W: the matrix's panels are turned, then it is a product like any other. */
export function timesMatrix(plan: Plan, { inputs, outputs }: Of<"timesMatrix">): void {
  const [x, weight] = inputs;
  const [depth, columns] = weight!.shape as readonly [number, number];
  const rows = depth === 0 ? sizeOf(outputs[0]!.shape) / columns : sizeOf(x!.shape) / depth;
  plan.create(outputs[0]!);
  if (rows === 0 || columns === 0) return;
  const { panels, bytes } = turnedPanels(plan, weight!);
  const spread = spreadRows(plan, x!, rows, depth);
  plan.touch({ reads: [spread?.block ?? x!, panels], writes: outputs });
  multiply(plan, {
    format: "f32",
    x: spread ? addressOf(spread.block) : numbersAt(x!),
    xRow: spread?.rowBytes ?? 4 * depth,
    panels: addressOf(panels),
    panelBytes: bytes,
    bias: plan.zerosAt(columns),
    output: numbersAt(outputs[0]!),
    outputRow: 4 * columns,
    rows,
    depth,
    columns,
  });
}

/** Plans aᵀ · b: both are packed, and their rows are the product's depth. */
export function rowProducts(plan: Plan, { inputs, outputs }: Of<"rowProducts">): void {
  const [a, b] = inputs;
  const [m, n] = outputs[0]!.shape as readonly [number, number];
  plan.create(outputs[0]!);
  if (m === 0 || n === 0) return;
  const depth = sizeOf(a!.shape) / m;
  const turned = columnPanels(plan, a!, depth, m);
  const panels = a === b ? turned : columnPanels(plan, b!, depth, n);
  plan.touch({ reads: [turned, panels], writes: outputs });
  multiply(plan, {
    format: "f32",
    x: addressOf(turned),
    xRow: panelBytes(plan, depth),
    isTurned: true,
    panels: addressOf(panels),
    panelBytes: panelBytes(plan, depth),
    bias: plan.zerosAt(n),
    output: numbersAt(outputs[0]!),
    outputRow: 4 * n,
    rows: m,
    depth,
    columns: n,
  });
}

/** A matrix (out, in) in panels [in / NR][out][NR]; bytes from one to the next. */
function turnedPanels(plan: Plan, weight: LazyTensor): { panels: Block; bytes: number } {
  const [out, width] = weight.shape as readonly [number, number];
  const storage = cpuStorage(weight);
  if (!storage.panels) {
    const bytes = panelBytes(plan, out);
    if (!storage.halves) return { panels: columnPanels(plan, weight, out, width), bytes };
    const wide = widened(plan, storage, storage.halves, out * width);
    return { panels: packedColumns(plan, wide, addressOf(wide), out, width), bytes };
  }
  // A panel is a small matrix (in, NR): turned one by one, they lie one behind the other in the panels of the other orientation.
  const [NR, own, panelCount] = [plan.panelWidth, panelsFor(plan, out), panelsFor(plan, width)];
  const bytes = panelBytes(plan, own * NR);
  const from =
    storage.panels === "f32"
      ? blockOf(storage)
      : widened(plan, storage, storage.panels, own * NR * width);
  const panels = plan.borrow((panelCount * bytes) / 4, "panels turned");
  plan.touch({ reads: [from], writes: [panels] });
  plan.call("packTransposed", {
    tasks: own * panelCount,
    x: storage.panels === "f32" ? panelsAt(storage, NR) : addressOf(from),
    matrixBytes: panelBytes(plan, width),
    output: addressOf(panels),
    outputMatrix: panelBytes(plan, NR),
    outputPanel: bytes,
    rows: width,
    width: NR,
    panelCount,
    factor: 1,
  });
  return { panels, bytes };
}

/** 16-bit numbers as f32, in memory of this list. */
function widened(plan: Plan, storage: CpuStorage, format: HalfFormat, size: number): Block {
  const wide = plan.borrow(size, "widened weights");
  const from = blockOf(storage);
  plan.touch({ reads: [from], writes: [wide] });
  plan.call(
    format === "bf16" ? "widenBf16" : "widenF16",
    tasksOver(size, addressOf(from, 0, 2 * size), addressOf(wide)),
  );
  return wide;
}

/** A row-major matrix (rows, width) in panels [width / NR][rows][NR]. */
function columnPanels(plan: Plan, x: LazyTensor, rows: number, width: number): Block {
  return packedColumns(plan, blockOf(cpuStorage(x)), numbersAt(x), rows, width);
}

function packedColumns(plan: Plan, from: Block, x: number, rows: number, width: number): Block {
  const panelCount = panelsFor(plan, width);
  const bytes = panelBytes(plan, rows);
  const panels = plan.borrow((panelCount * bytes) / 4, "columns packed");
  plan.touch({ reads: [from], writes: [panels] });
  plan.call("packColumns", {
    tasks: panelCount,
    x,
    matrixBytes: 0,
    output: addressOf(panels),
    outputMatrix: 0,
    outputPanel: bytes,
    rows,
    width,
    panelCount,
    factor: 1,
  });
  return panels;
}
