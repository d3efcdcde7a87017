import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attentionTimesGradient } from "../../src/analysis/gradients/attention-times-gradient.ts";
import {
  attributionPatching,
  predictedChanges,
  predictionAgreement,
} from "../../src/analysis/gradients/attribution-patching.ts";
import { headGradients, headImportance } from "../../src/analysis/gradients/head-importance.ts";
import { inputTimesGradient } from "../../src/analysis/gradients/input-times-gradient.ts";
import { integratedGradients } from "../../src/analysis/gradients/integrated-gradients.ts";
import { quadrature, quadratureRules } from "../../src/analysis/gradients/quadrature.ts";
import { relevance } from "../../src/analysis/gradients/relevance.ts";
import { saliency, saliencyNorms } from "../../src/analysis/gradients/saliency.ts";
import { type GridCell, gridCells, openGrid } from "../../src/analysis/interventions/grid.ts";
import type { Metric } from "../../src/analysis/interventions/metric.ts";
import { Subject } from "../../src/analysis/interventions/subject.ts";
import { readTrace } from "../../src/checkpoint/trace-file.ts";
import { load } from "../../src/load.node.ts";
import type { Model } from "../../src/model.ts";
import type { TensorInput } from "../../src/models/inputs.ts";
import { Tensor } from "../../src/tensor/tensor.ts";
import { goldenFolder } from "../support/small-models.ts";
import { bertWithWords } from "../support/text-models.ts";

interface Side {
  readonly l2: number[];
  readonly l1: number[];
  readonly max: number[];
  readonly times: number[];
}
type Golden = {
  readonly value: number;
  readonly inputs: { readonly ids?: number[][]; readonly decoderIds?: number[][] };
  readonly of: { readonly place: number | null; readonly token: number; readonly minus: number };
  readonly heads: Readonly<Record<string, number[]>>;
  readonly links: Readonly<Record<string, number[]>>;
  readonly relevance: Readonly<Record<string, number[]>>;
  readonly integrated?: { steps: number; baseline: "zero" | "mask"; values: number[] };
  readonly patching?: { ids: number[]; changes: Readonly<Record<string, number[]>> };
} & Readonly<Record<`${"" | "encoder." | "decoder."}embeddings`, Side>>;

const golden = JSON.parse(
  readFileSync(new URL("./attribution-golden.json", import.meta.url), "utf8"),
) as Readonly<Record<string, Golden>>;
const names = Object.keys(golden);

/** Beside the largest number of the list. */
const tolerance = 1e-4;

function expectClose(found: ArrayLike<number>, expected: readonly number[], what: string): void {
  expect(found.length, what).toBe(expected.length);
  const most = expected.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-6);
  const off = expected.reduce((a, b, n) => Math.max(a, Math.abs(b - found[n]!)), 0);
  expect(off, what).toBeLessThan(tolerance * most);
}

describe.each(names)("as PyTorch has them: %s", (name) => {
  const expected = golden[name]!;
  const { place, token, minus } = expected.of;
  const metric: Metric =
    place === null
      ? { kind: "class", label: token, minus }
      : { kind: "logit", token, minus, query: place };
  let model: Model;
  let subject: Subject;
  beforeAll(async () => {
    model = await (name === "bert-mlm" ? bertWithWords() : load(goldenFolder(name)));
    subject = new Subject(model, inputOf(name, expected));
  });
  afterAll(() => model.dispose());

  test("saliency and input × gradient", async () => {
    for (const norm of saliencyNorms) {
      const { value, sides } = await saliency(subject, metric, { norm });
      expect(value).toBeCloseTo(expected.value, 4);
      for (const { stack, values } of sides)
        expectClose(values, expected[siteOf(stack)][norm], `${norm} of ${stack ?? "tokens"}`);
    }
    for (const { stack, values } of (await inputTimesGradient(subject, metric)).sides)
      expectClose(values, expected[siteOf(stack)].times, `times of ${stack ?? "tokens"}`);
  });

  test("heads, by what they mix and by their weights", async () => {
    const sides = new Set(Object.keys(expected.heads).map(stackNamed));
    for (const stack of sides) {
      const { heads } = await headGradients(subject, metric, stack && { stack });
      const wanted = Object.keys(expected.heads)
        .filter((site) => stackNamed(site) === stack)
        .flatMap((site) => expected.heads[site]!);
      const values = heads.map(({ value }) => value);
      expectClose(values, wanted, `heads of ${stack ?? "layers"}`);
      const { maps } = await attentionTimesGradient(subject, metric, stack && { stack });
      const sums = heads.map((head) => maps.matrix(head).reduce((sum, value) => sum + value, 0));
      expectClose(sums, values, `links of ${stack ?? "layers"}, summed`);
      const first = Object.keys(expected.links).find((site) => stackNamed(site) === stack)!;
      const matrices = Array.from({ length: maps.heads }, (_, head) => [
        ...maps.matrix({ layer: 0, head }),
      ]);
      expectClose(matrices.flat(), expected.links[first]!, first);
    }
  });

  test("relevance by the rules of 2021", async () => {
    const found = await relevance(subject, metric);
    const last = found.sides.at(-1)!;
    expect(found.queries).toEqual([place ?? 0]);
    for (const { stack, values } of found.sides) {
      const wanted = [...expected.relevance[stack ?? ""]!];
      // Their rows have the identity still.
      if (stack === last.stack) wanted[place ?? 0]! -= 1;
      expectClose(values, wanted, stack ?? "tokens");
    }
  });

  test("integrated gradients, step by step", async ({ skip }) => {
    if (!expected.integrated) return skip("both sides move together: completeness below");
    const { steps, baseline, values } = expected.integrated;
    const options = { steps, baseline, tolerance: Number.POSITIVE_INFINITY };
    const [one] = (await integratedGradients(subject, metric, options)).sides;
    expectClose(one!.values, values, "values");
  });

  test("attribution patching", async ({ skip }) => {
    if (!expected.patching) return skip("of one model is enough");
    const { ids, changes } = expected.patching;
    const plan = {
      over: "headPositions",
      change: { kind: "transplant", from: { ids } },
    } as const;
    const { grid, cells } = await attributionPatching(subject, plan, [metric]);
    const found = cells.map(({ values }) => values[0]! - grid.metrics[0]!.clean);
    expectClose(found, Object.values(changes).flat(), "changes");
  });
});

describe("what holds of every model", () => {
  const metric = { kind: "logit", token: 11, minus: 3 } as const;
  const ids = [4, 9, 20, 7, 9];
  let model: Model;
  let subject: Subject;
  beforeAll(async () => {
    model = await load(goldenFolder("gpt2"));
    subject = new Subject(model, { ids: [ids] });
  });
  afterAll(() => model.dispose());

  test("integrated gradients add up, more closely with more steps, and are refused where they do not", async () => {
    const found = await integratedGradients(subject, metric, { baseline: { token: 0 } });
    const sum = found.sides[0]!.values.reduce((a, b) => a + b, 0);
    expect(sum).toBeCloseTo(found.value - found.baselineValue, 3);
    expect(Math.abs(found.delta)).toBeLessThan(1e-3);
    const zero = integratedGradients(subject, metric, { baseline: "zero", tolerance: 1e-3 });
    await expect(zero).rejects.toThrow("with 160 steps");
    const rough = integratedGradients(subject, metric, { baseline: "zero", steps: 1 });
    await expect(rough).rejects.toThrow(/off by .* Take more steps: 2; or another baseline/);
    for (const rule of quadratureRules) {
      const { places, shares } = quadrature(rule, 40);
      const square = places.reduce((sum, place, n) => sum + shares[n]! * place * place, 0);
      expect(square, rule).toBeCloseTo(1 / 3, rule === "right" ? 1 : 3);
    }
  });

  test("both sides of an encoder-decoder add up together", async () => {
    const t5 = await load(goldenFolder("t5-uneven"));
    const { inputs, of } = golden["t5-uneven"]!;
    const found = await integratedGradients(
      new Subject(t5, inputs),
      { kind: "logit", token: of.token, minus: of.minus, query: 3 },
      { baseline: { token: 1 }, steps: 64 },
    );
    const sum = found.sides.flatMap(({ values }) => [...values]).reduce((a, b) => a + b, 0);
    expect(found.sides.map(({ stack }) => stack)).toEqual(["encoder", "decoder"]);
    expect(sum - (found.value - found.baselineValue)).toBeCloseTo(found.delta, 9);
    await t5.dispose();
  });

  test("batches of steps change nothing, and a run gives the same again", async () => {
    const options = { baseline: "zero", steps: 6, tolerance: 1 } as const;
    const [all, alone, again] = [
      await integratedGradients(subject, metric, { ...options, rows: 6 }),
      await integratedGradients(subject, metric, { ...options, rows: 1 }),
      await integratedGradients(subject, metric, { ...options, rows: 6 }),
    ];
    expectClose(alone.sides[0]!.values, [...all.sides[0]!.values], "one by one");
    expect(again.sides[0]!.values).toEqual(all.sides[0]!.values);
  });

  test("a difference of metrics has the difference of their gradients", async () => {
    const parts = await Promise.all(
      [{ token: 11 }, { token: 3 }].map((one) => headGradients(subject, { kind: "logit", ...one })),
    );
    const both = await headGradients(subject, metric);
    const differences = parts[0]!.heads.map(({ value }, n) => value - parts[1]!.heads[n]!.value);
    expectClose(
      both.heads.map(({ value }) => value),
      differences,
      "heads",
    );
  });

  test("importance is the mean of each text's own absolute value", async () => {
    const texts = [];
    for (const row of [ids, [4, 13, 20, 8, 9]])
      texts.push(await headGradients(new Subject(model, { ids: [row] }), metric));
    const [a, b] = texts as [(typeof texts)[0], (typeof texts)[0]];
    const found = headImportance(texts);
    expect(found[1]!.importance).toBeCloseTo(
      (Math.abs(a.heads[1]!.value) + Math.abs(b.heads[1]!.value)) / 2,
      9,
    );
    const scaled = headImportance(texts, { scale: "layer" }).filter(({ layer }) => layer === 0);
    expect(scaled.reduce((sum, one) => sum + one.importance ** 2, 0)).toBeCloseTo(1, 6);
    expect(() => headImportance([])).toThrow("needs at least one text");
  });

  test("small changes come as foretold, and an exact grid lies beside", async () => {
    const before = await subject.clean(["layers.0.mixed"]);
    const { data, shape } = before.trace.get("layers.0.mixed");
    const patch = { site: "layers.0.mixed", head: [1], query: [2], scale: 0.999 } as const;
    const [[foretold]] = (await predictedChanges(subject, [[patch]], [metric])) as [[number]];
    const read = [{ site: "logits", query: [4] }];
    const run = await model.run({ ids: [ids] }, { read, patch: [patch] });
    const clean = await model.run({ ids: [ids] }, { read });
    const differenceOf = ({ trace }: typeof run) =>
      trace.getParts("logits")[0]!.data[11]! - trace.getParts("logits")[0]!.data[3]!;
    expect((differenceOf(run) - differenceOf(clean)) / foretold).toBeCloseTo(1, 1);
    const set = new Tensor([1, 1, 1, shape[3]!], data.slice(shape[3]! * 7, shape[3]! * 8));
    const itself = { site: "layers.0.mixed", head: [1], query: [2], set } as const;
    expect(await predictedChanges(subject, [[itself]], [metric])).toEqual([[0]]);
    const plan = {
      over: "heads",
      change: { kind: "transplant", from: { ids: [4, 13, 20, 8, 9] } },
    } as const;
    const foretoldGrid = await attributionPatching(subject, plan, [metric]);
    const cells: GridCell[] = [];
    for await (const cell of gridCells(subject, await openGrid(subject, plan, [metric])))
      cells.push(cell);
    const [agreement] = predictionAgreement(foretoldGrid, cells);
    expect(agreement!.correlation).toBeGreaterThan(0.5);
    expect(predictionAgreement(foretoldGrid, foretoldGrid.cells)[0]).toMatchObject({
      rankCorrelation: 1,
      missed: 0,
      shared: 1,
    });
    expect(() => predictionAgreement(foretoldGrid, cells.slice(1))).toThrow("not the same ones");
    const change = { site: "layers.0.mixed", change: (part: Tensor) => part } as const;
    await expect(predictedChanges(subject, [[change]], [metric])).rejects.toThrow(
      "is no difference of numbers",
    );
  });

  test("a cut is foretold by what it makes of the weights", async () => {
    const last = { head: [0], query: [4] } as const;
    const cut = { site: "layers.1.scores", ...last, key: [1], cut: true } as const;
    const { trace } = await subject.clean(["layers.1.weights"]);
    const weights = trace.get("layers.1.weights");
    const row = weights.data.slice(4 * 5, 5 * 5);
    const left = row.map((weight, key) => (key === 1 ? 0 : weight / (1 - row[1]!)));
    const set = { site: "layers.1.weights", ...last, set: new Tensor([1, 1, 1, 5], left) } as const;
    const [[ofCut], [ofWeights]] = (await predictedChanges(subject, [[cut], [set]], [metric])) as [
      [number],
      [number],
    ];
    expect(ofCut).toBeCloseTo(ofWeights, 5);
    expect(ofCut).not.toBeCloseTo(0, 3);
  });
});

describe("a run's gradients of a metric as experiments write it", () => {
  test("are those of the form it comes to, for texts and for tensors", async () => {
    const model = await bertWithWords();
    const of = { kind: "logProbability", token: "cat", minus: "dog" } as const;
    const at = ["layers.*.weights", "embeddings"];
    const named = await model.run("the [MASK] sat on mat", { gradient: { of, at } });
    const terms = [
      { index: 6, weight: 1 },
      { index: 16, weight: -1 },
    ];
    const form = { form: "sum", of: "logProbabilities", terms } as const;
    const ids = { ids: [[2, 5, 4, 7, 8, 9, 3]] };
    const plain = await model.run(ids, {
      gradient: { of: { site: "logits", places: [2], form }, at },
    });
    expect(named.metric).toBe(plain.metric);
    for (const site of ["layers.0.weights.gradient", "embeddings.gradient"])
      expect(named.trace.get(site).data).toEqual(plain.trace.get(site).data);
    const byIds = await model.run(ids, { gradient: { of, at: ["embeddings"] } });
    expect(byIds.metric).toBe(plain.metric);
    // A flat one has a slope where something is changed.
    const patch = [{ site: "layers.0.mixed", head: 0, zero: true }] as const;
    const cosine = { kind: "sentenceCosine" } as const;
    const changed = await model.run("the cat sat", {
      patch,
      gradient: { of: cosine, at: ["layers.1.mixed"] },
    });
    expect(changed.metric).toBeLessThan(1);
    expect(changed.trace.get("layers.1.mixed.gradient").data.some((value) => value !== 0)).toBe(
      true,
    );
    const flat = model.run("the cat sat", { gradient: { of: cosine, at: ["embeddings"] } });
    await expect(flat).rejects.toThrow("has no slope where nothing is changed");
    await model.dispose();
  });

  test("a cosine to another word or text has a slope, and integrated gradients one to itself", async () => {
    const words = await bertWithWords();
    const own = new Subject(words, "the cat sat because it was tired");
    const toCat = { kind: "wordCosine", word: "tired", to: "cat" } as const;
    const { value, sides, queries } = await relevance(own, toCat);
    expect(value).toBeLessThan(1);
    expect(queries).toEqual([7]);
    expect(sides[0]!.values.every((number) => number >= 0)).toBe(true);
    expect(sides[0]!.values.some((number) => number > 0)).toBe(true);
    const toText = { kind: "sentenceCosine", to: "the dog was tired" } as const;
    const { heads, name } = await headGradients(own, toText);
    expect(name).toBe('cosine of the sentence to "the dog was tired"');
    expect(heads.some((head) => head.value !== 0)).toBe(true);
    const toItself = await integratedGradients(own, { kind: "sentenceCosine" });
    expect(toItself.baseline).toBe("mask");
    expect(toItself.value).toBeCloseTo(1, 5);
    expect(Math.abs(toItself.delta)).toBeLessThan(0.05 * (1 - toItself.baselineValue));
    await words.dispose();
  });
});

describe("models without a head over words", () => {
  let model: Model;
  let subject: Subject;
  beforeAll(async () => {
    model = await load();
    subject = new Subject(model, "The cat was tired.");
  });
  afterAll(() => model.dispose());

  test("a cosine to itself is refused, with the ways out", async () => {
    const flat = saliency(subject, { kind: "sentenceCosine" });
    await expect(flat).rejects.toThrow(
      /gives no logits, and the cosine of the sentence's vector to itself has no slope.*Use to, another text.*or integrated gradients/,
    );
    const logits = saliency(subject, { kind: "logit", token: "cat" });
    await expect(logits).rejects.toThrow("gives no logits, only vectors");
  });

  test("a function is refused by its name, and before anything runs", async () => {
    const metric = {
      kind: "function",
      name: "mine",
      read: [{ site: "final" }],
      of: () => 1,
    } as const;
    await expect(saliency(subject, metric)).rejects.toThrow('the metric "mine" is a function');
    const run = model.run("The cat.", { gradient: { of: metric, at: ["embeddings"] } });
    await expect(run).rejects.toThrow('the metric "mine" is a function');
  });
});

function siteOf(stack: "encoder" | "decoder" | undefined): "embeddings" {
  return (stack === undefined ? "embeddings" : `${stack}.embeddings`) as "embeddings";
}

function stackNamed(site: string): "encoder" | "decoder" | "cross" | undefined {
  if (site.includes(".cross.")) return "cross";
  return /^(encoder|decoder)\./.exec(site)?.[1] as "encoder" | "decoder" | undefined;
}

function inputOf(name: string, { inputs }: Golden): TensorInput | string {
  if (name === "bert-mlm") return "the [MASK] sat on mat";
  if (inputs.ids) return inputs;
  const file = readFileSync(`${goldenFolder(name)}/trace.safetensors`);
  const { shape, data } = readTrace(file, name).tensors.get("input.pixels")!;
  const size = data.length / shape[0]!;
  return { pixels: new Tensor([1, ...shape.slice(1)], Float32Array.from(data).slice(0, size)) };
}
