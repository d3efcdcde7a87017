import type { LazyTensor } from "../../../tensor/lazy-tensor.ts";
import type { Operation } from "../../../tensor/operation.ts";
import { sizeOf } from "../../../tensor/shape.ts";
import { addressOf, type Block } from "../heap.ts";
import { BLOCK_GAP, blockStep, PANEL_GAP } from "../kernels/products/row-products.ts";
import type { HalfFormat } from "../language/instruction.ts";
import type { Plan } from "../plan.ts";
import { blockOf, type CpuStorage, cpuStorage, numbersAt, panelsAt } from "../storage.ts";
import { tasksOver } from "../weights/weights.ts";
import {
  mostPacked,
  multiply,
  multiplyByHeads,
  ownBytes,
  type Product,
  type Sum,
  spreadRows,
} from "./matrix.ts";
import { panelBytes, panelsFor } from "./panels.ts";

/** Steps of k for which aᵀ · b packs its factors at once. */
const DEPTH_BLOCK = 256;
/** Rows of the output that share what a task packs of b. */
const TASK_ROWS = 128;
/** Panels of a task's columns, at least; and tasks a thread gets where a product is large enough. */
const LEAST_PANELS = 2;
const TASKS_PER_THREAD = 2;

type Of<N extends Operation["name"]> = Extract<Operation, { name: N }>;

/**
 * Plans x · W, and perhaps the sum of that and a residual, or its heads one by one as `split`, (B, H, T, D): the matrix's panels
 * are turned, then it is a product like any other.
 */
export function timesMatrix(
  plan: Plan,
  { inputs, outputs }: Of<"timesMatrix">,
  sum?: Sum,
  split?: LazyTensor,
): void {
  const [x, weight] = inputs;
  const output = sum?.output ?? split ?? outputs[0]!;
  const [depth, columns] = weight!.shape as readonly [number, number];
  const rows = depth === 0 ? sizeOf(outputs[0]!.shape) / columns : sizeOf(x!.shape) / depth;
  plan.create(output);
  if (rows === 0 || columns === 0) return;
  const { panels, bytes } = turnedPanels(plan, weight!);
  const spread = spreadRows(plan, x!, rows, depth);
  const reads = [spread?.block ?? x!, panels, ...(sum ? [sum.residual] : [])];
  const product: Product = {
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
  };
  if (split) {
    multiplyByHeads(plan, product, reads, split);
    return;
  }
  plan.touch({ reads, writes: [output] });
  multiply(plan, product);
}

/** Plans aᵀ · b: their rows are the product's depth. */
export function rowProducts(plan: Plan, { inputs, outputs }: Of<"rowProducts">): void {
  const [a, b] = inputs;
  const [rows, columns] = outputs[0]!.shape as readonly [number, number];
  plan.create(outputs[0]!);
  if (rows === 0 || columns === 0) return;
  plan.touch({ reads: inputs, writes: outputs });
  const { threads, target } = plan.machine;
  const { tileRows } = target;
  // The larger a task, the fewer times anything is packed; but every thread shall have some.
  let [mostRows, panels] = [TASK_ROWS, mostPacked(plan)];
  const rowsOf = () => Math.ceil(rows / Math.ceil(rows / mostRows) / tileRows) * tileRows;
  const tasksOf = () => Math.ceil(rows / rowsOf()) * Math.ceil(panelsFor(plan, columns) / panels);
  while (tasksOf() < TASKS_PER_THREAD * threads && panels > LEAST_PANELS)
    if (mostRows > panels * plan.panelWidth) mostRows /= 2;
    else panels /= 2;
  const taskRows = rowsOf();
  const rowGroups = Math.ceil(rows / taskRows);
  const taskColumns = panels * plan.panelWidth;
  const bytes = ownBytes(plan);
  const blocks = taskRows / tileRows;
  const stepBytes = 4 * (taskColumns + blocks * blockStep(target));
  const gaps = panels * PANEL_GAP + blocks * BLOCK_GAP;
  plan.call("matmulTurned", {
    tasks: tasksOf(),
    a: numbersAt(a!),
    aRow: 4 * rows,
    b: numbersAt(b!),
    bRow: 4 * columns,
    output: numbersAt(outputs[0]!),
    rows,
    depth: sizeOf(a!.shape) / rows,
    columns,
    own: plan.wideAt(bytes),
    ownBytes: bytes,
    depthBlock: Math.min(DEPTH_BLOCK, Math.floor((bytes - gaps) / stepBytes)),
    taskRows,
    blockRows: tileRows,
    rowGroups,
    taskColumns,
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
