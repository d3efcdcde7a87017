import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, describe, expect, test } from "vitest";
import { cpuForNode, optionsOf } from "../../src/backends/cpu/cpu.node.ts";
import { cpuBackend } from "../../src/backends/cpu/cpu.ts";
import { Crew, handSource } from "../../src/backends/cpu/crew.ts";
import { fromF16, toF16 } from "../../src/backends/cpu/language/halves.ts";
import { nodeHand } from "../../src/backends/cpu/node-hand.node.ts";
import { selfTest } from "../../src/backends/cpu/self-test.ts";
import { wasmMachine } from "../../src/backends/cpu/wasm.ts";
import { reference } from "../../src/backends/reference/reference.ts";
import type { Backend } from "../../src/tensor/backend.ts";
import { execute } from "../../src/tensor/execute.ts";
import type { LazyTensor } from "../../src/tensor/lazy-tensor.ts";
import { add, fusedAttention, linear, mergeHeads, scale } from "../../src/tensor/operations.ts";
import { Program } from "../../src/tensor/program.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import {
  attentionProgram,
  bandedProgram,
  compute,
  type Example,
  embedProgram,
  linearProgram,
  numbers,
  seeded,
} from "../support/engine-programs.ts";
import { nativeKernels } from "../support/machines.ts";

const { names, missing } = await nativeKernels();
const kinds = [...names, "plain"] as const;
const open: Backend[] = [];

async function engine(options: Parameters<typeof cpuForNode>[0]): Promise<Backend> {
  const backend = await cpuForNode(options);
  open.push(backend);
  return backend;
}

afterAll(async () => {
  for (const backend of open) await backend.dispose();
});

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Everything that can be collected is. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function differenceOf(a: readonly Tensor[], b: readonly Tensor[]): number {
  let worst = 0;
  for (const [index, { data }] of a.entries())
    for (const [place, value] of data.entries()) {
      const other = b[index]!.data[place]!;
      if (value !== other)
        worst = Math.max(worst, Math.abs(value - other) / Math.max(1, Math.abs(value)));
    }
  return worst;
}

const bitsOf = (tensors: readonly Tensor[]) =>
  tensors
    .map(({ data }) =>
      Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64"),
    )
    .join();

describe("what is computed", () => {
  for (const kernels of kinds)
    test(`${kernels}: 200 random programs agree with the reference`, async () => {
      const backend = await engine({ kernels, threads: 2 });
      for (let seed = 1; seed <= 50; seed++)
        for (const make of [linearProgram, attentionProgram, bandedProgram, embedProgram]) {
          const example: Example = make(seeded(seed));
          const [found, expected] = [
            await compute(backend, example),
            await compute(reference(), example),
          ];
          expect(differenceOf(expected, found), `${make.name} ${seed}`).toBeLessThan(2e-5);
        }
    });
  for (const [name, reason] of Object.entries(missing))
    test(`${name}: 200 random programs agree with the reference`, ({ skip }) => skip(reason));

  test("1,000 runs, on one to three threads, give the same bits", async () => {
    const examples = [
      linearProgram(seeded(5)),
      attentionProgram(seeded(6)),
      attentionProgram(seeded(9)),
    ];
    const first: string[] = [];
    for (const threads of [1, 2, 3]) {
      const backend = await engine({ threads });
      for (let round = 0; round < 112; round++)
        for (const [index, example] of examples.entries()) {
          const bits = bitsOf(await compute(backend, example));
          first[index] ??= bits;
          expect(
            bits === first[index],
            `threads ${threads}, round ${round}, example ${index}`,
          ).toBe(true);
        }
    }
  });

  for (const kernels of kinds)
    test(`${kernels}: two operations in one step give the bits of one after the other`, async () => {
      const backend = await engine({ kernels, threads: 2 });
      const random = seeded(8);
      for (const [B, H, T, D] of [
        [1, 2, 1, 5],
        [2, 3, 2, 16],
        [2, 3, 13, 33],
        [1, 4, 70, 64],
      ] as const) {
        const [split, merged] = [[B, H, T, D] as const, [B, T, H * D] as const];
        const [heads, x] = [numbers(random, split), numbers(random, merged)];
        const square = [H * D, H * D] as const;
        const weight = { shape: square, data: numbers(random, square, 0.1) };
        const result = async (isRead: boolean) => {
          const results = await compute(backend, {
            learned: { weight },
            record(program, { weight }) {
              const q = program.input(heads, split, "heads");
              const wants = { scores: false, weights: false, rowSums: false };
              const { mixed } = fusedAttention(q, q, q, { scale: 0.3, wants })!;
              const product = linear(
                mergeHeads(mixed),
                { weight: weight! },
                { activation: "gelu" },
              );
              const sum = add(program.input(x, merged, "residual"), product);
              return isRead ? [mixed, product, sum] : [sum];
            },
          });
          return bitsOf(results.slice(-1));
        };
        expect(await result(false), `${B} ${H} ${T} ${D}`).toBe(await result(true));
      }
    });

  test("weights read or not, mixed is the same", async () => {
    const backend = await engine({ threads: 2 });
    const sizes = [1, 4, 2, 60, 300, 32];
    const plain = await compute(backend, attentionProgram(seeded(3), sizes));
    const example = attentionProgram(seeded(3), sizes);
    const again = await compute(backend, example);
    expect(bitsOf(plain)).toBe(bitsOf(again));
  });

  test("two engines, and two runs of one engine, work at once", async () => {
    const engines = [await engine({ threads: 2 }), await engine({ threads: 1 })];
    const examples = Array.from({ length: 12 }, (_, seed) => linearProgram(seeded(seed + 20)));
    const expected = await Promise.all(examples.map((example) => compute(reference(), example)));
    const found = await Promise.all(
      engines.flatMap((backend) => examples.map((example) => compute(backend, example))),
    );
    for (const [index, result] of found.entries())
      expect(differenceOf(expected[index % examples.length]!, result)).toBeLessThan(2e-5);
  });

  test("half-stored weights: the numbers of a 16-bit file as they are, f32 to the nearest f16", async () => {
    const backend = await engine({ threads: 2, weights: "half" });
    const example = linearProgram(seeded(11));
    const { weight } = example.learned;
    const rounded = weight!.data.map((value) =>
      fromF16(toF16(new Uint32Array(Float32Array.of(value).buffer)[0]!)),
    );
    const same = {
      ...example,
      learned: { ...example.learned, weight: { ...weight!, data: rounded } },
    };
    const [found, expected] = [await compute(backend, example), await compute(reference(), same)];
    expect(differenceOf(expected, found)).toBeLessThan(2e-5);
    const large = { ...weight!, data: weight!.data.map(() => 70000) };
    await expect(
      compute(backend, { ...example, learned: { ...example.learned, weight: large } }),
    ).rejects.toThrow(
      'weight holds 70000, 16-bit weights reach ±65504. Load this model with dtype "f32"',
    );
  });

  test("every f16 survives being read and rounded again", () => {
    for (let word = 0; word < 65536; word++) {
      const value = fromF16(word);
      if (!Number.isFinite(value)) continue;
      expect(toF16(new Uint32Array(Float32Array.of(value).buffer)[0]!)).toBe(word);
    }
  });
});

describe("what goes wrong", () => {
  test("an id outside the table is refused before anything runs", async () => {
    const backend = await engine({ threads: 1 });
    const example: Example = {
      learned: { table: { shape: [4, 3], data: new Float32Array(12) } },
      record: (program, { table }) =>
        program.record(
          "embed",
          [table!, program.input(Int32Array.of(1, 4), [2], "ids")],
          {},
          [2, 3],
        ),
    };
    await expect(compute(backend, example)).rejects.toThrow(
      "embed: id 4 at place 1, the table table holds 0 to 3",
    );
  });

  test("no memory left: the error names the tensor and its size", async () => {
    const source = (shape: number[]) => ({
      name: "word_embeddings.weight",
      shape,
      role: "plain" as const,
      storedAs: "F32",
      rows: async () => new Float32Array(0),
    });
    for (const kernels of ["best", "plain"] as const) {
      const backend = await engine({ threads: 1, kernels });
      await expect(backend.parameter(source([1 << 22, 1 << 22]))).rejects.toThrow(
        /no memory left for word_embeddings\.weight \(70368744177\d+ bytes\)/,
      );
    }
  });

  test("an abort stops a run between stages, and the engine goes on", async () => {
    const backend = await engine({ threads: 2 });
    const controller = new AbortController();
    const example = linearProgram(seeded(2));
    const staged: Example = {
      ...example,
      record(program, learned) {
        const results = example.record(program, learned);
        program.stage("one", () => []);
        program.stage("two", () => []);
        return results;
      },
    };
    let stages = 0;
    const run = compute(backend, staged, {
      signal: controller.signal,
      onProgress: () => {
        stages += 1;
        controller.abort();
      },
    });
    await expect(run).rejects.toThrow(/abort/i);
    expect(stages).toBe(1);
    const [found, expected] = [
      await compute(backend, example),
      await compute(reference(), example),
    ];
    expect(differenceOf(expected, found)).toBeLessThan(2e-5);
  });

  test("numbers come out while a list that does not write them is under way", async () => {
    const inner = await wasmMachine({ threads: 1, start: undefined });
    let lists = 0;
    let letGo = () => {};
    const second = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const backend = cpuBackend({
      ...inner,
      submit(...list) {
        lists += 1;
        const before = lists === 2 ? second : Promise.resolve();
        return { done: before.then(() => inner.submit(...list).done), want() {} };
      },
    });
    const program = new Program(backend);
    const received: string[] = [];
    const read = (value: LazyTensor, name: string, expected: readonly number[]) =>
      program.read(value, ({ data }) => {
        received.push(name);
        expect([...data]).toEqual(expected);
      });
    const x = program.input(Float32Array.of(1, 2), [2], "x");
    const [doubled] = program.stage("one", () => {
      const [double, triple] = [scale(x, 2), scale(x, 3)];
      read(double, "needed by the second list", [2, 4]);
      read(triple, "needed no more", [3, 6]);
      return [double];
    });
    read(add(doubled, doubled), "of the second list", [4, 8]);
    program.finish();
    // Somebody listens, so that what is read is handed out as it comes.
    const run = execute(program, { onProgress() {} });
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect([lists, ...received]).toEqual([2, "needed by the second list", "needed no more"]);
    letGo();
    await run;
    expect(received).toHaveLength(3);
    await backend.dispose();
  });

  test("of many lists, those that are waited for are told of, and the last", async () => {
    const call = "const call = (list) => { if (list === 40) Atomics.wait(words, 0, -1, 30); };";
    const source = `const { workerData: start } = require("node:worker_threads");${call}${handSource}`;
    const crew = new Crew(2, (start) => nodeHand(source, start));
    const ended: number[] = [];
    const left: number[] = [];
    const lists = Array.from({ length: 100 }, (_, list) => {
      const running = crew.submit(
        list,
        () => {},
        () => left.push(list),
      );
      void running.done.then(() => ended.push(list));
      return running;
    });
    for (const list of [3, 60, 59]) {
      lists[list]!.want();
      await lists[list]!.done;
      expect(ended).toContain(list);
    }
    await lists[99]!.done;
    while (left.length < 100) await new Promise((resolve) => setTimeout(resolve, 1));
    const inOrder = Array.from({ length: 100 }, (_, list) => list);
    expect(ended).toEqual(inOrder);
    expect(left).toEqual(inOrder);
    await crew.dispose();
  });

  test("a thread that throws or ends is the error of the run, and of those after it", async () => {
    for (const [call, reason] of [
      ["const call = () => { throw new Error('torn'); };", "Error: torn"],
      ["const call = () => process.exit(3);", "exit code 3"],
    ]) {
      let stopped = 0;
      const source = `const { workerData: start } = require("node:worker_threads");${call}${handSource}`;
      const crew = new Crew(2, (start) => nodeHand(source, start));
      const stop = () => {
        stopped += 1;
      };
      await expect(crew.submit(0, stop, () => {}).done).rejects.toThrow(`ended: ${reason}`);
      await expect(crew.submit(0, stop, () => {}).done).rejects.toThrow("Load the model again");
      expect(stopped).toBe(1);
      await crew.dispose();
    }
  });

  test("HEED_THREADS becomes an option, or an error that says what it may be", () => {
    expect(optionsOf({ HEED_THREADS: "3" })).toEqual({ threads: 3 });
    expect(optionsOf({})).toEqual({});
    for (const threads of ["0", "-1", "2.5", "two", "1e1", " 2", "257", "5000"])
      expect(() => optionsOf({ HEED_THREADS: threads })).toThrow(
        `HEED_THREADS must be a whole number from 1 to 256, got "${threads}"`,
      );
  });

  test("a disposed engine says so", async () => {
    const backend = await cpuForNode({ threads: 1 });
    await backend.dispose();
    await expect(compute(backend, linearProgram(seeded(1)))).rejects.toThrow("disposed");
  });

  test("the self-test finds a wrong kernel", async () => {
    const machine = await wasmMachine({ threads: 1, start: undefined });
    expect(await selfTest(cpuBackend(machine))).toBeUndefined();
    const swapped = {
      ...machine,
      entryOf: (name: Parameters<typeof machine.entryOf>[0]) =>
        machine.entryOf(name === "layerNorm" ? "softmaxRows" : name),
    };
    expect(await selfTest(cpuBackend(swapped))).toMatch(/result \d differs by/);
  });
});

describe("memory", () => {
  test("50 rounds of load, run, dispose do not grow", async () => {
    const example = linearProgram(seeded(4), 400);
    const round = async () => {
      const backend = await cpuForNode({ threads: 2 });
      await compute(backend, example);
      await backend.dispose();
    };
    for (let n = 0; n < 10; n++) await round();
    await settled();
    const before = process.memoryUsage();
    for (let n = 0; n < 50; n++) await round();
    await settled();
    const after = process.memoryUsage();
    expect((after.arrayBuffers - before.arrayBuffers) / 2 ** 20).toBeLessThan(40);
    expect((after.rss - before.rss) / 2 ** 20).toBeLessThan(100);
  });
});

describe("the process", () => {
  test.runIf(existsSync("/proc/self/task"))(
    "threads are kept for the next engine of their kind, and shared by those open at once",
    async () => {
      const threads = () => readdirSync("/proc/self/task").length;
      const before = threads();
      const first = await cpuForNode({ threads: 4 });
      const second = await cpuForNode({ threads: 4 });
      const example = linearProgram(seeded(1));
      const results = await Promise.all([compute(first, example), compute(second, example)]);
      expect(bitsOf(results[0]!)).toBe(bitsOf(results[1]!));
      await first.dispose();
      expect(bitsOf(await compute(second, example))).toBe(bitsOf(results[0]!));
      await second.dispose();
      await compute(await cpuForNode({ threads: 4 }), example);
      expect(threads()).toBeLessThanOrEqual(before + 4);
    },
  );

  test.runIf(names.length > 0)("loading and disposing adds no mappings", async () => {
    const mappings = () => readFileSync("/proc/self/maps", "utf8").split("\n").length;
    const round = async () => {
      const backend = await cpuForNode({ threads: 2 });
      await compute(backend, linearProgram(seeded(1)));
      await backend.dispose();
    };
    await round();
    await settled();
    const before = mappings();
    for (let n = 0; n < 40; n++) await round();
    await settled();
    // koffi maps three pieces a thread: threads of their own would add 240. V8's own heap comes and goes by dozens.
    expect(mappings() - before).toBeLessThan(120);
  });

  const child = fileURLToPath(new URL("../support/engine-child.ts", import.meta.url));
  const run = (...words: string[]) =>
    spawnSync(process.execPath, ["--import", "tsx", child, ...words], { encoding: "utf8" });

  for (const kernels of names) {
    test(`${kernels}: no kernel touches memory past a block and its margin`, () => {
      const { stdout, stderr, signal } = run("guard", kernels);
      expect([stdout, signal], stderr).toEqual(["whole", null]);
    });
    test(`${kernels}: the guard is sharp`, () => {
      expect(run("sharp", kernels).signal).toMatch(/SIGSEGV|SIGBUS/);
    });
  }
  for (const [name, reason] of Object.entries(missing))
    test(`${name}: no kernel touches memory past a block and its margin`, ({ skip }) =>
      skip(reason));

  test("an idle crew does not keep it, and an exit during a run takes less than a second", () => {
    for (const script of ["idle", "exit"]) {
      // A busy machine may hold a process up once, not every time.
      const delays: number[] = [];
      do {
        const { stdout, status } = run(script);
        expect(status).toBe(0);
        delays.push(Date.now() - Number(stdout));
      } while (Math.min(...delays) >= 1000 && delays.length < 5);
      expect(Math.min(...delays)).toBeLessThan(1000);
    }
  });

  test("its event loop stays free during a run", async () => {
    const backend = await engine({ threads: 1 });
    const example = attentionProgram(seeded(1), [1, 8, 8, 1500, 1500, 64]);
    await compute(backend, example);
    let turns = 0;
    let isOver = false;
    const turn = (): void => {
      turns++;
      if (!isOver) setImmediate(turn);
    };
    setImmediate(turn);
    await compute(backend, example);
    isOver = true;
    // A loop that waits for the threads turns once or twice.
    expect(turns).toBeGreaterThan(100);
  });
});
