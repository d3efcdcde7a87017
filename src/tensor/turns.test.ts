import { describe, expect, test } from "vitest";
import { reference } from "../backends/reference/reference.ts";
import type { Backend } from "./backend.ts";
import { execute } from "./execute.ts";
import { add } from "./operations.ts";
import { Program } from "./program.ts";
import { limitTurns } from "./turns.ts";

/** A backend that says what is allocated, and whose work goes on when a test lets it. */
function held() {
  const inner = reference();
  const gates: (() => void)[] = [];
  const seen = { uploads: 0, runs: 0 };
  const backend: Backend = {
    ...inner,
    upload(...given) {
      seen.uploads += 1;
      return inner.upload(...given);
    },
    async run(...given) {
      seen.runs += 1;
      await new Promise<void>((resolve) => gates.push(resolve));
      return inner.run(...given);
    },
  };
  const open = async () => {
    while (gates.length > 0) {
      gates.shift()!();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { backend, seen, open };
}

/** 1 + n, through a function where one is given. */
function program(backend: Backend, n: number, change?: () => Promise<void>) {
  const recorded = new Program(backend);
  const one = recorded.input(Float32Array.of(1), [1], "one");
  const more = recorded.input(Float32Array.of(n), [1], "n");
  const sum = add(one, more);
  const changed = change
    ? recorded.change(
        sum,
        async (tensor) => {
          await change();
          return tensor;
        },
        "changed",
      )
    : sum;
  let result: number | undefined;
  recorded.read(changed, (tensor) => {
    result = tensor.data[0];
  });
  recorded.finish();
  return { recorded, result: () => result };
}

describe("programs of a backend take turns", () => {
  test("so many at once, in the order they came; who waits takes no memory", async () => {
    const { backend, seen, open } = held();
    limitTurns(backend, 2);
    const ended: number[] = [];
    const runs = [1, 2, 3, 4, 5].map(async (n) => {
      const { recorded, result } = program(backend, n);
      await execute(recorded);
      ended.push(n);
      return result();
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual({ uploads: 4, runs: 2 });
    await open();
    expect(await Promise.all(runs)).toEqual([2, 3, 4, 5, 6]);
    expect(ended).toEqual([1, 2, 3, 4, 5]);
    await backend.dispose();
  });

  test("one that waits and is aborted ends at once, and its place goes to the next", async () => {
    const { backend, seen, open } = held();
    limitTurns(backend, 1);
    const stop = new AbortController();
    const first = execute(program(backend, 1).recorded);
    const aborted = Array.from({ length: 20 }, (_, n) =>
      execute(program(backend, n).recorded, { signal: stop.signal }),
    );
    const last = program(backend, 9);
    const lastRun = execute(last.recorded);
    stop.abort(new Error("enough"));
    for (const run of aborted) await expect(run).rejects.toThrow("enough");
    expect(seen.runs).toBe(1);
    await open();
    await first;
    await open();
    await lastRun;
    expect(last.result()).toBe(10);
    expect(seen).toEqual({ uploads: 4, runs: 2 });
    await backend.dispose();
  });

  test("a function of a patch may run another program: its own waits meanwhile without a turn", async () => {
    const backend = reference();
    limitTurns(backend, 1);
    const inner = program(backend, 5);
    const outer = program(backend, 1, () => execute(inner.recorded));
    await execute(outer.recorded);
    expect([outer.result(), inner.result()]).toEqual([2, 6]);
    await backend.dispose();
  });

  test("a program that fails gives its turn back", async () => {
    const backend = reference();
    limitTurns(backend, 1);
    const failing = program(backend, 1, () => Promise.reject(new Error("no")));
    await expect(execute(failing.recorded)).rejects.toThrow("no");
    const next = program(backend, 2);
    await execute(next.recorded);
    expect(next.result()).toBe(3);
    await backend.dispose();
  });
});
