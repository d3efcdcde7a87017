import type { LazyTensor } from "../../../tensor/lazy-tensor.ts";
import type { Operation } from "../../../tensor/operation.ts";
import { sizeOf } from "../../../tensor/shape.ts";
import { ALIGNMENT, addressOf, type Block } from "../heap.ts";
import { activationNumber } from "../kernels/math.ts";
import { keptAs } from "../kernels/products/matmul.ts";
import type { Plan } from "../plan.ts";
import { blockOf, cpuStorage, numbersAt, panelsAt, type WeightFormat } from "../storage.ts";
import { copy, copyHeads } from "./layout.ts";
import { headBytes, keyHead, panelBytes, panelsFor } from "./panels.ts";

type Of<N extends Operation["name"]> = Extract<Operation, { name: N }>;
type Four = readonly [number, number, number, number];

const kernelOf = { f32: "matmul", f16: "matmulF16", bf16: "matmulBf16" } as const;
/** Depth a panel is taken through at once, so that it stays in the second-level cache; all of it without prefetching. */
const DEPTH_BLOCK = 768;
/** Rows of x that stay in the cache while a group of panels goes by. */
const TASK_ROWS = 96;
/** A thread that the system takes a core from holds up the others by one task at most. */
const TASKS_PER_THREAD = 24;
/** Without prefetching tasks wait for their first weights: fewer, longer ones wait less. */
const LONG_TASKS_PER_THREAD = 6;
/** From so many rows on (two blocks), weights in 16 bits are widened once for all of them; below, as the only block multiplies. */
const WIDENED_FROM = { avx512: 13, avx2: 7, wasm: 6, relaxed: 7 } as const;
/** Depth that is widened at once. */
const WIDE_DEPTH = 768;
/** Neighbouring panels that a task takes at most. */
const MOST_PANELS = 8;
/** The same in columns, and the bytes that all of them may have, where memory cannot be asked for before it is used: rows are then read as seldom as can be. */
const LONG_COLUMNS = 256;
const NEAR_BYTES = 2 ** 20;
/** Lines of one place in the address that a first-level cache holds, on the processors that have the fewest. */
const CACHE_WAYS = 8;
/** Rows that are a multiple of so many floats long lie in two such places at most: a tile's rows push one another out. */
const CROWDED_FLOATS = 512;
const NO_HEADS = 1 << 30;

/** One product of rows with a packed matrix, as numbers and addresses. */
export interface Product {
  readonly format: WeightFormat;
  readonly x: number;
  /** Bytes from row to row. */
  readonly xRow: number;
  readonly panels: number;
  readonly panelBytes: number;
  readonly bias: number;
  readonly output: number;
  readonly outputRow: number;
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
  readonly activation?: number;
  readonly residual?: number;
  readonly headPanels?: number;
  readonly headBytes?: number;
  /** Rows of a text, where each text's heads lie together. */
  readonly textRows?: number;
}

/** What is added to a result, and where the sum goes in place of it. */
export interface Sum {
  readonly residual: LazyTensor;
  readonly output: LazyTensor;
}

/** Plans activation(x · Wᵀ + b), and perhaps the sum of that and a residual. */
export function linear(plan: Plan, { inputs, outputs, attributes }: Of<"linear">, sum?: Sum): void {
  const [x, weight, bias] = inputs;
  const output = sum?.output ?? outputs[0];
  const [columns, depth] = weight!.shape as readonly [number, number];
  const rows = sizeOf(x!.shape) / Math.max(depth, 1);
  const storage = cpuStorage(weight!);
  plan.create(output!);
  const spread = spreadRows(plan, x!, rows, depth);
  const product = {
    format: storage.panels ?? "f32",
    x: spread ? addressOf(spread.block) : numbersAt(x!),
    xRow: spread?.rowBytes ?? 4 * depth,
    panels: panelsAt(storage, plan.panelWidth),
    panelBytes: panelBytes(plan, depth, storage.panels),
    bias: bias ? numbersAt(bias) : plan.zerosAt(columns),
    output: numbersAt(output!),
    outputRow: 4 * columns,
    rows,
    depth,
    columns,
    activation: activationNumber(attributes.activation),
    residual: sum && numbersAt(sum.residual),
  };
  const reads = [
    spread?.block ?? x!,
    blockOf(storage),
    ...(bias ? [bias] : []),
    ...(sum ? [sum.residual] : []),
  ];
  const { heads } = attributes;
  if (heads === undefined || heads === 1) {
    plan.touch({ reads, writes: [output!] });
    multiply(plan, product);
    return;
  }
  multiplyByHeads(plan, product, reads, output!);
}

/** A product whose columns are heads, written head by head: (B, H, T, D). */
export function multiplyByHeads(
  plan: Plan,
  product: Product,
  reads: readonly (LazyTensor | Block)[],
  output: LazyTensor,
): void {
  const [B, H, T, D] = output.shape as Four;
  const isDirect = D % plan.panelWidth === 0 && (B === 1 || T >= 4 * plan.machine.target.tileRows);
  if (isDirect) {
    plan.touch({ reads, writes: [output] });
    multiply(plan, {
      ...product,
      outputRow: 4 * D,
      headPanels: D / plan.panelWidth,
      headBytes: 4 * T * D,
      textRows: T,
    });
    return;
  }
  const flat = plan.borrow(product.rows * product.columns, "linear");
  plan.touch({ reads, writes: [flat] });
  multiply(plan, { ...product, output: addressOf(flat) });
  plan.touch({ reads: [flat], writes: [output] });
  copyHeads(plan, addressOf(flat), numbersAt(output), { B, H, T, D }, "split");
}

/** Rows a little further apart, where they would be in one another's way in the first-level cache. */
export function spreadRows(plan: Plan, x: LazyTensor, rows: number, depth: number) {
  const { tileRows } = plan.machine.target;
  if (tileRows <= CACHE_WAYS || rows <= CACHE_WAYS || depth % CROWDED_FLOATS !== 0)
    return undefined;
  const rowBytes = 4 * depth + ALIGNMENT;
  const block = plan.borrow((rows * rowBytes) / 4, "rows spread out");
  plan.touch({ reads: [x], writes: [block] });
  copy(plan, {
    x: numbersAt(x),
    output: addressOf(block),
    width: depth,
    axes: [{ count: rows, x: 4 * depth, output: rowBytes }],
  });
  return { block, rowBytes };
}

/** Plans scale · q·kᵀ: keys are packed, then each head is a product. */
export function scaledDot(plan: Plan, { inputs, outputs, attributes }: Of<"scaledDot">): void {
  const [q, k] = inputs;
  const [B, H, T, D] = q!.shape as Four;
  const [, Hkv, S] = k!.shape as Four;
  plan.create(outputs[0]!);
  const packed = packKeys(plan, [k!], attributes.scale);
  plan.touch({ reads: [q!, packed], writes: outputs });
  const packedBytes = 4 * panelsFor(plan, S) * plan.panelWidth * D;
  for (let head = 0; head < B * H; head++)
    multiply(plan, {
      format: "f32",
      x: numbersAt(q!, head * T * D),
      xRow: 4 * D,
      panels: addressOf(packed, keyHead(head, H, Hkv) * packedBytes, packedBytes),
      panelBytes: panelBytes(plan, D),
      bias: plan.zerosAt(S),
      output: numbersAt(outputs[0]!, head * T * S),
      outputRow: 4 * S,
      rows: T,
      depth: D,
      columns: S,
    });
}

/** Plans weights · v: values are packed, then each head is a product. */
export function mix(plan: Plan, { inputs, outputs }: Of<"mix">): void {
  const [weights, v] = inputs;
  const [B, H, T, S] = weights!.shape as Four;
  const [, Hkv, , D] = v!.shape as Four;
  plan.create(outputs[0]!);
  const packed = packValues(plan, [v!]);
  plan.touch({ reads: [weights!, packed], writes: outputs });
  const packedBytes = 4 * panelsFor(plan, D) * plan.panelWidth * S;
  for (let head = 0; head < B * H; head++)
    multiply(plan, {
      format: "f32",
      x: numbersAt(weights!, head * T * S),
      xRow: 4 * S,
      panels: addressOf(packed, keyHead(head, H, Hkv) * packedBytes, packedBytes),
      panelBytes: panelBytes(plan, S),
      bias: plan.zerosAt(D),
      output: numbersAt(outputs[0]!, head * T * D),
      outputRow: 4 * D,
      rows: T,
      depth: S,
      columns: D,
    });
}

/** Plans each head's share of the output: its mixed rows through its own columns of W^O, a stretch of every panel's depth. */
export function headShares(plan: Plan, { inputs, outputs }: Of<"headShares">): void {
  const [mixed, weight] = inputs;
  const [B, H, T, D] = mixed!.shape as Four;
  const [C, width] = weight!.shape as readonly [number, number];
  const storage = cpuStorage(weight!);
  const element = storage.panels === "f32" ? 4 : 2;
  plan.create(outputs[0]!);
  plan.touch({ reads: [mixed!, blockOf(storage)], writes: outputs });
  for (let head = 0; head < B * H; head++)
    multiply(plan, {
      format: storage.panels ?? "f32",
      x: numbersAt(mixed!, head * T * D),
      xRow: 4 * D,
      panels: panelsAt(storage, plan.panelWidth) + (head % H) * D * plan.panelWidth * element,
      panelBytes: panelBytes(plan, width, storage.panels),
      bias: plan.zerosAt(C),
      output: numbersAt(outputs[0]!, head * T * C),
      outputRow: 4 * C,
      rows: T,
      depth: D,
      columns: C,
    });
}

/** The most panels that a thread packs or widens for a task. */
export function mostPacked(plan: Plan): number {
  return plan.machine.target.prefetches ? MOST_PANELS : LONG_COLUMNS / plan.panelWidth;
}

/** Bytes a thread has of its own for what it widens or packs: the same for every product, as one thread may be at the next one already. */
export function ownBytes(plan: Plan): number {
  return mostPacked(plan) * panelBytes(plan, WIDE_DEPTH);
}

/** The most panels of a task of many rows. */
function mostPanels(plan: Plan, depth: number): number {
  if (plan.machine.target.prefetches) return 4;
  const near = Math.floor(NEAR_BYTES / panelBytes(plan, Math.max(depth, 1)));
  return Math.max(MOST_PANELS, Math.min(mostPacked(plan), near));
}

/** Cuts a product into tasks: few rows share every panel; many rows go in groups that stay in the cache. */
export function multiply(plan: Plan, product: Product): void {
  const { rows, depth, columns, format, textRows = rows } = product;
  if (rows === 0 || columns === 0) return;
  const { threads, target } = plan.machine;
  const isWidened = format !== "f32" && rows >= WIDENED_FROM[target.name];
  const panelCount = panelsFor(plan, columns);
  // Where widening is work of its own it is shared by more rows.
  const mostRows = isWidened && !target.prefetches ? 2 * TASK_ROWS : TASK_ROWS;
  const isTall = textRows > TASK_ROWS / 2;
  const groups = isTall ? Math.ceil(textRows / mostRows) : 1;
  const block = target.tileRows;
  const taskRows = isTall ? Math.ceil(textRows / groups / block) * block : textRows;
  const textGroups = Math.ceil(textRows / taskRows);
  const rowGroups = (rows / textRows) * textGroups;
  const most = isTall ? mostPanels(plan, isWidened ? WIDE_DEPTH : depth) : MOST_PANELS;
  const tasksPerThread = target.prefetches ? TASKS_PER_THREAD : LONG_TASKS_PER_THREAD;
  const fair = Math.floor((panelCount * rowGroups) / (threads * tasksPerThread));
  const taskPanels = Math.max(rows < 4 ? 4 : 1, Math.min(most, fair));
  const deepest = isWidened ? WIDE_DEPTH : target.prefetches ? DEPTH_BLOCK : depth;
  const depthBlocks = Math.max(1, Math.ceil(depth / Math.max(deepest, 1)));
  const depthBlock = Math.max(4, Math.ceil(depth / depthBlocks / 4) * 4);
  const wideBytes = ownBytes(plan);
  // Written out: a spread of so many fields takes longer than a short product does.
  plan.callProduct(isWidened ? "matmul" : kernelOf[format], {
    x: product.x,
    xRow: product.xRow,
    panels: product.panels,
    panelBytes: product.panelBytes,
    kept: isWidened ? keptAs[format] : keptAs.f32,
    wide: isWidened ? plan.wideAt(wideBytes) : 0,
    wideBytes,
    bias: product.bias,
    output: product.output,
    outputRow: product.outputRow,
    rows,
    depth,
    columns,
    tasks: rowGroups * Math.ceil(panelCount / taskPanels),
    headPanels: product.headPanels ?? NO_HEADS,
    headBytes: product.headBytes ?? 0,
    textRows,
    textGroups,
    textBytes: textRows * (4 * columns - product.outputRow),
    activation: product.activation ?? 0,
    residual: product.residual ?? 0,
    depthBlock,
    panelCount,
    taskRows,
    rowGroups,
    taskPanels,
    ahead: threads,
    nextPanels: 0,
    nextBytes: 0,
  });
}

/**
 * scale · kᵀ of every key head in panels of NR keys: (B·Hkv, panels, D, NR). Of several tensors, each has panels of its own,
 * one tensor's after the other's.
 */
export function packKeys(plan: Plan, tensors: readonly LazyTensor[], factor: number): Block {
  const [B, Hkv, , D] = tensors[0]!.shape as Four;
  const bytes = panelBytes(plan, D);
  const counts = tensors.map(({ shape }) => panelsFor(plan, shape[2]!));
  const all = counts.reduce((sum, count) => sum + count, 0);
  const packed = plan.borrow((B * Hkv * all * bytes) / 4, "packed keys");
  plan.touch({ reads: tensors, writes: [packed] });
  let before = 0;
  for (const [index, k] of tensors.entries()) {
    const panelCount = counts[index]!;
    plan.call("packTransposed", {
      tasks: B * Hkv * panelCount,
      x: numbersAt(k),
      matrixBytes: headBytes(k),
      output: addressOf(packed, before * bytes),
      outputMatrix: all * bytes,
      outputPanel: bytes,
      rows: k.shape[2]!,
      width: D,
      panelCount,
      factor,
    });
    before += panelCount;
  }
  return packed;
}

/** factor · v of every key head in panels of NR columns: (B·Hkv, ⌈D / NR⌉, S, NR); of several tensors, their rows one after the other. */
export function packValues(plan: Plan, tensors: readonly LazyTensor[], factor = 1): Block {
  const [B, Hkv, , D] = tensors[0]!.shape as Four;
  const panelCount = panelsFor(plan, D);
  const rowBytes = panelBytes(plan, 1);
  const all = tensors.reduce((sum, { shape }) => sum + shape[2]!, 0);
  const packed = plan.borrow((B * Hkv * panelCount * all * rowBytes) / 4, "packed values");
  plan.touch({ reads: tensors, writes: [packed] });
  let before = 0;
  for (const v of tensors) {
    plan.call("packColumns", {
      tasks: B * Hkv * panelCount,
      x: numbersAt(v),
      matrixBytes: headBytes(v),
      output: addressOf(packed, before * rowBytes),
      outputMatrix: panelCount * all * rowBytes,
      outputPanel: all * rowBytes,
      rows: v.shape[2]!,
      width: D,
      panelCount,
      factor,
    });
    before += v.shape[2]!;
  }
  return packed;
}
