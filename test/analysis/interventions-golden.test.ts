import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Intervention } from "../../src/analysis/interventions/intervention.ts";
import { patchesOf } from "../../src/analysis/interventions/patches-of.ts";
import { runRows } from "../../src/analysis/interventions/run-rows.ts";
import { Subject } from "../../src/analysis/interventions/subject.ts";
import { load } from "../../src/load.node.ts";
import type { Patch } from "../../src/probe/patch.ts";
import { goldenFolder } from "../support/small-models.ts";

interface Golden {
  readonly text: readonly number[];
  readonly shown: readonly number[];
  readonly models: Readonly<
    Record<
      string,
      {
        readonly clean: readonly (readonly number[])[];
        readonly cases: readonly {
          readonly intervention: Intervention;
          readonly final: readonly (readonly number[])[];
        }[];
      }
    >
  >;
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
