import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { readTrace } from "../../src/checkpoint/trace-file.ts";
import { load } from "../../src/load.node.ts";
import { recordedInput } from "../../src/tasks/verify.ts";

const home = fileURLToPath(new URL("../golden", import.meta.url));
const recorded = readdirSync(home).filter((name) =>
  existsSync(`${home}/${name}/trace.safetensors`),
);

describe.each(recorded)("%s", async (name) => {
  const folder = `${home}/${name}`;
  const place = `${folder}/trace.safetensors`;
  const input = recordedInput(readTrace(readFileSync(place), place), place);
  const model = await load(folder, { backend: "reference" });
  const all = [...model.sites.keys()];
  const finals = all.filter((site) => /(^|\.)final$/.test(site));

  test("every listed site can be read in one run, and has the widths that are listed", async () => {
    const { trace } = await model.run(input, { read: all, output: false });
    for (const [site, { shape }] of model.sites) {
      const got = trace.get(site).shape;
      expect(got.length, site).toBe(shape.length);
      for (const [axis, size] of shape.entries())
        if (axis > 0 && typeof size === "number")
          expect(got[axis], `${site}, axis ${axis}`).toBe(size);
    }
  });

  test("reading everything, each head's share included, changes nothing", async () => {
    const plain = await model.run(input, { read: finals });
    const opened = await model.run(input, { read: all });
    for (const site of finals) {
      const expected = plain.trace.get(site).data;
      const got = opened.trace.get(site).data;
      const largest = Math.max(1, ...expected.map(Math.abs));
      const apart = Math.max(...got.map((value, i) => Math.abs(value - expected[i]!)));
      expect(apart, site).toBeLessThan(1e-5 * largest);
    }
  });

  test("the last layer's attention, put out, changes the final state", async () => {
    const last = all.filter((site) => site.endsWith(".weights")).at(-1)!;
    // Targets are computed in a stream of their own, beside the words'.
    const site = input.targetMapping ? last.replace(/weights$/, "targets.weights") : last;
    const read = [finals.at(-1)!];
    const plain = await model.run(input, { read });
    const patched = await model.run(input, { read, patch: [{ site, zero: true }] });
    expect(patched.trace.get(read[0]!).data).not.toEqual(plain.trace.get(read[0]!).data);
  });

  test("a kind of site is either listed or has its reason", () => {
    const reasons = [...model.absentSites.values()];
    expect(reasons.every((reason) => reason.length > 10)).toBe(true);
    const kinds = new Set([...model.sites.values()].map(({ kind }) => kind.name));
    for (const kind of model.absentSites.keys()) expect(kinds.has(kind)).toBe(false);
  });
});
