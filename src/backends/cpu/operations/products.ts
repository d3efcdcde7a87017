import type { LazyTensor } from "../../../tensor/lazy-tensor.ts";
import type { Operation } from "../../../tensor/operation.ts";
import { sizeOf } from "../../../tensor/shape.ts";
import { addressOf, type Block } from "../heap.ts";
import type { HalfFormat } from "../language/instruction.ts";
import type { Plan } from "../plan.ts";
import { blockOf, type CpuStorage, cpuStorage, numbersAt, panelsAt } from "../storage.ts";
import { tasksOver } from "../weights.ts";
import { CROWDED_FLOATS, multiply, type Sum, spreadRows } from "./matrix.ts";
import { panelBytes, panelsFor } from "./panels.ts";

type Of<N extends Operation["name"]> = Extract<Operation, { name: N }>;

/** Plans x · W, and perhaps the sum of that and a residual: the matrix's panels are turned, then it is a product like any other. */
export function timesMatrix(plan: Plan, { inputs, outputs }: Of<"timesMatrix">, sum?: Sum): void {
  const [x, weight] = inputs;
  const output = sum?.output ?? outputs[0]!;
  const [depth, columns] = weight!.shape as readonly [number, number];
  const rows = depth === 0 ? sizeOf(outputs[0]!.shape) / columns : sizeOf(x!.shape) / depth;
  plan.create(output);
  if (rows === 0 || columns === 0) return;
  const { panels, bytes } = turnedPanels(plan, weight!);
  const spread = spreadRows(plan, x!, rows, depth);
  const reads = [spread?.block ?? x!, panels, ...(sum ? [sum.residual] : [])];
  plan.touch({ reads, writes: [output] });
  multiply(plan, {
    format: "f32",
    x: spread ? addressOf(spread.block) : numbersAt(x!),
    xRow: spread?.rowBytes ?? 4 * depth,
    panels: addressOf(panels),
    panelBytes: bytes,
    bias: plan.zerosAt(columns),
    output: numbersAt(output),
    outputRow: 4 * columns,
    rows,
    depth,
    columns,
    residual: sum && numbersAt(sum.residual),
  });
}

/** Plans aᵀ · b: their rows are the product's depth. */
export function rowProducts(plan: Plan, { inputs, outputs }: Of<"rowProducts">): void {
  const [a, b] = inputs;
  const [m, n] = outputs[0]!.shape as readonly [number, number];
  plan.create(outputs[0]!);
  if (m === 0 || n === 0) return;
  const depth = sizeOf(a!.shape) / m;
  const x = turnedRows(plan, a!, depth, m);
  const other = a === b ? x : turnedRows(plan, b!, depth, n);
  plan.touch({ reads: [x.from, other.from], writes: outputs });
  multiply(plan, {
    format: "f32",
    x: x.start,
    xRow: x.step,
    panels: other.start,
    panelBytes: other.panel,
    turned: { xPanel: x.panel, panelRow: other.step },
    bias: plan.zerosAt(n),
    output: numbersAt(outputs[0]!),
    outputRow: 4 * n,
    rows: m,
    depth,
    columns: n,
  });
}

/** A matrix (rows, width) whose rows are summed over: as it lies, or packed where its rows would push one another out of the cache. */
function turnedRows(plan: Plan, x: LazyTensor, rows: number, width: number) {
  const { lanes } = plan.machine.target;
  if (width % CROWDED_FLOATS !== 0 && width % lanes === 0)
    return {
      from: x,
      start: numbersAt(x),
      step: 4 * width,
      panel: panelBytes(plan, 1),
    };
  const packed = columnPanels(plan, x, rows, width);
  return {
    from: packed,
    start: addressOf(packed),
    step: panelBytes(plan, 1),
    panel: panelBytes(plan, rows),
  };
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
