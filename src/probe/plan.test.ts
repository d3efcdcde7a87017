import { describe, expect, test } from "vitest";
import { reference } from "../backends/reference/reference.ts";
import { execute } from "../tensor/execute.ts";
import { Program } from "../tensor/program.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Patch } from "./patch.ts";
import { type Read, RunPlan } from "./plan.ts";
import type { TextToken } from "./words.ts";

const token = (surface: string, startsWord = true): TextToken => ({
  id: 0,
  text: surface,
  surface,
  startsWord,
  special: false,
  start: 0,
  end: 0,
  word: 0,
  sequence: 0,
  type: 0,
});
const first = [token("Dogs"), token("run"), token("x")];
const second = [token("Do"), token("gs", false), token("run")];

/** One site reached with the numbers 0, 1, 2 … of this shape, under a plan. */
async function reach(
  site: string,
  shape: readonly number[],
  reads: readonly Read[],
  patches: readonly Patch[] = [],
  tokens = [first, second],
) {
  const plan = new RunPlan(reads, patches, { main: tokens });
  const program = new Program(reference());
  const size = shape.reduce((a, b) => a * b, 1);
  const value = program.input(
    Float32Array.from({ length: size }, (_, i) => i),
    shape,
    "value",
  );
  let result: Tensor | undefined;
  program.read(plan.reached(site, value, program), (tensor) => {
    result = tensor;
  });
  program.finish();
  await execute(program);
  return { plan, result: result! };
}

const shape = [2, 1, 3, 3];
const site = "layers.0.weights";

describe("reads of words in a batch", () => {
  test("one row below the other, each at its own place", async () => {
    const { plan } = await reach(site, shape, [{ site, query: "run" }]);
    const part = plan.trace.get(site);
    expect(part.shape).toEqual([2, 1, 1, 3]);
    expect([...part.data]).toEqual([3, 4, 5, 15, 16, 17]);
  });

  test("a word of more pieces in one text cannot be one tensor", async () => {
    await expect(reach(site, shape, [{ site, query: "dogs" }])).rejects.toThrow(
      "read 1: row 0 gives (1, 1, 1, 3), row 1 (1, 1, 2, 3): a word has more pieces in one text. Read rows apart with text",
    );
    const { plan } = await reach(site, shape, [
      { site, query: "dogs", text: 0 },
      { site, query: "dogs", text: 1 },
    ]);
    expect(plan.trace.getParts(site).map(({ shape }) => shape)).toEqual([
      [1, 1, 1, 3],
      [1, 1, 2, 3],
    ]);
  });
});

describe("what a part can name depends on the axes there are", () => {
  test("labels of a classifier are no tokens", async () => {
    await expect(reach("logits", [2, 3], [{ site: "logits", query: 0 }])).rejects.toThrow(
      "read 1: logits has axes B V, so no query can be chosen in it",
    );
    const { plan } = await reach("logits", [2, 3], [{ site: "logits", text: 1 }]);
    expect([...plan.trace.get("logits").data]).toEqual([3, 4, 5]);
  });

  test("key heads are chosen among key heads", async () => {
    await expect(
      reach("layers.0.k", [1, 2, 3, 1], [{ site: "layers.0.k", head: 2 }], [], [first]),
    ).rejects.toThrow("read 1, head: index 2, but there are 2: 0 to 1");
  });

  test("a site that no table knows is refused", async () => {
    await expect(reach("nowhere", [1], ["nowhere"])).rejects.toThrow(
      'read 1: "nowhere" is not in the table of sites',
    );
  });
});

test("several patches of one site apply one after the other in one step", async () => {
  const { result } = await reach(
    site,
    shape,
    [],
    [
      { site, add: 1 },
      { site: "layers.*.{weights,scores}", text: 0, scale: 2 },
      { site, text: 0, query: 0, set: [[7]] },
    ],
  );
  expect([...result.data.subarray(0, 9)]).toEqual([7, 7, 7, 8, 10, 12, 14, 16, 18]);
  expect([...result.data.subarray(9)]).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18]);
});

test("renormalize divides the rows that were touched by their sums, and leaves empty rows empty", async () => {
  const { result } = await reach(
    site,
    shape,
    [],
    [
      { site, text: 0, query: [0, 1], key: 2, set: 0, renormalize: true },
      { site, text: 1, query: 2, zero: true, renormalize: true },
    ],
  );
  const rounded = [...result.data].map((value) => Math.round(value * 1e6) / 1e6);
  expect(rounded.slice(0, 9)).toEqual([0, 1, 0, 0.428571, 0.571429, 0, 6, 7, 8]);
  expect(rounded.slice(9)).toEqual([9, 10, 11, 12, 13, 14, 0, 0, 0]);
});

test("a function gets a copy: what it does to it is lost", async () => {
  let seen: Tensor | undefined;
  const { result } = await reach(
    site,
    shape,
    [],
    [
      {
        site,
        change(part) {
          seen = part;
          part.data.fill(-1);
          return new Tensor(
            part.shape,
            Float32Array.from(part.data, () => 5),
          );
        },
      },
    ],
  );
  seen!.data.fill(9);
  expect(new Set(result.data)).toEqual(new Set([5]));
});
