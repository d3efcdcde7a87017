import { afterAll, describe, expect, test } from "vitest";
import type { Intervention } from "../../src/analysis/interventions/intervention.ts";
import { patchesOf } from "../../src/analysis/interventions/patches-of.ts";
import { runRows } from "../../src/analysis/interventions/run-rows.ts";
import { headsIn, Subject, siteIn } from "../../src/analysis/interventions/subject.ts";
import { load } from "../../src/load.node.ts";
import type { Model } from "../../src/model.ts";
import type { RunInput } from "../../src/models/inputs.ts";
import type { Patch } from "../../src/probe/patch.ts";
import { Tensor } from "../../src/tensor/tensor.ts";
import { goldenFolder } from "../support/small-models.ts";

const ids = [7, 3, 9, 5, 11, 2, 3];
const pixels = (size: number) =>
  new Tensor(
    [1, 3, size, size],
    Float32Array.from({ length: 3 * size * size }, (_, i) => Math.sin(i)),
  );

/** One checkpoint of every family, and what it reads. */
const families: Readonly<Record<string, RunInput>> = {
  "bert-mlm": [ids],
  gpt2: [ids],
  "llama-dynamic": [ids],
  "gpt-neo-pattern": [ids],
  "distilbert-classify": [ids],
  "roberta-classify": [ids],
  "albert-groups": [ids],
  "mobilebert-full-width": [ids],
  "xlnet-classify": [ids],
  "longformer-windows": [[...ids, ...ids]],
  "t5-uneven": { ids: [ids], decoderIds: [[0, 5, 6, 7, 8]] },
  "t5-encoder": [ids],
  "vit-smaller": { pixels: pixels(8) },
};

const models = new Map<string, Promise<Model>>();
const open = (name: string) => {
  const known = models.get(name) ?? load(goldenFolder(name), { backend: "auto" });
  models.set(name, known);
  return known;
};
afterAll(async () => {
  for (const model of models.values()) await (await model).dispose();
});

async function finalOf(model: Model, subject: Subject, lists: readonly (readonly Patch[])[]) {
  const site = model.sites.has("decoder.final")
    ? "decoder.final"
    : model.sites.has("encoder.final")
      ? "encoder.final"
      : "final";
  const found: Float32Array[] = [];
  const clean = await subject.clean([site]);
  for await (const { index, trace, row } of runRows(model, clean, lists, [site], { rows: 4 }))
    found[index] = trace.part(site, [[row]]).data;
  return { clean: clean.trace.get(site).data, rows: found };
}

describe.each(Object.entries(families))("interventions on %s", (name, input) => {
  // The decoder of this one has two layers, its encoder one.
  const stack = name === "t5-uneven" ? "decoder" : "encoder";
  const samePlace: readonly Intervention[] = [
    {
      kind: "transplant",
      from: { ids: [] },
      site: "mixed",
      layers: [0, 1],
      heads: [1],
    },
    { kind: "transplant", from: { ids: [] }, site: "residual", layers: [0] },
    { kind: "transplant", from: { ids: [] }, site: "k", layers: [1] },
    { kind: "ablateHeads", heads: ["L0H1"], by: { resample: [{ ids: [] }] } },
    { kind: "ablateLayers", layers: [1], part: "both", by: { resample: [{ ids: [] }] } },
    { kind: "ablatePositions", query: 1, by: { resample: [{ ids: [] }] } },
    { kind: "steer", toward: [{ ids: [] }], away: [{ ids: [] }], layers: [0], scale: 3 },
    { kind: "path", from: { ids: [] }, senders: ["L0H1"], receivers: ["L1H0.q", "L1H1.v"] },
  ];

  test("an ablation of nothing, and taking from the same text, change nothing", async () => {
    const model = await open(name);
    const own = Array.isArray(input) ? { ids: input[0] } : { image: "own" };
    const image = input as never;
    const subject = new Subject(model, input, { openImage: async () => image });
    const lists: Patch[][] = [[]];
    for (const one of samePlace) {
      const written = JSON.stringify(one).replaceAll('{"ids":[]}', JSON.stringify(own));
      lists.push(await patchesOf(subject, [{ ...JSON.parse(written), stack } as Intervention]));
    }
    const { clean, rows } = await finalOf(model, subject, lists);
    expect(rows).toHaveLength(lists.length);
    for (const row of rows) expect(row).toEqual(clean);
  });

  test("a row of a batch is what a run of its own gives, bit for bit", async () => {
    const model = await open(name);
    const subject = new Subject(model, input);
    const interventions: Intervention[] = [
      { kind: "ablateHeads", heads: ["L1H0"], by: "zero" },
      { kind: "ablateHeads", heads: ["L0H0"], by: { mean: "text" }, query: [1, 2] },
      { kind: "ablateLayers", layers: [0], part: "mlp", by: "zero" },
      { kind: "cut", query: 3, key: 1, layers: [1] },
      { kind: "cut", query: [2, 3], key: 1, heads: ["L0H1"], how: "renormalized" },
      { kind: "cut", query: 3, key: 1, heads: ["L1H1"], by: { mean: "text" } },
      { kind: "ablatePositions", query: 2, layers: [0], by: "zero" },
    ];
    const lists: Patch[][] = [];
    for (const one of interventions) lists.push(await patchesOf(subject, [{ ...one, stack }]));
    const { clean, rows } = await finalOf(model, subject, lists);
    for (const [index, patch] of lists.entries()) {
      const alone = await finalOf(model, subject, [patch]);
      expect(rows[index]).toEqual(alone.rows[0]);
      expect(rows[index]).not.toEqual(clean);
    }
  });

  test("cutting before the softmax is cutting after it and renormalizing", async () => {
    const model = await open(name);
    const subject = new Subject(model, input);
    const cut = { kind: "cut", query: 4, key: [1, 3], heads: ["L0H0", "L1H1"], stack } as const;
    const lists = [
      await patchesOf(subject, [{ ...cut, how: "before" }]),
      await patchesOf(subject, [{ ...cut, how: "renormalized" }]),
    ];
    const { rows } = await finalOf(model, subject, lists);
    for (const [index, value] of rows[0]!.entries()) expect(rows[1]![index]).toBeCloseTo(value, 5);
  });

  test("all heads silenced one by one are as many rows, in the order asked", async () => {
    const model = await open(name);
    const subject = new Subject(model, input);
    const heads = headsIn(model, stack, 1);
    const lists: Patch[][] = [];
    for (let head = 0; head < heads; head++)
      lists.push(
        await patchesOf(subject, [
          { kind: "ablateHeads", heads: [`L1H${head}`], by: "zero", stack },
        ]),
      );
    const site = siteIn(model, stack, 1, "mixed");
    const clean = await subject.clean([site]);
    const seen: number[] = [];
    for await (const { index, trace, row } of runRows(model, clean, lists, [site])) {
      seen.push(index);
      const mixed = trace.part(site, [[row]]);
      for (let head = 0; head < heads; head++) {
        const zeros = mixed.select(0, head).data.every((value) => value === 0);
        expect(zeros).toBe(head === index);
      }
    }
    expect(seen.toSorted((a, b) => a - b)).toEqual([...lists.keys()]);
  });
});

test("hundreds of rows go into one batch where memory allows it, and none where it does not", async () => {
  const model = await open("gpt2");
  const subject = new Subject(model, [ids]);
  const patch = await patchesOf(subject, [{ kind: "ablateHeads", heads: ["L1H0"], by: "zero" }]);
  const clean = await subject.clean(["final"]);
  const lists = Array.from({ length: 300 }, (_, n) => (n % 2 === 0 ? patch : []));
  const progress: number[] = [];
  const onProgress = (done: number) => progress.push(done);
  const plain = clean.trace.get("final").data;
  for await (const { index, trace, row } of runRows(model, clean, lists, ["final"], {
    rows: 300,
    onProgress,
  }))
    expect(String(trace.part("final", [[row]]).data) === String(plain)).toBe(index % 2 === 1);
  expect(progress).toEqual([300]);
  await expect(runRows(model, clean, lists, ["final"], { memory: 1000 }).next()).rejects.toThrow(
    /one run of 7 tokens takes about 1 MiB, and 0 MiB are allowed/,
  );
  await expect(runRows(model, clean, lists, ["final"], { rows: 0 }).next()).rejects.toThrow(
    "rows: needs a whole number from 1, got 0",
  );
  await expect(
    runRows(model, clean, lists, ["final"], {
      signal: AbortSignal.abort(new Error("stop")),
    }).next(),
  ).rejects.toThrow("stop");
  await expect(new Subject(model, [ids, ids]).clean()).rejects.toThrow(
    "an experiment is on one text, and the input has 2",
  );
});
