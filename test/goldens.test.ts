import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readTrace } from "../src/checkpoint/trace-file.ts";
import { load } from "../src/load.node.ts";
import { modelTypes } from "../src/models/families.ts";
import type { Model } from "../src/models/model.ts";
import { recordedInput, verifyTrace } from "../src/models/verify.ts";

const homes = ["./golden", "../../shared/goldens"].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);
const cases = homes.filter(existsSync).flatMap((home) =>
  readdirSync(home)
    .map((name) => ({
      name,
      folder: join(home, name),
      place: join(home, name, "trace.safetensors"),
    }))
    .filter(({ place }) => existsSync(place)),
);

function modelTypeOf(folder: string): string {
  return JSON.parse(readFileSync(join(folder, "config.json"), "utf8")).model_type;
}

describe.each(cases)("$name", ({ folder, place }) => {
  const type = modelTypeOf(folder);
  if (!modelTypes.includes(type)) {
    test("runs", ({ skip }) => skip(`heed has no family ${type} yet`));
    return;
  }
  const recorded = readTrace(readFileSync(place), place);
  const input = recordedInput(recorded, place);
  let model: Model;
  const finals = () => [...model.sites.keys()].filter((name) => /(^|\.)final$/.test(name));
  beforeAll(async () => {
    model = await load(folder, { backend: "reference" });
  });
  afterAll(() => model?.dispose());

  test("every recorded site is as transformers computes it", async () => {
    const failed = (await verifyTrace(model, recorded)).filter(({ passed }) => !passed);
    expect(failed).toEqual([]);
  });

  test("every listed site can be read, and has the shape that is listed", async () => {
    const read = [...model.sites.keys()];
    const { trace } = await model.run(input, { read, output: false });
    for (const [name, { shape }] of model.sites) {
      const got = trace.get(name).shape;
      expect(got.length, name).toBe(shape.length);
      for (const [axis, size] of shape.entries())
        if (axis > 0 && typeof size === "number")
          expect(got[axis], `${name}, axis ${axis}`).toBe(size);
    }
  });

  test("reading changes nothing, and the heads' shares give the same output", async () => {
    const plain = await model.run(input, { read: finals() });
    const opened = await model.run(input, { read: [...model.sites.keys()] });
    for (const site of plain.trace.sites) {
      const { data } = opened.trace.get(site);
      const expected = plain.trace.get(site).data;
      const largest = Math.max(1, ...expected.map(Math.abs));
      expect(
        Math.max(...data.map((value, i) => Math.abs(value - expected[i]!))),
        site,
      ).toBeLessThan(1e-5 * largest);
    }
  });

  test("a patch at the last layer's weights changes what follows", async () => {
    const site = [...model.sites.keys()].filter((name) => name.endsWith(".weights")).at(-1)!;
    const plain = await model.run(input, { read: finals() });
    const patched = await model.run(input, {
      read: finals(),
      patch: [{ site, zero: true }],
    });
    const last = plain.trace.sites.at(-1)!;
    expect(patched.trace.get(last).data).not.toEqual(plain.trace.get(last).data);
  });
});
