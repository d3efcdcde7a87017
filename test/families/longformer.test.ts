import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { reference } from "../../src/backends/reference/reference.ts";
import { load } from "../../src/load.node.ts";
import type { Model } from "../../src/model.ts";
import type { Patch } from "../../src/probe/patch.ts";
import { Banded } from "../../src/probe/sparse/banded.ts";
import type { Backend } from "../../src/tensor/backend.ts";
import { type Shape, sizeOf } from "../../src/tensor/shape.ts";
import type { NumberType, Storage } from "../../src/tensor/storage.ts";
import { Tensor } from "../../src/tensor/tensor.ts";
import { randomModel } from "../support/random-model.ts";

const small = {
  model_type: "longformer",
  architectures: ["LongformerModel"],
  vocab_size: 40,
  hidden_size: 16,
  num_attention_heads: 2,
  num_hidden_layers: 2,
  intermediate_size: 32,
  max_position_embeddings: 1100,
  attention_window: [8, 20],
};

function idsOf(length: number): number[] {
  return Array.from({ length }, (_, place) => 4 + ((place * 17) % 36));
}

function marks(length: number, ones: readonly number[]): number[] {
  return Array.from({ length }, (_, place) => (ones.includes(place) ? 1 : 0));
}

function expectAlike(got: Tensor, expected: Tensor): void {
  expect(got.shape).toEqual(expected.shape);
  let largest = 0;
  for (let i = 0; i < got.data.length; i++)
    if (got.data[i] !== expected.data[i])
      largest = Math.max(largest, Math.abs(got.data[i]! - expected.data[i]!));
  expect(largest).toBeLessThan(1e-5);
}

describe("windows of a text of several blocks", () => {
  const T = 205;
  // Text 0 has tokens 0 and 150 global, text 1 has 20 and ends after 180 tokens.
  const input = {
    ids: [idsOf(T), [...idsOf(180), ...new Array<number>(T - 180).fill(1)]],
    mask: [new Array<number>(T).fill(1), Array.from({ length: T }, (_, place) => +(place < 180))],
    globalMask: [marks(T, [0, 150]), marks(T, [20, 200])],
  };
  const read = ["layers.*.{q,scores,weights,mixed}", "layers.*.global.{q,k,v}", "final"];
  let model: Model;
  beforeAll(async () => {
    model = await randomModel(small, reference());
  });
  afterAll(() => model?.dispose());

  test("give what whole matrices give", async () => {
    const windows = await model.run(input, { read });
    // Whoever patches is given whole matrices; times 1 changes nothing.
    const whole = await model.run(input, { read, patch: [{ site: "layers.*.scores", scale: 1 }] });
    for (const site of windows.trace.sites)
      expectAlike(windows.trace.get(site), whole.trace.get(site));
    expect(windows.trace.kept("layers.0.scores")).toBeInstanceOf(Banded);
    expect(whole.trace.kept("layers.0.scores")).toBeInstanceOf(Tensor);
  });

  test("see the window, the global tokens, and nothing else; rows sum to 1, padding's to 0", async () => {
    const { trace } = await model.run(input, { read: ["layers.1.weights"] });
    const weights = trace.get("layers.1.weights");
    const globals = [[0, 150], [20]];
    for (let b = 0; b < 2; b++)
      for (let t = 0; t < T; t++) {
        let total = 0;
        for (let s = 0; s < T; s++) {
          const isReal = b === 0 || (t < 180 && s < 180);
          const isNear = Math.abs(t - s) <= 10 || [t, s].some((one) => globals[b]!.includes(one));
          const weight = weights.at(b, 1, t, s);
          expect(weight > 0, `${b} ${t} ${s}`).toBe(isReal && isNear);
          total += weight;
        }
        expect(total).toBeCloseTo(b === 1 && t >= 180 ? 0 : 1, 5);
      }
  });

  test("a read of a part holds the part alone", async () => {
    const part = { site: "layers.1.weights", head: 1, query: [150, 3] };
    const { trace } = await model.run(input, { read: [part, "layers.1.scores"] });
    expect(trace.get("layers.1.weights").shape).toEqual([2, 1, 2, T]);
    const whole = await model.run(input, { read: ["layers.1.weights"] });
    expectAlike(
      trace.get("layers.1.weights"),
      whole.trace.part("layers.1.weights", [undefined, [1], [150, 3]]),
    );
    expect(whole.weight("L1H1", 150, 3)).toBe(trace.get("layers.1.weights").at(0, 0, 0, 3));
  });

  test.each([
    ["q", { site: "layers.0.q", query: 100, add: 1 }, 100],
    ["k", { site: "layers.0.k", key: 100, add: 1 }, 96],
    ["v", { site: "layers.0.v", key: 100, zero: true }, 104],
    ["the query of a global token", { site: "layers.0.global.q", query: 0, add: 1 }, 0],
    ["a key of global attention", { site: "layers.0.global.k", key: 90, add: 1 }, 150],
    ["a value of global attention", { site: "layers.0.global.v", key: 90, zero: true }, 0],
    ["a score in the window", { site: "layers.0.scores", query: 60, key: 61, cut: true }, 60],
    ["a score outside of it", { site: "layers.0.scores", query: 60, key: 190, set: 9 }, 60],
    ["a weight outside of it", { site: "layers.0.weights", query: 60, key: 190, set: 1 }, 60],
    ["a global token's weight", { site: "layers.0.weights", query: 150, key: 9, set: 1 }, 150],
    ["the content of a score", { site: "layers.0.scores.content", query: 7, key: 7, add: 1 }, 7],
  ] as readonly (readonly [string, Patch, number])[])(
    "a patch of %s changes what its query mixes, and not what a far one does",
    async (_, patch, query) => {
      const read = ["layers.0.mixed"];
      const plain = (await model.run(input, { read })).trace.get("layers.0.mixed");
      const patched = (await model.run(input, { read, patch: [patch] })).trace.get(read[0]!);
      const difference = (t: number) =>
        Math.max(
          ...plain.select(0, 1, t).data.map((value, d) => Math.abs(value - patched.at(0, 1, t, d))),
        );
      expect(difference(query)).toBeGreaterThan(1e-4);
      expect(difference(30)).toBeLessThan(1e-6);
    },
  );

  test("padding to any length has no effect", async () => {
    const alone = await model.run({ ids: [idsOf(180)], globalMask: [marks(180, [20])] }, { read });
    const padded = await model.run(input, { read });
    const final = padded.trace.get("final").select(1);
    expectAlike(
      alone.trace.get("final").select(0),
      new Tensor([180, 16], final.data.slice(0, 180 * 16)),
    );
  });

  test("a later run comes after an earlier one, its bands taken along", async () => {
    const read = ["layers.*.weights", "final"];
    const patch: Patch[] = [{ site: "layers.1.v", zero: true }];
    const first = await model.run(input, { read, reusable: true });
    const second = await model.run(input, { read, patch, after: first });
    const anew = await model.run(input, { read, patch });
    for (const site of anew.trace.sites) expectAlike(second.trace.get(site), anew.trace.get(site));
    await expect(
      model.run({ ...input, globalMask: undefined }, { read, patch, after: first }),
    ).rejects.toThrow(/other inputs/);
  });

  test("without global tokens their sites are 0 and change nothing", async () => {
    const ids = [idsOf(30)];
    const plain = await model.run(ids, { read: ["final"] });
    const { trace } = await model.run(ids, { read: ["layers.0.global.{q,v}", "final"] });
    expect(new Set(trace.get("layers.0.global.q").data)).toEqual(new Set([0]));
    expect(trace.get("layers.0.global.v").shape).toEqual([1, 2, 30, 8]);
    expect(trace.get("final").data).toEqual(plain.trace.get("final").data);
  });
});

describe("what is refused", () => {
  const open = (changes: object) => randomModel({ ...small, ...changes }, reference());

  test("windows that are odd, or not one a layer", async () => {
    await expect(open({ attention_window: [8, 7] })).rejects.toThrow(
      /half of it lies on either side/,
    );
    await expect(open({ attention_window: [8] })).rejects.toThrow(
      "longformer: config.json says num_hidden_layers=2, attention_window lists 1 windows. It needs one a layer",
    );
  });

  test("a globalMask of other numbers", async () => {
    const model = await open({});
    await expect(model.run({ ids: [[5, 6]], globalMask: [[2, 0]] })).rejects.toThrow(
      /1 \(global\)/,
    );
  });

  test("a question that cannot be found", async () => {
    const model = await open({ architectures: ["LongformerForQuestionAnswering"] });
    await expect(model.run([[0, 5, 2, 6, 2]])).rejects.toThrow(
      /text 0 needs 3 separators \(id 2\), it has 2/,
    );
  });
});

/** A backend that computes nothing and counts the bytes a program holds. */
function counting(): Backend & { peak: number } {
  let held = 0;
  const bytes = ({ shape }: { readonly shape: Shape }) => 4 * sizeOf(shape);
  const hold = (type: NumberType, shape: Shape): Storage => {
    held += 4 * sizeOf(shape);
    counted.peak = Math.max(counted.peak, held);
    return { type, shape };
  };
  const counted = {
    name: "counting",
    computes: true,
    peak: 0,
    attends: () => true,
    parameter: async ({ shape }: { readonly shape: Shape }) => ({ type: "f32" as const, shape }),
    parameterRows: async () => new Float32Array(),
    allocate: hold,
    upload: (values: Float32Array | Int32Array, shape: Shape) =>
      hold(values instanceof Int32Array ? "i32" : "f32", shape),
    run: async () => {},
    download: async ({ shape }: Storage) => new Float32Array(sizeOf(shape)),
    release: (storage: Storage) => {
      held -= bytes(storage);
    },
    dispose: async () => {},
  };
  return counted;
}

describe("longformer-base-4096's shape", () => {
  const base = {
    model_type: "longformer",
    architectures: ["LongformerModel"],
    vocab_size: 50265,
    max_position_embeddings: 4098,
    type_vocab_size: 1,
    attention_window: 512,
  };
  const peakOf = async (T: number, read: readonly string[], layers = 12) => {
    const backend = counting();
    const model = await randomModel({ ...base, num_hidden_layers: layers }, backend);
    const { trace } = await model.run(
      { ids: [idsOf(T)], globalMask: [marks(T, [0, 7])] },
      { read, output: false },
    );
    return { peak: backend.peak, trace };
  };

  test("4,096 tokens hold less than 500 MB beside the weights, in proportion to the text", async () => {
    const long = await peakOf(4096, ["final"]);
    expect(long.peak).toBeLessThan(500e6);
    const short = await peakOf(2048, ["final"]);
    expect(long.peak / short.peak).toBeLessThan(2.1);
  });

  test("a layer's weights are kept in 101 MB instead of 805", async () => {
    const { peak, trace } = await peakOf(4096, ["layers.*.weights"], 2);
    expect(peak).toBeLessThan(500e6);
    const kept = trace.kept("layers.1.weights") as Banded;
    expect(kept.shape).toEqual([1, 12, 4096, 4096]);
    expect(kept.bytes).toBe(4 * 12 * 4096 * (2 + 513) + 4 * 12 * 2 * 4096);
  });
});

test("a text for a classifier has its first token global", async () => {
  const folder = fileURLToPath(new URL("../golden/longformer-classify", import.meta.url));
  const model = await load(folder, { backend: "reference" });
  const { trace } = await model.run([[5, 6, 7]], { read: ["layers.0.global.q"] });
  const q = trace.get("layers.0.global.q");
  expect(q.at(0, 0, 0, 0)).not.toBe(0);
  expect(q.at(0, 0, 1, 0)).toBe(0);
  await model.dispose();
});
