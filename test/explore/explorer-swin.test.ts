import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { Explorer, exploredImageSource, firstOf, placeIn } from "../../src/explore/index.ts";
import { load, readImage } from "../../src/index.ts";
import { imageSource } from "../../src/views/page/elements.ts";

// Layers with patches of their own: windows, and neighbours that become one.

const folder = fileURLToPath(new URL("../golden/swin-padded", import.meta.url));
const bytes = await readFile(
  fileURLToPath(new URL("../tasks/image-vit/small.png", import.meta.url)),
);
const model = await load(folder);
const explorer = new Explorer(model, { readImage });
afterAll(() => explorer.dispose());
await explorer.keepImage("small.png", bytes);
const input = { image: "small.png" };
const picture = { name: "small.png", address: "blob:x", width: 20, height: 10 };

test("a picture is seen with the patches of each layer, and each layer's heads", async () => {
  const seen = await explorer.see({ input });
  const { rows, columns, ofLayers } = seen.picture!;
  expect([rows, columns]).toEqual([5, 7]);
  expect(ofLayers!.map(({ rows, columns, merged }) => [rows, columns, merged])).toEqual([
    [5, 7, 0],
    [5, 7, 0],
    [3, 4, 1],
    [3, 4, 1],
  ]);
  expect(seen.headsOf).toEqual([2, 2, 3, 3]);
  expect(seen.weights).toBeUndefined();
  const last = rows * columns - 1;
  expect(placeIn(seen.picture!, 2, last)).toBe(11);
  expect(firstOf(seen.picture!, 2, 11)).toBe(4 * 7 + 6);
});

test("a row is the layer's own, and what the window does not reach is NaN, never 0", async () => {
  const seen = await explorer.see({ input });
  const source = exploredImageSource(explorer, seen, picture);
  const { trace } = await model.run(await readImage(bytes), { read: ["layers.*.weights"] });
  for (const [layer, own] of [
    [1, 17],
    [3, 5],
  ] as const) {
    const row = await source.row({ layer, head: 1 }, 17);
    const whole = trace.row(`layers.${layer}.weights`, { head: 1, query: own }).data;
    expect(row.length).toBe(layer === 1 ? 35 : 12);
    expect(row.some(Number.isNaN)).toBe(true);
    for (const [key, weight] of row.entries())
      if (Number.isNaN(weight)) expect(whole[key]).toBe(0);
      else expect(weight).toBeCloseTo(whole[key]!, 6);
  }
});

test("a cut link is 0, what its window does not reach stays out of reach", async () => {
  const clean = await explorer.see({ input });
  const before = await explorer.rows(clean.run, 0);
  const S = clean.keys.length;
  const rowOf = (rows: Float32Array) => rows.subarray(3 * 3 * S, 3 * 3 * S + 12);
  const key = rowOf(before).findIndex((weight) => weight > 0);
  const changes = [{ kind: "cut", heads: ["L3H0"], query: 0, key } as const];
  const after = await explorer.rows((await explorer.see({ input, changes })).run, 0);
  expect(rowOf(after)[key]).toBe(0);
  expect(Array.from(rowOf(after), Number.isNaN)).toEqual(Array.from(rowOf(before), Number.isNaN));
});

test("one head is explained in its layer's own patches; what neighbours brought is not taken apart", async () => {
  const { run } = await explorer.see({ input });
  const explained = await explorer.explain(run, { head: "L2H0", word: "0,3" });
  expect(explained.query.text).toBe("0,3");
  expect(explained.answer[0]).toMatch(/In L2H0, "0,3" gives "\d,\d"/);
  expect(JSON.stringify(explained.steps.find(({ id }) => id === "sources"))).toContain(
    "neighbours became one",
  );
});

test("a head before neighbours become one is explained whole, its layer's own heads beside it", async () => {
  const { run } = await explorer.see({ input });
  const { answer, steps } = await explorer.explain(run, { head: "L1H1", word: "0,3" });
  expect(answer.join()).toMatch(/What is taken from "\d,\d" is -?\d+% of what this head writes/);
  expect(answer.join()).not.toContain("NaN");
  expect(steps.find(({ id }) => id === "joined")!.formula).toBe("2 heads × (3) → (6)");
  const sources = steps.find(({ id }) => id === "sources")!;
  expect(sources.leftOut).toBeUndefined();
  expect(JSON.stringify(sources.values)).toContain("L0H1");
});

test("words are followed to what they are merged into: alike, silenced, distance", async () => {
  const { run } = await explorer.see({ input });
  const same = await explorer.alike({ run, tokens: [0] }, { run, tokens: [1] });
  expect(same.length).toBe(6);
  expect(same[2]).toBeLessThan(0.9999);
  expect(same[3]).toBeCloseTo(1, 5);
  const silenced = await explorer.measure(run, "silenced", { query: 34 });
  expect(silenced[2]).toBeNaN();
  expect(silenced[11]).toBeLessThan(1);
  const far = await explorer.measure(run, "distance", { query: 34 });
  expect(Math.max(...[...far].filter((value) => !Number.isNaN(value)))).toBeLessThan(5);
});

test("windows alone, as a page carries them, answer what the run does", async () => {
  const seen = await explorer.see({ input });
  const live = exploredImageSource(explorer, seen, picture);
  const [area, places] = [4, Array.from({ length: 4 }, (_, key) => key)];
  const grid = { covered: { width: 1, height: 1 }, area, places };
  const source = imageSource({
    name: "two",
    model: { name: "two", layers: 2, heads: 2, tokens: 4 },
    image: { width: 2, height: 2, rgb: new Uint8Array(12) },
    leading: [],
    rows: 2,
    columns: 2,
    weights: [Float32Array.from({ length: 16 }, (_, place) => place / 16), Float32Array.of(1, 0.5)],
    windows: [
      { ...grid, rows: 2, columns: 2, merged: 0, heads: 1 },
      { ...grid, rows: 1, columns: 1, merged: 1, heads: 2, area: 1, places: [0] },
    ],
  });
  expect([...(source.row({ layer: 0, head: 0 }, 2) as Float32Array)]).toEqual([
    0.5, 0.5625, 0.625, 0.6875,
  ]);
  expect([...(source.row({ layer: 1, head: 1 }, 3) as Float32Array)]).toEqual([0.5]);
  expect([...(source.rows(1) as Float32Array)].slice(4, 8)).toEqual(Array(4).fill(Number.NaN));
  expect(live.headsOf).toEqual([2, 2, 3, 3]);
});
