import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  checkExperiment,
  type Intervention,
  interventionSaid,
  patchesOf,
  runExperiment,
  Subject,
} from "../../src/analysis/index.ts";
import { load, type Model } from "../../src/index.ts";
import { goldenFolder } from "../support/small-models.ts";

const text = "The cat sat on the mat because it was tired.";

describe("a learned matrix is replaced by random numbers", () => {
  let model: Model;

  beforeAll(async () => {
    model = await load();
  });
  afterAll(() => model.dispose());

  const random = (matrix: "q" | "k" | "v", more = {}): Intervention => ({
    kind: "randomMatrix",
    heads: ["L3H1"],
    matrix,
    seed: 1,
    ...more,
  });

  async function changed(...changes: readonly Intervention[]) {
    const patch = await patchesOf(new Subject(model, text), changes);
    const read = ["q", "k", "v", "weights"].map((kind) => `layers.3.${kind}`);
    const { trace } = await model.run(text, { read, patch, output: false });
    const row = trace.row("layers.3.weights", { head: 1, query: 8 }).data;
    const of = (site: string, head: number) => {
      const { data, shape } = trace.get(`layers.3.${site}`);
      const size = shape[2]! * shape[3]!;
      return data.slice(head * size, (head + 1) * size);
    };
    return { row, of };
  }

  test("a random W^Q looks for nothing: the row goes flat, and other heads stay", async () => {
    const [before, flat] = [await changed(), await changed(random("q"))];
    expect(before.row[2]).toBeCloseTo(0.4915, 3);
    expect(Math.max(...flat.row)).toBeLessThan(0.2);
    expect(flat.row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
    expect(flat.of("q", 2)).toEqual(before.of("q", 2));
    expect(flat.of("k", 1)).toEqual(before.of("k", 1));
    expect(flat.of("v", 1)).toEqual(before.of("v", 1));
  });

  test("its numbers are normal, as the config says, and its x is what the layer is given", async () => {
    const { of } = await changed(random("q"));
    const run = await model.run(text, { read: ["layers.3.input"], output: false });
    const x = run.trace.get("layers.3.input").data.subarray(8 * 384, 9 * 384);
    const length = Math.hypot(...x);
    const q = of("q", 1).subarray(8 * 32, 9 * 32);
    const spread = Math.hypot(...q) / Math.sqrt(32) / length;
    expect(model.config.initializer_range).toBe(0.02);
    expect(spread).toBeGreaterThan(0.013);
    expect(spread).toBeLessThan(0.027);
  });

  test("a seed is its numbers, each head's its own, in whatever company", async () => {
    const one = (await changed(random("q"))).of("q", 1);
    expect((await changed(random("q"))).of("q", 1)).toEqual(one);
    const both = await changed(random("q", { heads: ["L3H1", "L3H4"] }));
    expect(both.of("q", 1)).toEqual(one);
    expect(both.of("q", 4)).not.toEqual(one);
    expect((await changed(random("q", { seed: 2 }))).of("q", 1)).not.toEqual(one);
  });

  test("keys and values too; what changed x before is heard", async () => {
    const before = await changed();
    const value = await changed(random("v"));
    expect(value.row).toEqual(before.row);
    expect(value.of("v", 1)).not.toEqual(before.of("v", 1));
    const key = await changed(random("k"));
    expect(Math.max(...key.row)).toBeLessThan(0.2);
    const silenced: Intervention = {
      kind: "ablateLayers",
      layers: [2],
      part: "both",
      by: "zero",
    };
    const [alone, behind] = [await changed(random("q")), await changed(silenced, random("q"))];
    expect(behind.of("q", 1)).not.toEqual(alone.of("q", 1));
  });

  test("is plain data, has controls in other heads, and is said", async () => {
    const change = random("q");
    const file = {
      heed: "experiment",
      version: 1,
      input: text,
      do: { kind: "patch", interventions: [change], controls: 3 },
      seed: 0,
    };
    const checked = checkExperiment(JSON.parse(JSON.stringify(file)), "a file");
    expect(checked.do).toEqual(file.do);
    expect(interventionSaid(change)).toBe("W^Q of L3H1 replaced by random numbers (seed 1)");
    const result = await runExperiment(new Subject(model, text), {
      do: { kind: "patch", interventions: [change], controls: 3 },
      word: 8,
      seed: 0,
    });
    expect(JSON.stringify(result)).toContain("other heads");
    expect(() =>
      checkExperiment(
        { ...file, do: { kind: "patch", interventions: [{ ...change, matrix: "o" }] } },
        "f",
      ),
    ).toThrow(/matrix/);
  });

  test("where queries are turned by their places they are refused, and values are not", async () => {
    const llama = await load(goldenFolder("llama-dynamic"));
    const subject = new Subject(llama, [[1, 2, 3]]);
    const of = (matrix: "q" | "v") =>
      patchesOf(subject, [{ ...random(matrix), heads: ["L0H1"] } as Intervention]);
    await expect(of("q")).rejects.toThrow(/turns queries and keys by their places/);
    expect(await of("v")).toHaveLength(1);
    await llama.dispose();
  });
});
