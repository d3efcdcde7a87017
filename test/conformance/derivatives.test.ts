/** Every vector–Jacobian product against central differences of the operation itself, both carried out in double precision. */

import { describe, expect, test } from "vitest";
import { meta } from "../../src/backends/meta/meta.ts";
import { carryOut } from "../../src/backends/reference/kernels.ts";
import type { Entry } from "../../src/tensor/entry.ts";
import { recordGradients } from "../../src/tensor/gradients/record-gradients.ts";
import { vjps } from "../../src/tensor/gradients/table.ts";
import type { LazyTensor } from "../../src/tensor/lazy-tensor.ts";
import { multiply, reshape, softmax, sum } from "../../src/tensor/operations.ts";
import { Program } from "../../src/tensor/program.ts";
import { sizeOf } from "../../src/tensor/shape.ts";
import type { Case } from "./case.ts";
import { type Grid, randomNumbers } from "./grid.ts";
import { cases } from "./operations.ts";

/** Numbers in double precision, which kernels take as they take others. */
type Arrays = Map<LazyTensor, Float64Array>;

function carriedOut(entries: readonly Entry[], given: Arrays): Arrays {
  const arrays: Arrays = new Map(given);
  const arrayOf = (value: LazyTensor) => arrays.get(value.root) as unknown as Float32Array;
  for (const entry of entries)
    if (entry.kind === "input" && !arrays.has(entry.value))
      arrays.set(entry.value, Float64Array.from(entry.data));
    else if (entry.kind === "operation") {
      for (const output of entry.operation.outputs)
        arrays.set(output, new Float64Array(sizeOf(output.shape)));
      carryOut(entry.operation, arrayOf);
    }
  return arrays;
}

/** Largest distance of an operation's gradients from differences, of the largest of them. */
function distance(operation: string, { given, record }: Case, recompute: boolean): number {
  const program = new Program(meta());
  const inputs = given.map(({ grid, as }) =>
    as === "i32"
      ? program.input(Int32Array.from(grid.data), grid.shape, "given")
      : program.input(Float32Array.from(grid.data), grid.shape, "given"),
  );
  // A layer frees what it made, so that it has to be made again.
  const [result] = program.stage("a layer", () => {
    const [output] = record(...inputs) ?? [];
    const upstream = Float32Array.from({ length: sizeOf(output!.shape) }, randomNumbers(17));
    // What a mask hides is −Infinity: it is looked at behind the softmax it is made for.
    const value = operation === "masked" ? softmax(output!) : output!;
    return [multiply(value, program.input(upstream, output!.shape, "upstream"))];
  });
  const loss = sum(reshape(result!, [sizeOf(result!.shape)]), 0);
  const forward = [...program.entries];
  const gradients = new Map<LazyTensor, LazyTensor | undefined>();
  const floats = inputs.filter(
    ({ type }, place) => type === "f32" && !constants[operation]?.includes(place),
  );
  const asked = floats.map((value) => ({
    value,
    receive: (gradient: LazyTensor | undefined) => gradients.set(value, gradient),
  }));
  recordGradients(program, loss, asked, { recompute });
  const own = carriedOut(program.entries, new Map());
  const step = 1e-5;
  let [worst, largest] = [0, 0];
  for (const input of floats) {
    const gradient = gradients.get(input);
    const numbers = gradient ? own.get(gradient.root)! : new Float64Array(sizeOf(input.shape));
    const before = own.get(input)!;
    for (let place = 0; place < before.length; place++) {
      const at = (change: number) => {
        const moved = before.with(place, before[place]! + change);
        return carriedOut(forward, new Map([[input, moved]])).get(loss.root)![0]!;
      };
      const difference = (at(step) - at(-step)) / (2 * step);
      worst = Math.max(worst, Math.abs(difference - numbers[place]!));
      largest = Math.max(largest, Math.abs(difference));
    }
  }
  return worst / Math.max(largest, 1);
}

/** Small, and without numbers that have no differences. */
function isPlain(operation: string, { given, name }: Case): boolean {
  const numbers = given.reduce((total, { grid }) => total + grid.data.length, 0);
  return (
    numbers <= 300 &&
    !/all equal|zeros stay|padding alone/.test(name) &&
    !(operation === "normalizeRows" && hasEmptySum(given[0]!.grid)) &&
    given.every(({ grid }) =>
      grid.data.every((x) => x === 0 || (Math.abs(x) < 100 && Math.abs(x) > 1e-6)),
    )
  );
}

/** The case without its NaN and Infinity. */
function finite(one: Case): Case {
  const given = one.given.map(({ grid, as }) => ({
    as,
    grid: { ...grid, data: grid.data.map((x) => (Number.isFinite(x) ? x : 0.5)) },
  }));
  return { ...one, given };
}

/** Rows that sum to nothing have no derivative when they are normalized. */
function hasEmptySum({ data, shape }: Grid): boolean {
  const width = shape.at(-1) || 1;
  return Array.from({ length: data.length / width }, (_, row) =>
    data.slice(row * width, (row + 1) * width).reduce((total, x) => total + x, 0),
  ).some((total) => Math.abs(total) < 1e-3);
}

/** Inputs that are constants of a model: angles of positions. */
const constants: Readonly<Record<string, readonly number[]>> = { rotary: [1, 2] };

/** Operations that the reference cannot carry out in one, or whose kernel rounds on its way; test/families holds their gradients to PyTorch's. */
const elsewhere = new Set(["attention", "bandedAttention"]);
/** Where a relu jumps there is no difference to compare. */
const jumps = /relu|hardswish|gelu_10/;
const mostCases = 6;

for (const operation of Object.keys(vjps) as (keyof typeof vjps)[]) {
  if (elsewhere.has(operation)) continue;
  describe(operation, () => {
    const chosen = cases[operation]
      .map(finite)
      .filter((one) => isPlain(operation, one) && !jumps.test(one.name))
      .slice(0, operation === "activate" ? 40 : mostCases);
    test("has cases", () => expect(chosen.length).toBeGreaterThan(0));
    for (const recompute of [true, false])
      test.each(chosen.map((one) => [one.name, one] as const))(
        `%s (recompute: ${recompute})`,
        (_, one) => expect(distance(operation, one, recompute)).toBeLessThan(1e-6),
      );
  });
}
