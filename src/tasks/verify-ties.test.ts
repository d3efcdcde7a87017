import { describe, expect, test } from "vitest";
import type { RecordedTrace, TraceTensor } from "../checkpoint/trace-file.ts";
import { Tensor } from "../tensor/tensor.ts";
import { verifyTrace } from "./verify.ts";
import { withoutTies } from "./verify-ties.ts";

/** One text of four tokens, two starts, two ends of each; the last two tokens are padding, as likely as one another. */
const numbers = {
  startLogits: [
    [1, 4],
    [1, 3, 2, 2],
  ],
  startTopIndices: [
    [1, 2],
    [1, 2],
  ],
  // Of the second start the first two ends are alike.
  endLogits: [
    [1, 2, 4],
    [5, 4, 0, 0, 3, 3, 1, 0],
  ],
  endTopIndices: [
    [1, 4],
    [0, 0, 1, 1],
  ],
  endTopProbabilities: [
    [1, 4],
    [0.7, 0.4, 0.2, 0.4],
  ],
} as const;

type Name = keyof typeof numbers;

function traces(changes: Partial<Record<Name, readonly number[]>>) {
  const names = Object.keys(numbers) as Name[];
  const recorded = new Map(
    names.map((name): [string, TraceTensor] => {
      const [shape, data] = numbers[name];
      return [name, { type: "F32", shape, data: Float32Array.from(data) }];
    }),
  );
  const own = new Map(
    names.map((name) => {
      const [shape, data] = numbers[name];
      return [name, new Tensor(shape, Float32Array.from(changes[name] ?? data))] as const;
    }),
  );
  return { recorded, own };
}

function laid(changes: Partial<Record<Name, readonly number[]>>) {
  const { recorded, own } = traces(changes);
  const { tensors, ties } = withoutTies(own, recorded, 1e-4);
  const data = Object.fromEntries([...tensors].map(([name, t]) => [name, Array.from(t.data)]));
  return { data, ties: Object.fromEntries(ties) };
}

const asRecorded = Object.fromEntries(
  Object.entries(numbers).map(([name, [, data]]) => [name, data.map(Math.fround)]),
);

describe("beams for answers", () => {
  test("without a tie are left as they are", () => {
    expect(laid({})).toEqual({ data: asRecorded, ties: {} });
  });

  test("an end that is as likely is a tie", () => {
    const { data, ties } = laid({ endTopIndices: [0, 1, 1, 0] });
    expect(data).toEqual(asRecorded);
    expect(ties).toEqual({ endTopIndices: 2 });
  });

  test("a start that is as likely is a tie, and what follows from it is not compared", () => {
    const changes = { startTopIndices: [1, 3], endLogits: [5, 4, 0, 0, 9, 9, 9, 9] };
    const { data, ties } = laid({ ...changes, endTopIndices: [0, 3, 1, 2] });
    expect(data).toEqual(asRecorded);
    expect(ties).toEqual({ startTopIndices: 1 });
  });

  test("another token that is less likely is a fault, of starts and of ends", () => {
    const start = laid({ startTopIndices: [1, 0] });
    expect(start.data.startTopIndices).toEqual([1, 0]);
    const end = laid({ endTopIndices: [2, 0, 1, 1] });
    expect(end.data.endTopIndices).toEqual([2, 0, 1, 1]);
    expect([start.ties, end.ties]).toEqual([{}, {}]);
  });

  test("starts that changed places take their ends with them", () => {
    const { recorded, own } = traces({
      startTopIndices: [2, 3],
      endLogits: [0, 0, 8, 8, 3, 3, 1, 0],
      endTopIndices: [2, 0, 3, 1],
      endTopProbabilities: [0.5, 0.4, 0.5, 0.4],
    });
    const swapped = new Map(recorded);
    const put = (name: Name, data: readonly number[]) =>
      swapped.set(name, { type: "F32", shape: numbers[name][0], data: Float32Array.from(data) });
    put("startLogits", [0, 0, 2, 2]);
    put("startTopIndices", [3, 2]);
    put("endLogits", [3, 3, 1, 0, 0, 0, 8, 8]);
    put("endTopIndices", [0, 2, 1, 3]);
    put("endTopProbabilities", [0.4, 0.5, 0.4, 0.5]);
    const { tensors, ties } = withoutTies(own, swapped, 1e-4);
    for (const [name, { data }] of swapped)
      if (name !== "startLogits")
        expect(Array.from(tensors.get(name)!.data), name).toEqual(Array.from(data));
    expect(Object.fromEntries(ties)).toEqual({ startTopIndices: 2 });
  });
});

describe("what is written greedily", () => {
  /** A model that gives token 2 behind everything, and finds 2 and 3 as likely behind token 1; recorded was [1, 3, 2]. */
  function writer(tied: number) {
    const logits = (ids: readonly number[]) =>
      ids.flatMap((id) => (id === 1 ? [0, 0, 5, tied] : [0, 0, 5, 0]));
    const sites = new Map([["logits", {}]]);
    return {
      config: {},
      label: "a writer",
      generates: true,
      sites,
      sitesOf: () => sites,
      async run({ ids: [row] }: { ids: number[][] }) {
        const tensor = new Tensor([1, row!.length, 4], Float32Array.from(logits(row!)));
        return { trace: { get: () => tensor }, output: { logits: tensor } };
      },
      generate: async () => ({ rows: [{ ids: [1, 2, 2] }] }),
    } as unknown as Parameters<typeof verifyTrace>[0];
  }
  const integers = (data: number[]): TraceTensor => ({
    type: "I64",
    shape: [1, data.length],
    data: Int32Array.from(data),
  });
  const recorded: RecordedTrace = {
    metadata: {},
    tensors: new Map([
      ["input.ids", integers([1])],
      ["input.prompt", integers([1])],
      ["generated.ids", integers([1, 3, 2])],
      ["logits", { type: "F32", shape: [1, 1, 4], data: Float32Array.from([0, 0, 5, 5]) }],
    ]),
  };

  test.each([
    [5, true],
    [4.9, false],
  ])("behind logits of 5 and %f another token is a tie: %s", async (tied, isTie) => {
    const written = (await verifyTrace(writer(tied), recorded)).find(
      ({ site }) => site === "generated.ids",
    );
    expect(written).toMatchObject(
      isTie
        ? { passed: true, difference: 0, tie: "token 1 is another, equally likely" }
        : { passed: false, difference: 1 },
    );
  });
});
