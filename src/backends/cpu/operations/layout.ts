import { InputError } from "../../../errors/errors.ts";
import type { Operation } from "../../../tensor/operation.ts";
import { sizeOf, stridesOf } from "../../../tensor/shape.ts";
import { addressOf, integersOf } from "../heap.ts";
import type { Plan } from "../plan.ts";
import { blockOf, cpuStorage, numbersAt, panelsAt } from "../storage.ts";
import { panelBytes } from "./panels.ts";
import { turn } from "./transpose.ts";

type Of<N extends Operation["name"]> = Extract<Operation, { name: N }>;

const packedKernel = {
  f32: "embedPacked",
  f16: "embedPackedF16",
  bf16: "embedPackedBf16",
} as const;
const rowsKernel = { f32: "embedRows", f16: "embedRowsF16", bf16: "embedRowsBf16" } as const;

/** Plans rows of a table by id. Ids come from outside and are in memory by now: each is checked here. */
export function embed(plan: Plan, { inputs, outputs }: Of<"embed">): void {
  const [table, ids] = inputs;
  const [size, width] = table!.shape as readonly [number, number];
  const rows = sizeOf(ids!.shape);
  for (const [place, id] of integersOf(blockOf(cpuStorage(ids!)))
    .subarray(0, rows)
    .entries())
    if (id < 0 || id >= size) throw wrongId(id, place, { rows: size, label: table!.label });
  plan.create(outputs[0]!);
  const storage = cpuStorage(table!);
  plan.touch({ reads: [blockOf(storage), ids!], writes: outputs });
  const shared = {
    ids: numbersAt(ids!),
    output: numbersAt(outputs[0]!),
    rows,
    width,
    ...plan.rowsPerTask(rows),
  };
  if (storage.panels)
    plan.call(packedKernel[storage.panels], {
      ...shared,
      panels: panelsAt(storage, plan.panelWidth),
      panelBytes: panelBytes(plan, width, storage.panels),
    });
  else
    plan.call(rowsKernel[storage.halves ?? "f32"], {
      ...shared,
      table: addressOf(blockOf(storage)),
      rowBytes: (storage.halves ? 2 : 4) * width,
    });
}

/** The error for an id a table has no row of. */
export function wrongId(
  id: number,
  place: number,
  { rows, label }: { readonly rows: number; readonly label: string },
): InputError {
  return new InputError(
    `embed: id ${id} at place ${place}, the table ${label} holds 0 to ${rows - 1}`,
  );
}

/** Three axes of rows: how many, and bytes from one to the next on both sides. */
interface Copy {
  readonly x: number;
  readonly output: number;
  readonly width: number;
  readonly axes: readonly { readonly count: number; readonly x: number; readonly output: number }[];
}

/** Copies rows of floats, over at most three axes (outermost first). */
export function copy(plan: Plan, { x, output, width, axes }: Copy): void {
  const one = { count: 1, x: 0, output: 0 };
  const [outer, middle, inner] = [one, one, one, ...axes].slice(-3) as [
    typeof one,
    typeof one,
    typeof one,
  ];
  const rows = outer.count * middle.count * inner.count;
  if (rows === 0 || width === 0) return;
  plan.call("copyRows", {
    x,
    output,
    width,
    middle: middle.count,
    inner: inner.count,
    rows,
    ...plan.rowsPerTask(rows),
    xOuter: outer.x,
    xMiddle: middle.x,
    xInner: inner.x,
    outputOuter: outer.output,
    outputMiddle: middle.output,
    outputInner: inner.output,
  });
}

/** (B, T, H·D) to (B, H, T, D), or back. */
export function copyHeads(
  plan: Plan,
  x: number,
  output: number,
  { B, H, T, D }: { readonly [axis in "B" | "H" | "T" | "D"]: number },
  direction: "split" | "merge",
): void {
  const [flat, split] =
    direction === "split" ? (["x", "output"] as const) : (["output", "x"] as const);
  const axis = (count: number, flatBytes: number, splitBytes: number) =>
    ({ count, [flat]: flatBytes, [split]: splitBytes }) as Copy["axes"][number];
  const axes = [
    axis(B, 4 * T * H * D, 4 * H * T * D),
    axis(H, 4 * D, 4 * T * D),
    axis(T, 4 * H * D, 4 * D),
  ];
  copy(plan, { x, output, width: D, axes });
}

export function splitHeads(plan: Plan, { inputs, outputs }: Of<"splitHeads">): void {
  const [B, H, T, D] = outputs[0]!.shape as readonly [number, number, number, number];
  plan.create(outputs[0]!);
  plan.touch({ reads: inputs, writes: outputs });
  copyHeads(plan, numbersAt(inputs[0]!), numbersAt(outputs[0]!), { B, H, T, D }, "split");
}

export function mergeHeads(plan: Plan, { inputs, outputs }: Of<"mergeHeads">): void {
  const [B, H, T, D] = inputs[0]!.shape as readonly [number, number, number, number];
  plan.create(outputs[0]!);
  plan.touch({ reads: inputs, writes: outputs });
  copyHeads(plan, numbersAt(inputs[0]!), numbersAt(outputs[0]!), { B, H, T, D }, "merge");
}

/** Plans a new order of axes whose last stays last, or of the last two alone; false for any other order, and for more than four axes. */
export function permute(plan: Plan, { inputs, outputs, attributes }: Of<"permute">): boolean {
  const [x] = inputs;
  const { axes } = attributes;
  const last = axes.length - 1;
  if (last > 0 && axes.every((axis, n) => axis === (n < last - 1 ? n : 2 * last - 1 - n))) {
    const [rows, width] = x!.shape.slice(-2) as [number, number];
    plan.create(outputs[0]!);
    plan.touch({ reads: inputs, writes: outputs });
    turn(plan, {
      x: numbersAt(x!),
      output: numbersAt(outputs[0]!),
      rows,
      width,
      outputRow: 4 * rows,
      matrices: sizeOf(x!.shape.slice(0, -2)),
    });
    return true;
  }
  if (axes.length > 4 || axes.length === 0 || axes[last] !== last) return false;
  plan.create(outputs[0]!);
  plan.touch({ reads: inputs, writes: outputs });
  const [from, to] = [stridesOf(x!.shape), stridesOf(outputs[0]!.shape)];
  copy(plan, {
    x: numbersAt(x!),
    output: numbersAt(outputs[0]!),
    width: x!.shape[last]!,
    axes: axes.slice(0, last).map((axis, place) => ({
      count: x!.shape[axis]!,
      x: 4 * from[axis]!,
      output: 4 * to[place]!,
    })),
  });
  return true;
}

export function slice(plan: Plan, { inputs, outputs, attributes }: Of<"slice">): void {
  const [x] = inputs;
  const [output] = outputs;
  const inner = sizeOf(x!.shape.slice(attributes.axis + 1));
  const width = output!.shape[attributes.axis]! * inner;
  plan.create(output!);
  plan.touch({ reads: inputs, writes: outputs });
  if (width === 0) return;
  copy(plan, {
    x: numbersAt(x!) + 4 * attributes.start * inner,
    output: numbersAt(output!),
    width,
    axes: [
      {
        count: sizeOf(x!.shape.slice(0, attributes.axis)),
        x: 4 * x!.shape[attributes.axis]! * inner,
        output: 4 * width,
      },
    ],
  });
}

export function concat(plan: Plan, { inputs, outputs, attributes }: Of<"concat">): void {
  const [output] = outputs;
  const inner = sizeOf(output!.shape.slice(attributes.axis + 1));
  const outputRow = output!.shape[attributes.axis]! * inner;
  plan.create(output!);
  plan.touch({ reads: inputs, writes: outputs });
  let place = 0;
  for (const input of inputs) {
    const width = input.shape[attributes.axis]! * inner;
    copy(plan, {
      x: numbersAt(input),
      output: numbersAt(output!) + 4 * place,
      width,
      axes: [
        {
          count: sizeOf(output!.shape.slice(0, attributes.axis)),
          x: 4 * width,
          output: 4 * outputRow,
        },
      ],
    });
    place += width;
  }
}

export function rotary(plan: Plan, { inputs, outputs, attributes }: Of<"rotary">): void {
  const [x, cos, sin] = inputs;
  const [B, H, T, D] = x!.shape as readonly [number, number, number, number];
  const [angleB, , half] = cos!.shape as readonly [number, number, number];
  const isHalves = attributes.pairs === "halves";
  plan.create(outputs[0]!);
  plan.touch({ reads: inputs, writes: outputs });
  plan.call("rotary", {
    x: numbersAt(x!),
    output: numbersAt(outputs[0]!),
    rows: B * H * T,
    ...plan.rowsPerTask(B * H * T),
    width: D,
    heads: H,
    queries: T,
    cos: numbersAt(cos!),
    sin: numbersAt(sin!),
    anglesText: angleB === 1 ? 0 : 4 * T * half,
    half,
    apart: isHalves ? half : 1,
    step: isHalves ? 1 : 2,
  });
}
