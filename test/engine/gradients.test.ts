import { afterAll, expect, test } from "vitest";
import { cpuForNode } from "../../src/backends/cpu/cpu.node.ts";
import { reference } from "../../src/backends/reference/reference.ts";
import type { Backend } from "../../src/tensor/backend.ts";
import { execute } from "../../src/tensor/execute.ts";
import { crossEntropy, timesMatrix } from "../../src/tensor/gradients/operations.ts";
import { recordGradients } from "../../src/tensor/gradients/record-gradients.ts";
import { LazyTensor } from "../../src/tensor/lazy-tensor.ts";
import * as operations from "../../src/tensor/operations.ts";
import { adamStep, assign, squareSum } from "../../src/tensor/optimizer-operations.ts";
import { Program } from "../../src/tensor/program.ts";
import { sizeOf } from "../../src/tensor/shape.ts";
import { Tensor } from "../../src/tensor/tensor.ts";
import { compute, type Example, numbers, seeded } from "../support/engine-programs.ts";
import { nativeKernels } from "../support/machines.ts";

const open: Backend[] = [];
afterAll(async () => {
  for (const backend of open) await backend.dispose();
});
async function engine(options: Parameters<typeof cpuForNode>[0]): Promise<Backend> {
  const backend = await cpuForNode(options);
  open.push(backend);
  return backend;
}

/** A layer of a decoder over texts of ids, its loss, and the gradients of all its weights. */
function layer([B, T, H, D, V]: readonly [number, number, number, number, number]): Example {
  const random = seeded(B * T + V);
  const C = H * D;
  const learned = (shape: readonly number[], scale = 0.3) => ({
    shape,
    data: numbers(random, shape, scale),
  });
  const ids = () => Int32Array.from({ length: B * T }, () => Math.floor(random() * V));
  const [given, targets] = [ids(), ids()];
  targets[1] = -1;
  return {
    learned: {
      table: learned([V, C], 1),
      gain: learned([C]),
      bias: learned([C]),
      query: learned([C, C]),
      key: learned([C, C]),
      value: learned([C, C]),
      up: learned([3 * C, C]),
      upBias: learned([3 * C]),
      down: learned([C, 3 * C]),
    },
    record(program, weights) {
      const w = weights as Readonly<Record<string, LazyTensor>>;
      const x = operations.embed(w.table!, program.input(given, [B, T], "ids"));
      const norm = operations.layerNorm(x, { gain: w.gain!, bias: w.bias! }, 1e-5);
      const [q, k, v] = [w.query!, w.key!, w.value!].map((weight) =>
        operations.linear(norm, { weight }, { heads: H }),
      ) as [LazyTensor, LazyTensor, LazyTensor];
      const options = { scale: D ** -0.5, mask: { causalOffset: 0 } };
      const wants = { scores: false, weights: false };
      const mixed =
        operations.fusedAttention(q, k, v, { ...options, wants })?.mixed ??
        operations.mix(
          operations.softmax(
            operations.masked(operations.scaledDot(q, k, options.scale), options.mask),
          ),
          v,
        );
      const attended = operations.add(x, operations.mergeHeads(mixed));
      const up = operations.linear(
        operations.rmsNorm(attended, w.gain!, 1e-5),
        { weight: w.up!, bias: w.upBias! },
        { activation: "gelu_new" },
      );
      const out = operations.add(attended, operations.linear(up, { weight: w.down! }));
      const logits = operations.linear(operations.reshape(out, [B * T, C]), { weight: w.table! });
      const loss = operations.scale(
        operations.sum(crossEntropy(logits, program.input(targets, [B * T], "targets")), 0),
        1 / (B * T),
      );
      const gradients: LazyTensor[] = [];
      recordGradients(
        program as Program,
        loss,
        Object.values(w).map((value) => ({ value, receive: (own) => gradients.push(own!) })),
      );
      return [loss, ...gradients, ...gradients.map((own) => squareSum(own))];
    },
  };
}

const bits = (tensors: readonly { data: Float32Array }[]) =>
  tensors.map(({ data }) =>
    Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex"),
  );

const { names, missing } = await nativeKernels();
const kinds = [...names, "plain"] as const;

for (const kernels of kinds)
  test(`${kernels}: gradients are the reference's, and to the bit the same on one to three threads`, async () => {
    for (const sizes of [
      [1, 3, 1, 5, 7],
      [2, 37, 2, 16, 50],
    ] as const) {
      const example = layer(sizes);
      const expected = await compute(reference(), example);
      let first: string[] | undefined;
      for (const threads of [1, 2, 3]) {
        const found = await compute(await engine({ kernels, threads }), example);
        for (const [n, { data }] of expected.entries()) {
          const size = Math.max(1e-3, ...data.map(Math.abs));
          for (const [place, value] of data.entries())
            if (!(Math.abs(found[n]!.data[place]! - value) <= 2e-5 * size))
              expect.fail(`gradient ${n}, element ${place}: ${found[n]!.data[place]} for ${value}`);
        }
        first ??= bits(found);
        expect(bits(found), `${threads} threads`).toEqual(first);
      }
    }
  });
for (const [name, reason] of Object.entries(missing))
  test(`${name}: gradients`, ({ skip }) => skip(reason));

for (const kernels of kinds)
  test(`${kernels}: weights that are kept in 16 bits are turned as they are`, async () => {
    const backend = await engine({ kernels, threads: 2 });
    const random = seeded(4);
    for (const role of ["matrix", "table"] as const)
      for (const shape of [
        [5, 3],
        [40, 70],
      ] as const) {
        const data = numbers(random, shape, 40).map((value) => Math.round(value) / 4);
        const x = numbers(random, [9, shape[0]]);
        const example: Example = {
          learned: { weight: { shape, role, data, storedAs: "F16" } },
          record: (program, { weight }) => [
            timesMatrix(program.input(x, [9, shape[0]], "x"), weight!),
          ],
        };
        const [expected] = await compute(reference(), example);
        const [found] = await compute(backend, example);
        for (const [place, value] of expected!.data.entries())
          expect(Math.abs(found!.data[place]! - value)).toBeLessThan(1e-4);
      }
  });

for (const kernels of kinds)
  test(`${kernels}: a residual is added once to a product of many stretches of depth`, async () => {
    const backend = await engine({ kernels, threads: 2 });
    const random = seeded(6);
    const [rows, depth, columns] = [14, 1700, 45];
    const [x, residual] = [numbers(random, [rows, depth]), numbers(random, [rows, columns], 9)];
    for (const activation of [undefined, "gelu_new"] as const) {
      const weight = { shape: [columns, depth], data: numbers(random, [columns, depth]) };
      const example: Example = {
        learned: { weight },
        record(program, { weight }) {
          const given = program.input(x, [rows, depth], "x");
          const product = operations.linear(given, { weight: weight! }, { activation });
          return [operations.add(program.input(residual, [rows, columns], "residual"), product)];
        },
      };
      const [expected] = await compute(reference(), example);
      const [found] = await compute(backend, example);
      for (const [place, value] of expected!.data.entries())
        expect(Math.abs(found!.data[place]! - value)).toBeLessThan(1e-3);
    }
  });

for (const kernels of kinds)
  test(`${kernels}: steps whose pass is kept give to the bit what new plans give`, async () => {
    const steps = async (keeps: boolean) => {
      const backend = await engine({ kernels, threads: 2 });
      return trained(keeps ? backend : { ...backend, pass: undefined });
    };
    const [kept, planned] = [await steps(true), await steps(false)];
    expect(bits(kept)).toEqual(bits(planned));
    expect(kept[5]!.data[0]).toBeLessThan(kept[0]!.data[0]!);
  });

/** Six steps of a small layer: the losses, then what was learned. */
async function trained(backend: Backend): Promise<Tensor[]> {
  const random = seeded(3);
  const shapes = { table: [11, 8], up: [24, 8], upBias: [24], down: [11, 24] } as const;
  const parameters = await Promise.all(
    Object.entries(shapes).map(async ([name, shape]) => {
      const data = numbers(random, shape, 0.5);
      const width = sizeOf(shape.slice(1));
      const storage = await backend.parameter({
        name,
        shape,
        role: shape.length === 2 ? "matrix" : "plain",
        storedAs: "F32",
        rows: async (start, end) => data.slice(start * width, end * width),
      });
      const lasting = (values: Float32Array) =>
        new LazyTensor(shape, "f32", name, { storage: backend.upload(values, shape, name) });
      const zeros = () => lasting(new Float32Array(data.length));
      const state = { master: lasting(data), first: zeros(), second: zeros() };
      return { value: new LazyTensor(shape, "f32", name, { storage }), state };
    }),
  );
  const results: Tensor[] = [];
  const ids = Int32Array.from({ length: 14 }, (_, place) => (place * 5) % 11);
  for (let t = 1; t <= 6; t++) {
    const program = new Program(backend);
    const [table, up, upBias, down] = parameters.map(({ value }) => value) as [
      LazyTensor,
      LazyTensor,
      LazyTensor,
      LazyTensor,
    ];
    const x = operations.embed(table, program.input(ids, [14], "ids"));
    const inner = operations.linear(x, { weight: up, bias: upBias }, { activation: "gelu" });
    const logits = operations.linear(inner, { weight: down });
    const targets = program.input(ids.toReversed(), [14], "targets");
    const loss = operations.sum(crossEntropy(logits, targets), 0);
    program.read(loss, (tensor) => results.push(tensor));
    const factors = program.input(
      Float32Array.of(0.03, 1 / (1 - 0.9 ** t), 1 / (1 - 0.99 ** t), 1),
      [4],
      "factors",
    );
    const options = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.01 };
    recordGradients(
      program,
      loss,
      parameters.map(({ value, state }) => ({
        value,
        receive(own) {
          adamStep(state, own!, factors, options);
          assign(value, state.master, program);
        },
      })),
    );
    program.finish();
    await execute(program);
  }
  for (const { value, state } of parameters) {
    const { storage, shape } = value;
    const rows = await backend.parameterRows(storage!, 0, shape[0]!);
    const master = await backend.download(state.master.storage!);
    expect(rows).toEqual(master);
    results.push(new Tensor(shape, master));
    for (const { storage } of [value, ...Object.values(state)]) backend.release(storage!);
  }
  return results;
}

test("targets that no logits are of, and ids beside a table, are refused with their place", () => {
  const program = new Program(reference());
  const logits = program.input(new Float32Array(6), [2, 3], "logits");
  expect(() => crossEntropy(logits, program.input(Int32Array.of(0, 3), [2], "targets"))).toThrow(
    "targets (2) hold 3 at element 1; the logits logits (2, 3) are of 0 to 2",
  );
});
