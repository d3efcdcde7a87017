import { afterAll, describe, expect, test } from "vitest";
import { cpuForNode } from "../../src/backends/cpu/cpu.node.ts";
import { cpuBackend } from "../../src/backends/cpu/cpu.ts";
import { nodeHand } from "../../src/backends/cpu/node-hand.node.ts";
import { wasmMachine } from "../../src/backends/cpu/wasm.ts";
import { folderSource } from "../../src/checkpoint/folder.node.ts";
import { loadFrom, type Model } from "../../src/model.ts";
import type { TensorInput } from "../../src/models/inputs.ts";
import type { RunOptions } from "../../src/models/loaded-model.ts";
import type { Run } from "../../src/models/run.ts";
import type { GenerationPatch } from "../../src/probe/generation-plan.ts";
import type { Patch } from "../../src/probe/patch.ts";
import type { Backend } from "../../src/tensor/backend.ts";
import { execute } from "../../src/tensor/execute.ts";
import { LazyTensor } from "../../src/tensor/lazy-tensor.ts";
import * as operations from "../../src/tensor/operations.ts";
import { assign } from "../../src/tensor/optimizer-operations.ts";
import { part, replacePart } from "../../src/tensor/part-operations.ts";
import { Program } from "../../src/tensor/program.ts";
import type { Shape } from "../../src/tensor/shape.ts";
import { Tensor } from "../../src/tensor/tensor.ts";
import { numbers, seeded } from "../support/engine-programs.ts";
import { goldenFolder } from "../support/small-models.ts";

const open = new Set<{ dispose(): Promise<void> }>();
afterAll(async () => {
  for (const one of open) await one.dispose();
});
/** Backends that tests wrap: one that nobody holds is disposed. */
const held: Backend[] = [];

/** What a backend with WebAssembly kernels does, counted: calls written into lists, lists submitted, bytes of memory. */
interface Counted {
  readonly backend: Backend;
  written: number;
  submitted: number;
  bytes: number;
}

const startOfNode = (source: string, data: object) =>
  nodeHand(`const { workerData: start } = require("node:worker_threads");\n${source}`, data);

async function counted({ most }: { most?: number } = {}): Promise<Counted> {
  // One thread has left a list when it is done.
  const machine = await wasmMachine({ threads: 1, start: startOfNode });
  const count = { written: 0, submitted: 0, bytes: 0 };
  const backend = cpuBackend({
    ...machine,
    entryOf(kernel) {
      count.written += 1;
      return machine.entryOf(kernel);
    },
    submit(...list) {
      count.submitted += 1;
      return machine.submit(...list);
    },
    newRegion(bytes, label) {
      if (most !== undefined && count.bytes + bytes > most) throw new Error("no memory left");
      count.bytes += bytes;
      return machine.newRegion(bytes, label);
    },
  });
  return Object.assign(count, { backend });
}

/** A checkpoint twice: as it is, and on a backend that plans every pass anew. */
async function both(name: string): Promise<{ readonly kept: Model; readonly fresh: Model }> {
  const at = async (change: (backend: Backend) => Backend) => {
    const backend = await cpuForNode({ threads: 2 });
    held.push(backend);
    const model = await loadFrom(folderSource(goldenFolder(name)), change(backend));
    open.add(model);
    return model;
  };
  return {
    kept: await at((backend) => backend),
    fresh: await at((backend) => ({ ...backend, pass: undefined })),
  };
}

/** Every number a run gives, by name. */
function numbersOf({ trace, output }: Pick<Run, "trace" | "output">): Map<string, string> {
  const named = [...trace.sites].map((site) => [site, trace.get(site)] as const);
  const given = Object.entries(output) as [string, Tensor][];
  return new Map(
    [...named, ...given].map(([name, { shape, data }]) => [
      name,
      `${shape.join()}: ${Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64")}`,
    ]),
  );
}

interface Asked {
  readonly input: TensorInput;
  readonly options: RunOptions;
}

/** Inputs, reads and patches of few shapes, so that the same ones come again with other numbers. */
function randomRun(random: () => number, { sites }: Model): Asked {
  const whole = (below: number) => Math.floor(random() * below);
  const [batch, length] = [1 + whole(2), [3, 6, 7][whole(3)]!];
  const rows = (below: number) =>
    Array.from({ length: batch }, () => Array.from({ length }, () => 1 + whole(below - 1)));
  const isEncoderDecoder = [...sites.keys()].some((site) => site.startsWith("decoder."));
  const mask = rows(2).map((row) => row.map(() => 1));
  if (whole(2) === 0) mask[batch - 1]!.fill(0, 1 + whole(length - 1));
  const stack = isEncoderDecoder ? "encoder." : "";
  const reads: RunOptions["read"][] = [
    [],
    [`${stack}layers.*.weights`],
    ["**"],
    [`${stack}layers.0.{q,scores,mixed}`],
    [{ site: `${stack}layers.*.weights`, keep: "rows" }],
  ];
  const head = whole(2);
  const place = [whole(3)];
  const patches: readonly Patch[][] = [
    [],
    [{ site: `${stack}layers.0.scores`, head, query: place, key: [whole(3)], cut: true }],
    [{ site: `${stack}layers.0.weights`, head, set: random(), renormalize: true }],
    [{ site: `${stack}layers.0.residual`, query: place, scale: random() }],
    [
      {
        site: `${stack}layers.0.mixed`,
        query: place,
        change: ({ shape, data }) =>
          new Tensor(
            shape,
            data.map((value) => value * -0.5),
          ),
      },
    ],
  ];
  return {
    input: {
      ids: rows(30),
      mask: whole(3) === 0 ? undefined : mask,
      ...(isEncoderDecoder ? { decoderIds: rows(30).map((row) => row.slice(0, 2)) } : {}),
    },
    options: {
      read: reads[whole(reads.length)]!,
      patch: whole(2) === 0 ? [] : patches[whole(patches.length)]!,
      reusable: whole(6) === 0,
    },
  };
}

describe.each([
  "bert-mlm",
  "roberta-untied",
  "gpt2",
  "llama3",
  "gpt-neo-pattern",
  "mt5",
  "xlnet-both-ways",
  "longformer-windows",
])("%s", (name) => {
  test("a pass like an earlier one gives to the bit what a new plan gives, alone and beside others", async () => {
    const { kept, fresh } = await both(name);
    const random = seeded(name.length);
    for (let round = 0; round < 20; round++) {
      const asked = Array.from({ length: 3 }, () => randomRun(random, kept));
      // The second time none of them is planned.
      for (const { input, options } of asked) {
        const expected = numbersOf(await fresh.run(input, options));
        const place = JSON.stringify({ input, options });
        expect(numbersOf(await kept.run(input, options)), place).toEqual(expected);
        expect(numbersOf(await kept.run(input, options)), place).toEqual(expected);
      }
      const runs = await Promise.all(
        [...asked, asked[0]!].map(({ input, options }) => kept.run(input, options)),
      );
      for (const [place, run] of runs.entries()) {
        const { input, options } = asked[place % 3]!;
        expect(numbersOf(run)).toEqual(numbersOf(await fresh.run(input, options)));
      }
    }
  });
});

describe.each(["gpt2", "llama3", "gpt-neo-pattern", "mt5"])("%s, token by token", (name) => {
  test.each<readonly [string, object]>([
    ["greedy", {}],
    [
      "rows of several lengths",
      {
        rows: [
          [5, 9, 14, 7, 20],
          [22, 6],
          [8, 3, 17],
        ],
      },
    ],
    ["beams", { numBeams: 3, numReturnSequences: 2 }],
    ["drawn", { doSample: true, temperature: 1.3, seed: 5 }],
  ])("%s: what is written and read is to the bit what new plans give", async (_, asked) => {
    const { rows, ...options } = asked as { rows?: number[][] };
    const { kept, fresh } = await both(name);
    const isBeside = kept.sites.has("decoder.layers.0.weights");
    const stack = isBeside ? "decoder." : "";
    const patch: readonly GenerationPatch[] = [
      { site: `${stack}layers.0.weights`, head: 1, key: 2, set: 0, renormalize: true },
      {
        site: `${stack}layers.0.residual`,
        step: [2, 5],
        change: ({ shape, data }) =>
          new Tensor(
            shape,
            data.map((value) => value * 1.5),
          ),
      },
    ];
    const read = [`${stack}layers.*.{weights,k}`, "logits"];
    const inputs =
      rows && !isBeside
        ? [rows]
        : [
            [5, 9, 14, 7, 20],
            [11, 3, 8],
          ];
    for (const more of [{}, { read }, { patch }, { read, patch }])
      for (const input of [...inputs, ...inputs]) {
        const asked = { ...options, ...more, maxNewTokens: 24, minNewTokens: 20 };
        const [ours, theirs] = [
          await kept.generate(input, asked),
          await fresh.generate(input, asked),
        ];
        expect(ours.rows).toEqual(theirs.rows);
        expect(numbersOf(ours)).toEqual(numbersOf(theirs));
      }
  });
});

const B = 2;
const [T, C, H] = [5, 32, 2];
type Recorded = (program: Program, learned: (shape: Shape) => LazyTensor) => LazyTensor[];

const input = (program: Program, shape: Shape, seed = 1) =>
  program.input(numbers(seeded(seed), shape, 2), shape, "x");
const heads = (program: Program, keys = T) =>
  [1, 2, 3].map((seed) => input(program, [B, H, seed === 1 ? T : keys, C / H], seed)) as [
    LazyTensor,
    LazyTensor,
    LazyTensor,
  ];
const attention =
  (mask: operations.Mask, scale = 0.3, keys = T): Recorded =>
  (program) => {
    const wants = { scores: false, weights: true };
    const fused = operations.fusedAttention(...heads(program, keys), { scale, mask, wants })!;
    return [operations.mergeHeads(fused.mixed), fused.weights!];
  };
const sumOf =
  (isOfInput: boolean): Recorded =>
  (program, learned) => {
    const x = input(program, [B, T, C]);
    const y = operations.linear(x, { weight: learned([C, C]) });
    return [operations.add(y, isOfInput ? x : y)];
  };

const readEarly =
  (which: number): Recorded =>
  (program) => {
    let x = input(program, [B, T, C]);
    const made = program.stage("early", () => [operations.scale(x, 2), operations.scale(x, 3)]);
    const results: Tensor[] = [];
    program.read(made[which]!, (tensor) => results.push(tensor));
    for (let stage = 0; stage < 6; stage++)
      [x] = program.stage(`${stage}`, () => [operations.scale(x, 1.5)]) as [LazyTensor];
    const copy = program.change(x, () => results[0]!, "what was read");
    return [copy, x];
  };

/** Programs that differ in one thing, which whoever keeps a pass must not forget. */
const pairs: readonly (readonly [string, Recorded, Recorded])[] = [
  [
    "a factor",
    (program) => [operations.scale(input(program, [B, T, C]), 2)],
    (program) => [operations.scale(input(program, [B, T, C]), 3)],
  ],
  [
    "an activation",
    (program, learned) => [
      operations.linear(
        input(program, [B, T, C]),
        { weight: learned([C, C]) },
        { activation: "gelu" },
      ),
    ],
    (program, learned) => [
      operations.linear(
        input(program, [B, T, C]),
        { weight: learned([C, C]) },
        { activation: "tanh" },
      ),
    ],
  ],
  [
    "a learned tensor",
    (program, learned) => [
      operations.linear(input(program, [B, T, C]), { weight: learned([C, C]) }),
    ],
    (program, learned) => {
      learned([C, C]);
      return [operations.linear(input(program, [B, T, C]), { weight: learned([C, C]) })];
    },
  ],
  [
    "a shape",
    (program) => [operations.softmax(input(program, [B, T, C]))],
    (program) => [operations.softmax(input(program, [B, C, T]))],
  ],
  ["the causal rule", attention({ causalOffset: 0 }), attention({})],
  ["where the causal rule begins", attention({ causalOffset: 0 }), attention({ causalOffset: 2 })],
  ["a scale", attention({}, 0.3), attention({}, 0.4)],
  ["the keys", attention({}, 0.3, T), attention({}, 0.3, T + 20)],
  [
    "a window",
    attention({ window: { offset: 0, before: 1, after: 1 } }),
    attention({ window: { offset: 0, before: 1, after: 2 } }),
  ],
  ["what a product is added to", sumOf(true), sumOf(false)],
  [
    "which value an operation takes",
    (program) => {
      const [a, b] = [input(program, [B, T, C], 4), input(program, [B, T, C], 5)];
      return [operations.scale(a, 2), operations.scale(b, 2)];
    },
    (program) => {
      const [a] = [input(program, [B, T, C], 4), input(program, [B, T, C], 5)];
      return [operations.scale(a, 2), operations.scale(a, 2)];
    },
  ],
  ["which value is read, and so keeps its memory", readEarly(0), readEarly(1)],
  [
    "a part",
    (program) => [part(input(program, [B, T, C]), [undefined, [1, 3], undefined])],
    (program) => [part(input(program, [B, T, C]), [undefined, [1, 4], undefined])],
  ],
  [
    "a part in more pieces",
    (program) => {
      const x = input(program, [B, T, C]);
      return [
        replacePart(x, operations.scale(part(x, [undefined, [1, 2]]), 5), [undefined, [1, 2]]),
      ];
    },
    (program) => {
      const x = input(program, [B, T, C]);
      return [
        replacePart(x, operations.scale(part(x, [undefined, [1, 3]]), 5), [undefined, [1, 3]]),
      ];
    },
  ],
  [
    "rows of a slice",
    (program) => [operations.slice(input(program, [B, T, C]), 1, 0, 2)],
    (program) => [operations.slice(input(program, [B, T, C]), 1, 2, 4)],
  ],
  [
    "what is put together, and the numbers that stretch",
    (program) => [operations.add(input(program, [B, T, C]), input(program, [T, C], 9))],
    (program) => [operations.add(input(program, [B, T, C]), input(program, [1, C], 9))],
  ],
];

test.each(pairs)("a kept pass does not forget %s", async (_, one, other) => {
  const backend = await cpuForNode({ threads: 2 });
  open.add(backend);
  const tables: LazyTensor[] = [];
  const learnedBy = () => {
    let next = 0;
    return (shape: Shape): LazyTensor => tables[next++] ?? expect.fail(`no table ${shape}`);
  };
  for (const seed of [21, 22]) {
    const storage = await backend.parameter({
      name: `table ${seed}`,
      shape: [C, C],
      role: "matrix",
      storedAs: "F32",
      rows: async (start, end) => numbers(seeded(seed), [C, C], 0.3).slice(start * C, end * C),
    });
    tables.push(new LazyTensor([C, C], "f32", `table ${seed}`, { storage }));
  }
  const compute = async (record: Recorded, by: Backend) => {
    const program = new Program(by);
    const results: Tensor[] = [];
    // A few operations that do not differ, so that programs are alike for the most part.
    let x = input(program, [B, T, C], 7);
    const same: LazyTensor[] = [];
    for (let turn = 0; turn < 12; turn++) x = operations.scale(x, 1.1);
    program.stage("first", () => [x]);
    same.push(x);
    for (const value of [...record(program, learnedBy()), ...same])
      program.read(value, (tensor) => results.push(tensor));
    program.finish();
    await execute(program);
    return results.map(({ shape, data }) => [shape, [...data]]);
  };
  const plain = { ...backend, pass: undefined };
  for (const record of [one, one, other, other, one, other])
    expect(await compute(record, backend)).toEqual(await compute(record, plain));
});

test("what a kept pass writes for good is read once it is written", async () => {
  const machine = await wasmMachine({ threads: 1, start: startOfNode });
  /** Nothing is carried out before somebody waits for it. */
  const starts: (() => void)[] = [];
  const backend = cpuBackend({
    ...machine,
    submit(...list) {
      const place = starts.length;
      const wanted = new Promise<void>((resolve) => starts.push(resolve));
      const done = wanted.then(() => {
        const running = machine.submit(...list);
        running.want();
        return running.done;
      });
      return {
        done,
        want: () => {
          for (const start of starts.slice(0, place + 1)) start();
        },
      };
    },
  });
  open.add(backend);
  const shape = [2, 3];
  const master = new LazyTensor(shape, "f32", "master", {
    storage: backend.upload(new Float32Array(6), shape, "master"),
  });
  for (const value of [1, 2]) {
    const program = new Program(backend);
    const x = program.input(new Float32Array(6).fill(value), shape, "x");
    const [early] = program.stage("early", () => [operations.scale(x, 3)]) as [LazyTensor];
    program.read(early, () => {});
    const [late] = program.stage("late", () => [operations.scale(early, 2)]) as [LazyTensor];
    assign(master, operations.scale(late, 10), program);
    program.finish();
    await execute(program);
    expect([...(await backend.download(master.storage!))]).toEqual(Array(6).fill(60 * value));
  }
});

describe("what is kept", () => {
  const folder = folderSource(goldenFolder("gpt2"));

  test("a pass seen before is not planned, a token's only where it looks at one more key", async () => {
    const count = await counted();
    const model = await loadFrom(folder, count.backend);
    open.add(model);
    const run = async (ids: number[], options: RunOptions = {}) => {
      const before = { ...count };
      await model.run({ ids: [ids] }, options);
      return { written: count.written - before.written, lists: count.submitted - before.submitted };
    };
    const first = await run([5, 9, 14]);
    expect(first.written).toBeGreaterThan(20);
    expect(await run([7, 3, 3])).toEqual({ written: 0, lists: first.lists });
    expect((await run([7, 3, 3, 4])).written).toBeGreaterThan(20);
    expect((await run([7, 3, 3], { read: ["layers.0.weights"] })).written).toBeGreaterThan(20);
    expect((await run([1, 2, 8], { read: ["layers.0.weights"] })).written).toBe(0);
    expect((await run([1, 2, 3, 4])).written).toBe(0);

    await model.generate([5, 9, 14], { maxNewTokens: 6 });
    const before = count.written;
    await model.generate([8, 2, 11], { maxNewTokens: 20, minNewTokens: 20 });
    expect(count.written - before).toBe(0);
  });

  test("takes no more memory however many lengths there are, and lets it go when there is none left", async () => {
    const count = await counted();
    const model = await loadFrom(folder, count.backend);
    open.add(model);
    const pass = (length: number) =>
      model.run({ ids: [Array.from({ length }, (_, place) => place + 1)] }, { read: ["**"] });
    for (let length = 2; length < 14; length++) await pass(length);
    const { bytes } = count;
    for (let length = 2; length < 32; length++) await pass(length);
    expect(count.bytes).toBe(bytes);

    const small = await counted({ most: 40 << 20 });
    const tight = await loadFrom(folder, small.backend);
    open.add(tight);
    for (let length = 2; length < 32; length++)
      await tight.run({ ids: Array.from({ length: 60 }, () => [...Array(length).keys()]) });
  });

  test("a run that was broken off leaves nothing wrong behind", async () => {
    const { kept, fresh } = await both("gpt2");
    const ids = [[5, 9, 14, 7]];
    const read = ["**"];
    const expected = numbersOf(await fresh.run({ ids }, { read }));
    const longer = numbersOf(
      await fresh.generate(ids[0]!, { read, maxNewTokens: 12, minNewTokens: 12 }),
    );
    for (const isKept of [false, true]) {
      if (isKept) await kept.run({ ids }, { read });
      const stop = new AbortController();
      const broken = kept.run(
        { ids },
        { read, signal: stop.signal, onProgress: () => stop.abort(new Error("enough")) },
      );
      await expect(broken).rejects.toThrow("enough");
      const patch: Patch[] = [
        {
          site: "layers.1.residual",
          change() {
            throw new Error("no numbers");
          },
        },
      ];
      await expect(kept.run({ ids }, { read, patch })).rejects.toThrow("no numbers");
      expect(numbersOf(await kept.run({ ids }, { read }))).toEqual(expected);
      const writing = new AbortController();
      let tokens = 0;
      const half = kept.generate(ids[0]!, {
        read,
        signal: writing.signal,
        maxNewTokens: 12,
        minNewTokens: 12,
        onToken: () => {
          tokens += 1;
          if (tokens === 5) writing.abort(new Error("enough"));
        },
      });
      await expect(half).rejects.toThrow("enough");
      expect(
        numbersOf(await kept.generate(ids[0]!, { read, maxNewTokens: 12, minNewTokens: 12 })),
      ).toEqual(longer);
    }
  });
});
