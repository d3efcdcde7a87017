import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Intervention } from "../../src/analysis/interventions/intervention.ts";
import {
  metricReads,
  metricValue,
  resolveMetric,
} from "../../src/analysis/interventions/metric.ts";
import { patchesOf } from "../../src/analysis/interventions/patches-of.ts";
import { runRows } from "../../src/analysis/interventions/run-rows.ts";
import { Subject } from "../../src/analysis/interventions/subject.ts";
import { cosine } from "../../src/analysis/linear/vectors.ts";
import { load } from "../../src/load.node.ts";
import type { Patch } from "../../src/probe/patch.ts";
import { goldenFolder } from "../support/small-models.ts";

interface Case {
  readonly intervention: Intervention;
  readonly final: readonly (readonly number[])[];
}

interface Golden {
  readonly text: readonly number[];
  readonly shown: readonly number[];
  readonly models: Readonly<
    Record<
      string,
      {
        readonly clean: readonly (readonly number[])[];
        readonly cases: readonly Case[];
      }
    >
  >;
  readonly two: {
    readonly name: string;
    readonly decoder: readonly number[];
    readonly shown: readonly number[];
    readonly clean: readonly (readonly number[])[];
    readonly cases: readonly Case[];
  };
}

const golden: Golden = JSON.parse(
  readFileSync(new URL("../golden/interventions.json", import.meta.url), "utf8"),
);

const farthest = (a: ArrayLike<number>, b: readonly number[]) =>
  b.reduce((most, value, n) => Math.max(most, Math.abs(value - a[n]!)), 0);

describe.each(Object.entries(golden.models))(
  "interventions on %s are PyTorch's",
  (name, recorded) => {
    test("case by case, in one batch", async () => {
      const model = await load(goldenFolder(name));
      const subject = new Subject(model, [[...golden.text]]);
      const lists: Patch[][] = [];
      for (const { intervention } of recorded.cases)
        lists.push(await patchesOf(subject, [intervention]));
      const clean = await subject.clean(["final"]);
      expect(
        farthest(clean.trace.part("final", [[0], golden.shown]).data, recorded.clean.flat()),
      ).toBeLessThan(1e-5);
      for await (const { index, trace, row } of runRows(model, clean, lists, ["final"])) {
        const { data } = trace.part("final", [[row], golden.shown]);
        const { intervention, final } = recorded.cases[index]!;
        const said = JSON.stringify(intervention);
        expect(farthest(data, final.flat()), said).toBeLessThan(1e-5);
        expect(farthest(data, recorded.clean.flat()), `${said} changes something`).toBeGreaterThan(
          1e-4,
        );
      }
      await model.dispose();
    });
  },
);

test("interventions on the stacks of an encoder-decoder are PyTorch's, and the decoder's vectors follow them", async () => {
  const { name, decoder, shown, clean: before, cases } = golden.two;
  const model = await load(goldenFolder(name));
  const subject = new Subject(model, { ids: [[...golden.text]], decoderIds: [[...decoder]] });
  const lists: Patch[][] = [];
  for (const { intervention } of cases) lists.push(await patchesOf(subject, [intervention]));
  const site = "decoder.final";
  const clean = await subject.clean([site]);
  expect(farthest(clean.trace.part(site, [[0], shown]).data, before.flat())).toBeLessThan(1e-5);
  const query = shown.at(-1)!;
  const own = await resolveMetric(subject, { kind: "wordCosine", word: query, stack: "decoder" });
  const encoders = await resolveMetric(subject, { kind: "sentenceCosine" });
  const reads = [{ site }, ...metricReads([own, encoders])];
  for await (const { index, trace, row } of runRows(model, clean, lists, () => reads)) {
    const { intervention, final } = cases[index]!;
    const said = JSON.stringify(intervention);
    const { data } = trace.part(site, [[row], shown]);
    expect(farthest(data, final.flat()), said).toBeLessThan(1e-5);
    expect(farthest(data, before.flat()), `${said} changes something`).toBeGreaterThan(1e-4);
    expect(metricValue(own, trace, row), said).toBeCloseTo(
      cosine(before.at(-1)!, final.at(-1)!),
      5,
    );
    const isEncoders = intervention.stack === "encoder";
    expect(metricValue(encoders, trace, row) < 1 - 1e-9, said).toBe(isEncoders);
  }
  await model.dispose();
});
