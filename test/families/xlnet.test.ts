import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { saliency } from "../../src/analysis/gradients/saliency.ts";
import { Subject } from "../../src/analysis/interventions/subject.ts";
import { reference } from "../../src/backends/reference/reference.ts";
import type { Model } from "../../src/model.ts";
import type { Patch } from "../../src/probe/patch.ts";
import { Tensor } from "../../src/tensor/tensor.ts";
import { randomModel } from "../support/random-model.ts";

const small = {
  model_type: "xlnet",
  architectures: ["XLNetLMHeadModel"],
  vocab_size: 30,
  d_model: 16,
  n_head: 2,
  n_layer: 2,
  d_inner: 24,
};
const input = {
  ids: [
    [7, 9, 11, 13, 8, 21, 6],
    [5, 5, 17, 9, 20, 12, 6],
  ],
  mask: [
    [1, 1, 1, 1, 1, 1, 1],
    [0, 0, 1, 1, 1, 1, 1],
  ],
  types: [
    [0, 0, 0, 1, 1, 1, 2],
    [3, 3, 0, 0, 1, 1, 2],
  ],
};
const metricForm = (index: number) =>
  ({ form: "sum", of: "logProbabilities", terms: [{ index, weight: 1 }] }) as const;
const open = (changes: object = {}) => randomModel({ ...small, ...changes }, reference());

describe("scores", () => {
  let model: Model;
  beforeAll(async () => {
    model = await open();
  });
  afterAll(() => model?.dispose());

  test("are the sum of content, distance and segment where a query looks", async () => {
    const parts = ["content", "position", "bias"].map((part) => `layers.1.scores.${part}`);
    const { trace } = await model.run(input, { read: [...parts, "layers.1.scores"] });
    const scores = trace.get("layers.1.scores");
    for (const [place, score] of scores.data.entries()) {
      const total = parts.reduce((sum, part) => sum + trace.get(part).data[place]!, 0);
      if (score !== -Infinity) expect(score).toBeCloseTo(total, 5);
    }
    expect(scores.at(1, 0, 5, 1)).toBe(-Infinity);
    // Padding is hidden from all but itself.
    expect(scores.at(1, 0, 1, 1)).toBeGreaterThan(-Infinity);
  });

  test("the segment part is one number for keys of the query's kind and one for others", async () => {
    const { trace } = await model.run(input, { read: ["layers.0.scores.bias"] });
    const row = trace.get("layers.0.scores.bias").select(0, 1, 4).data;
    expect(new Set(row.slice(0, 3)).size).toBe(1);
    for (const key of [3, 4, 5]) expect(row[key]).toBeCloseTo(row[3]!, 6);
    expect(row[6]).toBeCloseTo(row[0]!, 6);
    expect(Math.abs(row[3]! - row[0]!)).toBeGreaterThan(1e-4);
  });

  test("reading the parts changes nothing", async () => {
    const plain = await model.run(input, { read: ["final"] });
    const opened = await model.run(input, { read: [...model.sites.keys()] });
    for (const [place, value] of plain.trace.get("final").data.entries())
      expect(opened.trace.get("final").data[place]).toBeCloseTo(value, 5);
  });

  test.each([
    { site: "layers.0.q", query: 4, add: 1 },
    { site: "layers.0.scores.content", query: 4, key: 3, add: 1 },
    { site: "layers.0.scores.position", query: 4, key: 3, add: 1 },
    { site: "layers.0.scores.bias", query: 4, key: 3, add: 1 },
    { site: "layers.0.scores", query: 4, key: 3, cut: true },
    { site: "layers.0.weights", query: 4, key: 3, set: 0 },
  ] as readonly Patch[])("a patch of $site changes its query's row alone", async (patch) => {
    const read = ["layers.0.mixed"];
    const plain = (await model.run(input, { read })).trace.get("layers.0.mixed");
    const after = (await model.run(input, { read, patch: [patch] })).trace.get("layers.0.mixed");
    for (let t = 0; t < 7; t++)
      for (let d = 0; d < 8; d++) {
        const difference = Math.abs(plain.at(0, 1, t, d) - after.at(0, 1, t, d));
        if (t !== 4) expect(difference).toBeLessThan(1e-6);
        else if (d === 0) expect(difference).toBeGreaterThan(0);
      }
  });

  test("without types the segment part is 0, and can still be patched", async () => {
    const { ids } = input;
    const plain = await model.run({ ids }, { read: ["layers.0.scores.bias", "final"] });
    expect(new Set(plain.trace.get("layers.0.scores.bias").data)).toEqual(new Set([0]));
    const patch: Patch[] = [{ site: "layers.0.scores.bias", query: 2, key: 3, add: 2 }];
    const patched = await model.run({ ids }, { read: ["final"], patch });
    expect(patched.trace.get("final").data).not.toEqual(plain.trace.get("final").data);
  });

  test("left padding has no effect", async () => {
    const read = ["final"];
    const { trace } = await model.run(input, { read });
    const alone = await model.run(
      { ids: [input.ids[1]!.slice(2)], types: [[0, 0, 1, 1, 2]] },
      { read },
    );
    const expected = trace
      .get("final")
      .select(1)
      .data.slice(2 * 16);
    for (const [place, value] of alone.trace.get("final").data.entries())
      expect(value).toBeCloseTo(expected[place]!, 5);
  });
});

describe("targets", () => {
  // Token 4 is to be predicted: nobody sees what stands there, not even its target.
  const T = 6;
  const hidden = new Tensor(
    [1, T, T],
    Float32Array.from({ length: T * T }, (_, n) => +(n % T === 4)),
  );
  const mapping = new Tensor(
    [1, 1, T],
    Float32Array.from({ length: T }, (_, t) => +(t === 4)),
  );
  const asked = (id: number) => ({
    ids: [[7, 9, 11, 13, id, 8]],
    permMask: hidden,
    targetMapping: mapping,
  });

  test("are predicted without their own content, one row of logits each", async () => {
    const model = await open();
    const read = ["logits", "layers.1.targets.{weights,residual}", "layers.1.weights"];
    const one = (await model.run(asked(21), { read })).trace;
    const other = (await model.run(asked(22), { read })).trace;
    expect(one.get("logits").shape).toEqual([1, 1, 30]);
    expect(one.get("logits").data).toEqual(other.get("logits").data);
    expect(one.get("layers.1.targets.residual").shape).toEqual([1, 1, 16]);
    const weights = one.get("layers.1.targets.weights");
    expect(weights.at(0, 0, 4, 4)).toBe(0);
    expect(weights.select(0, 0, 4).data.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    // The text's own stream sees itself all the same.
    expect(one.get("layers.1.weights").at(0, 0, 4, 4)).toBeGreaterThan(0);
  });

  test("look at the text's keys and values, patched ones too", async () => {
    const model = await open();
    const logits = async (patch: Patch[]) =>
      (await model.run(asked(21), { patch })).output.logits!.data;
    const plain = await logits([]);
    for (const patch of [
      { site: "layers.1.v", key: 2, zero: true },
      { site: "layers.1.targets.scores", query: 4, key: 2, cut: true },
      { site: "layers.0.targets.q", query: 4, add: 1 },
    ] as const)
      expect(await logits([patch]), patch.site).not.toEqual(plain);
    // Queries of tokens that are no targets lead nowhere.
    expect(await logits([{ site: "layers.1.targets.q", query: 3, add: 1 }])).toEqual(plain);
  });

  test("are what a metric is of: their predictions have slopes by every token they see", async () => {
    const model = await open();
    const subject = new Subject(model, asked(21));
    const metric = { kind: "logProbability", token: 5 } as const;
    const { value, sides, name } = await saliency(subject, metric);
    expect(name).toContain(" at #21");
    const { logits } = (await model.run(asked(21))).output;
    const row = logits!.select(0, 0).data;
    const most = Math.max(...row);
    const sum = row.reduce((all, logit) => all + Math.exp(logit - most), 0);
    expect(value).toBeCloseTo(row[5]! - most - Math.log(sum), 5);
    expect(sides[0]!.tokens).toHaveLength(T);
    const slopes = [...sides[0]!.values];
    expect(slopes[4]).toBe(0);
    expect(slopes.filter((slope) => slope > 0)).toHaveLength(T - 1);
    // Gradients go through the targets' own stream, layer by layer.
    const of = { site: "logits", places: [0], form: metricForm(5) };
    const at = ["layers.0.targets.residual", "layers.1.targets.weights", "layers.1.residual"];
    const { trace } = await model.run(asked(21), { gradient: { of, at } });
    expect(trace.get(`${at[0]}.gradient`).data.some((slope) => slope !== 0)).toBe(true);
    expect(trace.get(`${at[1]}.gradient`).shape).toEqual([1, 2, T, T]);
    expect(trace.get(`${at[2]}.gradient`).data.every((slope) => slope === 0)).toBe(true);
    await model.dispose();
  });

  test("are there after an earlier run too", async () => {
    const model = await open();
    const patch: Patch[] = [{ site: "layers.1.v", zero: true }];
    const first = await model.run(asked(21), { reusable: true });
    const second = await model.run(asked(21), { patch, after: first });
    const anew = await model.run(asked(21), { patch });
    expect(second.output.logits!.data).toEqual(anew.output.logits!.data);
  });
});

test("one token alone", async () => {
  const model = await open();
  const { trace } = await model.run([[7]], { read: ["layers.0.weights"] });
  expect([...trace.get("layers.0.weights").data]).toEqual([1, 1]);
});

describe("what is refused, by name", () => {
  test("memories, and nested lists in a tensor's place", async () => {
    const model = await open();
    const mems = [[[0]]];
    await expect(model.run({ ids: [[7]], mems } as never)).rejects.toThrow(
      'random weights: the input has "mems", which heed does not take. It knows ids, mask,',
    );
    await expect(model.run({ ids: [[7]], permMask: [[[0]]] } as never)).rejects.toThrow(
      "permMask must be a Tensor",
    );
  });

  test("states of an encoder from elsewhere, with what to do", async () => {
    const model = await open();
    for (const name of ["encoder_hidden_states", "encoderHiddenStates", "encoderOutputs"])
      await expect(model.run({ ids: [[7]], [name]: [[[0]]] } as never)).rejects.toThrow(
        `the input has "${name}", and heed takes no states of an encoder from outside: a decoder looks at an encoder of its own model. Save both as one`,
      );
  });

  test("positions, and a permMask or targetMapping of another shape", async () => {
    const model = await open();
    const ids = [[7, 8]];
    const wide = new Tensor([1, 1, 3], new Float32Array(3));
    await expect(model.run({ ids, targetMapping: wide })).rejects.toThrow(
      "xlnet: targetMapping is (1, 1, 3), it must be (1, targets, 2): text, target, token",
    );
    await expect(model.run({ ids, positions: [[0, 1]] })).rejects.toThrow(
      /has positions, which this model does not read/,
    );
    const flat = new Tensor([2, 2], new Float32Array(4));
    await expect(model.run({ ids, permMask: flat })).rejects.toThrow(
      "xlnet: permMask is (2, 2), it must be (1, 2, 2): text, query, key",
    );
  });

  test.each([
    [{ attn_type: "tri" }, /attn_type must be "bi" or "uni"/],
    [{ d_head: 4 }, "d_head=4, but d_model / n_head = 16 / 2 = 8"],
    [{ architectures: ["XLNetForQuestionAnswering"], start_n_top: 0 }, /start_n_top/],
    [
      { architectures: ["XLNetForSequenceClassification"], summary_type: "attn" },
      'summary_type="attn". known are last, first, mean and cls_index',
    ],
  ] as const)("%o", async (changes, message) => {
    await expect(open(changes)).rejects.toThrow(message);
  });
});
