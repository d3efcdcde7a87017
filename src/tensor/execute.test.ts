import { describe, expect, test } from "vitest";
import { reference } from "../backends/reference/reference.ts";
import { ShapeError } from "../errors/errors.ts";
import type { Backend, Pass } from "./backend.ts";
import { execute } from "./execute.ts";
import type { LazyTensor } from "./lazy-tensor.ts";
import { add, reshape, scale } from "./operations.ts";
import { Program } from "./program.ts";
import type { Storage } from "./storage.ts";
import { Tensor } from "./tensor.ts";

/** The reference, writing down what is asked of it; it can hand memory over, as `take` has it. */
function noted() {
  const notes: string[] = [];
  const names = new Map<Storage, string>();
  const inner = reference();
  const named = (storage: Storage, label: string) => {
    names.set(storage, label);
    return storage;
  };
  const backend: Backend = {
    ...inner,
    allocate: (type, shape, label) => named(inner.allocate(type, shape, label), label),
    upload: (values, shape, label) => named(inner.upload(values, shape, label), label),
    async run(operations) {
      notes.push(`run ${operations.map(({ name }) => name).join(" ")}`);
      await inner.run(operations);
    },
    async download(storage) {
      notes.push(`download ${names.get(storage)}`);
      return inner.download(storage);
    },
    async take(storage) {
      notes.push(`take ${names.get(storage)}`);
      names.delete(storage);
      return inner.download(storage);
    },
    release(storage) {
      notes.push(`release ${names.get(storage)}`);
      names.delete(storage);
    },
  };
  return { backend, notes, names };
}

const three = Float32Array.of(1, 2, 3);
const toArray = (results: number[][]) => (tensor: Tensor) => results.push([...tensor.data]);

describe("a program", () => {
  test("is carried out stage by stage, in the order written; scopes free what they made", async () => {
    const { backend, notes, names } = noted();
    const program = new Program(backend);
    const results: number[][] = [];
    const x = program.input(three, [3], "x");
    const [kept] = program.stage("first", () => {
      const doubled = scale(x, 2);
      const result = add(doubled, x);
      program.read(doubled, toArray(results));
      return [result];
    });
    program.stage("second", () => {
      program.read(scale(kept, 10), toArray(results));
      return [];
    });
    program.finish();
    await execute(program);
    expect(results).toEqual([
      [2, 4, 6],
      [30, 60, 90],
    ]);
    expect(notes).toEqual([
      "run scale add",
      "release x",
      "run scale",
      "take scale",
      "release add",
      "take scale",
    ]);
    expect(names.size).toBe(0);
  });

  test("waits once for all that is read, where a pass keeps it to its end; a listener is told as it goes", async () => {
    const told = async (onProgress?: (stage: string) => void) => {
      const { backend, notes } = noted();
      const pass = (): Pass => ({
        ...backend,
        take: undefined,
        readsAtEnd: true,
        settled: async () => void notes.push("settled"),
        end: () => notes.push("end"),
      });
      const program = new Program({ ...backend, pass });
      let x = program.input(three, [3], "x");
      for (const label of ["one", "two"])
        [x] = program.stage(label, () => {
          const doubled = scale(x, 2);
          program.read(doubled, ({ data }) => notes.push(`${label} ${data}`));
          return [doubled];
        }) as [LazyTensor];
      program.finish();
      await execute(program, { onProgress: onProgress && (({ stage }) => onProgress(stage)) });
      return notes.filter((note) => !note.startsWith("release"));
    };
    const read = ["download scale", "one 2,4,6", "download scale", "two 4,8,12"];
    expect(await told()).toEqual(["run scale", "run scale", "settled", ...read, "end"]);
    expect(await told(() => {})).toEqual([...["run scale", "run scale", ...read, "end"]]);
  });

  test("hands out what a stage computed while the next one runs; receivers and progress keep their order", async () => {
    const { backend, notes, names } = noted();
    const program = new Program(backend);
    let x = program.input(three, [3], "x");
    for (const label of ["one", "two", "three"])
      [x] = program.stage(label, () => {
        const doubled = scale(x, 2);
        program.read(doubled, () => notes.push(`receive ${label}`));
        // Used after it was asked for, and no more when it is handed out.
        return [add(doubled, x)];
      }) as [LazyTensor];
    program.finish();
    await execute(program, { onProgress: ({ stage, done }) => notes.push(`${stage} ${done}`) });
    expect(notes.filter((note) => !/^release (add|x)/.test(note))).toEqual([
      "run scale add",
      "run scale add",
      "download scale",
      "receive one",
      "release scale",
      "one 1",
      "run scale add",
      "download scale",
      "receive two",
      "release scale",
      "two 2",
      "download scale",
      "receive three",
      "release scale",
      "three 3",
      "end 4",
    ]);
    expect(names.size).toBe(0);
  });

  test("what was asked for before a change is received before it", async () => {
    const { backend, names } = noted();
    const program = new Program(backend);
    const order: string[] = [];
    const [before] = program.stage("one", () => {
      const value = scale(program.input(three, [3], "x"), 2);
      program.read(value, () => order.push("one"));
      return [value];
    });
    const after = program.change(
      add(before, before),
      (tensor) => {
        order.push("change");
        return tensor;
      },
      "patched",
    );
    program.read(after, () => order.push("two"));
    program.finish();
    await execute(program);
    expect(order).toEqual(["one", "change", "two"]);
    expect(names.size).toBe(0);
  });

  test("a receiver that throws ends the run, and everything is freed", async () => {
    const { backend, notes, names } = noted();
    const program = new Program(backend);
    let x = program.input(three, [3], "x");
    for (const label of ["one", "two", "three"])
      [x] = program.stage(label, () => {
        const result = scale(x, 2);
        program.read(result, () => {
          throw new Error(`no room for ${label}`);
        });
        return [result];
      }) as [LazyTensor];
    program.finish();
    await expect(execute(program)).rejects.toThrow("no room for one");
    expect(notes.filter((note) => note.startsWith("run"))).toHaveLength(2);
    expect(names.size).toBe(0);
  });

  test("hands memory over only at the last use", async () => {
    const { backend, notes } = noted();
    const program = new Program(backend);
    const results: number[][] = [];
    const doubled = scale(program.input(three, [3], "x"), 2);
    program.read(doubled, toArray(results));
    program.read(reshape(doubled, [1, 3]), toArray(results));
    program.finish();
    await execute(program);
    expect(results).toEqual([
      [2, 4, 6],
      [2, 4, 6],
    ]);
    expect(notes.filter((note) => /scale/.test(note))).toEqual([
      "run scale",
      "download scale",
      "take scale",
    ]);
  });

  test("a value read early and used later is not handed over", async () => {
    const { backend, notes } = noted();
    const program = new Program(backend);
    const results: number[][] = [];
    const [doubled] = program.stage("first", () => {
      const value = scale(program.input(three, [3], "x"), 2);
      program.read(value, toArray(results));
      return [value];
    });
    program.read(add(doubled, doubled), toArray(results));
    program.finish();
    await execute(program);
    expect(results[1]).toEqual([4, 8, 12]);
    expect(notes).toContain("download scale");
    expect(notes).not.toContain("take scale");
  });

  test("a change replaces a value for what follows, and only for that", async () => {
    const { backend, names } = noted();
    const program = new Program(backend);
    const results: number[][] = [];
    const x = program.input(three, [3], "x");
    const before = scale(x, 2);
    const after = program.change(
      before,
      async (tensor) =>
        new Tensor(
          tensor.shape,
          tensor.data.map((value) => value + 100),
        ),
      "patched",
    );
    program.read(add(before, after), toArray(results));
    program.read(after, toArray(results));
    program.finish();
    await execute(program);
    expect(results).toEqual([
      [104, 108, 112],
      [102, 104, 106],
    ]);
    expect(names.size).toBe(0);
  });

  test("a change of shape is refused, and everything is freed", async () => {
    const { backend, names } = noted();
    const program = new Program(backend);
    const x = program.input(three, [3], "x");
    program.change(scale(x, 2), () => new Tensor([1], new Float32Array(1)), "layers.0.q");
    program.finish();
    await expect(execute(program)).rejects.toThrow(
      "patch at layers.0.q: the function returned shape (1), the site has (3)",
    );
    expect(names.size).toBe(0);
  });

  test("an abort between stages stops there and frees everything", async () => {
    const { backend, notes, names } = noted();
    const program = new Program(backend);
    let x = program.input(three, [3], "x");
    for (const label of ["one", "two", "three"])
      [x] = program.stage(label, () => [scale(x, 2)]) as [LazyTensor];
    program.finish();
    const controller = new AbortController();
    const stages: string[] = [];
    const run = execute(program, {
      signal: controller.signal,
      onProgress: ({ stage, done, total }) => {
        stages.push(`${stage} ${done}/${total}`);
        if (stage === "two") controller.abort();
      },
    });
    await expect(run).rejects.toMatchObject({ name: "AbortError" });
    expect(stages).toEqual(["one 1/4", "two 2/4"]);
    expect(notes.filter((note) => note.startsWith("run"))).toHaveLength(2);
    expect(names.size).toBe(0);
  });

  test("what a backend throws comes through, and everything is freed", async () => {
    const { backend, names } = noted();
    const failing = { ...backend, run: () => Promise.reject(new Error("out of order")) };
    const program = new Program(failing);
    program.read(scale(program.input(three, [3], "x"), 2), () => {});
    program.finish();
    await expect(execute(program)).rejects.toThrow("out of order");
    expect(names.size).toBe(0);
  });

  test("a value that was freed cannot be used", async () => {
    const { backend } = noted();
    const program = new Program(backend);
    const x = program.input(three, [3], "x");
    let inside: LazyTensor | undefined;
    program.stage("first", () => {
      inside = scale(x, 2);
      return [];
    });
    program.read(inside!, () => {});
    program.finish();
    await expect(execute(program)).rejects.toThrow(ShapeError);
    await expect(execute(program)).rejects.toThrow(
      "scale (3): used before it was computed, or after it was freed",
    );
  });

  test("a stage's result under another shape is kept", async () => {
    const { backend, names } = noted();
    const program = new Program(backend);
    const results: number[][] = [];
    const x = program.input(three, [3], "x");
    const [column] = program.stage("first", () => [reshape(scale(x, 2), [3, 1])]);
    program.read(add(column, column), toArray(results));
    program.finish();
    await execute(program);
    expect(results).toEqual([[4, 8, 12]]);
    expect(names.size).toBe(0);
  });
});
