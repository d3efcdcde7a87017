import { expect, test } from "vitest";
import type { Backend, ParameterRole } from "../../src/tensor/backend.ts";
import { execute } from "../../src/tensor/execute.ts";
import { LazyTensor } from "../../src/tensor/lazy-tensor.ts";
import { embed, linear, scale } from "../../src/tensor/operations.ts";
import { adamStep, assign } from "../../src/tensor/optimizer-operations.ts";
import { Program } from "../../src/tensor/program.ts";
import { sizeOf } from "../../src/tensor/shape.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import * as formula from "./formulas.ts";
import { type Grid, random } from "./grid.ts";

const attributes = { beta1: 0.9, beta2: 0.99, epsilon: 1e-6, weightDecay: 0.1 };

type Expect = (got: Tensor, expected: Grid) => void;

/** What a training step writes outlives its program, and is there for those behind it. */
export function describeOptimizer(backend: () => Backend, expectClose: Expect): void {
  for (const shape of [[1], [33], [5, 7], [70, 65]])
    test(`adamStep: three steps of (${shape})`, () => steps(shape, backend(), expectClose));

  for (const role of ["matrix", "table", "plain"] as const)
    for (const shape of [
      [1, 1],
      [17, 33],
      [65, 16],
      [130, 70],
    ])
      test(`assign: ${role} (${shape})`, () => reassigned(role, shape, backend(), expectClose));

  test("assign: a vector, of which operations behind it see the new numbers", async () => {
    const first = random([9]);
    const parameter = await learned(first, "plain", backend());
    const program = new Program(backend());
    const got: Tensor[] = [];
    const ones = program.input(new Float32Array(9).fill(1), [9], "ones");
    const read = (value: LazyTensor) => program.read(value, (tensor) => got.push(tensor));
    const added = () => program.record("add", [ones, parameter], {}, [9])[0]!;
    read(added());
    assign(parameter, scale(added(), 2), program);
    read(added());
    program.finish();
    await execute(program);
    const once = first.data.map((x) => x + 1);
    expectClose(got[0]!, { shape: [9], data: once });
    expectClose(got[1]!, { shape: [9], data: once.map((x) => 2 * x + 1) });
    backend().release(parameter.storage!);
  });

  test("what is read before it is written is what it was", async () => {
    const first = random([9]);
    const parameter = await learned(first, "plain", backend());
    const program = new Program(backend());
    const got: Tensor[] = [];
    const read = () => program.read(parameter, (tensor) => got.push(tensor));
    const next = (factor: number) => {
      const data = Float32Array.from(first.data, (value) => factor * value);
      assign(parameter, program.input(data, [9], "next"), program);
    };
    read();
    next(2);
    read();
    program.stage("a stage", () => {
      next(3);
      return [];
    });
    read();
    program.finish();
    await execute(program);
    for (const [n, tensor] of got.entries())
      expectClose(tensor, { shape: [9], data: first.data.map((value) => (n + 1) * value) });
    expect(got.length).toBe(3);
    backend().release(parameter.storage!);
  });

  test("what is written must fit, and outlive the run", () => {
    const program = new Program(backend());
    const lasting = (...shape: number[]) => new LazyTensor(shape, "f32", "lasting");
    const own = (...shape: number[]) => program.input(new Float32Array(sizeOf(shape)), shape, "x");
    const state = { master: lasting(3), first: lasting(3), second: lasting(3) };
    const step = (more: object, gradient = own(3), factors = own(4)) =>
      adamStep({ ...state, ...more }, gradient, factors, attributes);
    expect(() => step({}, own(4))).toThrow("has not the shape");
    expect(() => step({}, own(3), own(3))).toThrow("need shape (4)");
    expect(() => step({ first: lasting(2) })).toThrow("has not the shape");
    expect(() => step({ master: own(3) })).toThrow("must outlive it");
    expect(() => assign(lasting(3), lasting(4), program)).toThrow("has not the shape");
    expect(() => assign(own(3), lasting(3), program)).toThrow("must outlive it");
  });
}

/** Three steps with other gradients and factors each, the same program every time. */
async function steps(shape: readonly number[], backend: Backend, expectClose: Expect) {
  const zeros = { shape, data: random(shape).data.map(() => 0) };
  const grids = [random(shape, { seed: 3 }), zeros, zeros];
  const lasting = ({ shape, data }: Grid, label: string) => {
    const storage = backend.upload(Float32Array.from(data), shape, label);
    return new LazyTensor(shape, "f32", label, { storage });
  };
  const [master, first, second] = grids.map((grid, n) => lasting(grid, `state ${n}`)) as [
    LazyTensor,
    LazyTensor,
    LazyTensor,
  ];
  const numbers = grids.map(({ data }) => [...data]) as [number[], number[], number[]];
  for (let t = 1; t <= 3; t++) {
    const gradient = random(shape, { seed: 10 + t });
    const factors = [0.1 / t, 1 / (1 - 0.9 ** t), 1 / (1 - 0.99 ** t), t === 2 ? 0.5 : 1];
    const program = new Program(backend);
    const given = ({ shape, data }: Grid) => program.input(Float32Array.from(data), shape, "given");
    const got: Tensor[] = [];
    const now = given({ shape: [4], data: factors });
    adamStep({ master, first, second }, given(gradient), now, attributes);
    for (const value of [master, first, second]) {
      program.read(value, (tensor) => got.push(tensor));
      program.read(scale(program.alias(value, shape), 2), (tensor) => got.push(tensor));
    }
    program.finish();
    await execute(program);
    stepped(numbers, gradient.data, factors.map(Math.fround));
    for (const [n, data] of numbers.entries()) {
      expectClose(got[2 * n]!, { shape, data });
      expectClose(got[2 * n + 1]!, { shape, data: data.map((x) => 2 * x) });
    }
  }
  for (const { storage } of [master, first, second]) backend.release(storage!);
}

/** AdamW as PyTorch writes it: decay first, then the step. */
function stepped(
  [master, first, second]: [number[], number[], number[]],
  gradient: readonly number[],
  [rate, ofFirst, ofSecond, clip]: readonly number[],
) {
  const { beta1, beta2, epsilon, weightDecay } = attributes;
  for (let i = 0; i < master.length; i++) {
    const g = gradient[i]! * clip!;
    master[i]! *= 1 - rate! * weightDecay;
    first[i] = beta1 * first[i]! + (1 - beta1) * g;
    second[i] = beta2 * second[i]! + (1 - beta2) * g ** 2;
    master[i]! -= (rate! * first[i]! * ofFirst!) / (Math.sqrt(second[i]! * ofSecond!) + epsilon);
  }
}

/** A learned tensor with other numbers, as the backend tells them and as operations of its role see them. */
async function reassigned(
  role: ParameterRole,
  shape: readonly number[],
  backend: Backend,
  expectClose: Expect,
) {
  const parameter = await learned(random(shape, { seed: 1 }), role, backend);
  const [rows, width] = shape as readonly [number, number];
  for (const seed of [2, 3]) {
    const next = random(shape, { seed });
    const program = new Program(backend);
    const given = program.input(Float32Array.from(next.data), shape, "master");
    assign(parameter, given, program);
    const x = random([3, width], { seed: 4 });
    const got: [Tensor, Grid][] = [];
    const read = (value: LazyTensor, expected: Grid) =>
      program.read(value, (tensor) => got.push([tensor, expected]));
    if (role === "matrix") {
      const own = program.input(Float32Array.from(x.data), x.shape, "x");
      read(linear(own, { weight: parameter }), formula.linear(x, next));
    }
    if (role !== "plain") {
      const last = Int32Array.of(rows - 1);
      const expected = { shape: [1, width], data: next.data.slice(-width) };
      read(embed(parameter, program.input(last, [1], "ids")), expected);
    }
    program.finish();
    await execute(program);
    for (const [tensor, expected] of got) expectClose(tensor, expected);
    expect([...(await backend.parameterRows(parameter.storage!, 0, rows))]).toEqual(next.data);
  }
  backend.release(parameter.storage!);
}

async function learned({ shape, data }: Grid, role: ParameterRole, backend: Backend) {
  const width = sizeOf(shape.slice(1));
  const all = Float32Array.from(data);
  const storage = await backend.parameter({
    name: "learned",
    shape,
    role,
    storedAs: "F32",
    rows: async (start, end) => all.slice(start * width, end * width),
  });
  return new LazyTensor(shape, "f32", "learned", { storage });
}
