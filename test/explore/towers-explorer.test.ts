import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { explorerOf, towersOf } from "../../src/explore/index.ts";
import { readImage } from "../../src/images/read-image.node.ts";
import { load } from "../../src/load.node.ts";

const home = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const file = home("images/type-2-depth-8.png");
const model = await load(home("towers/clip"), { backend: "reference" });
const explorer = explorerOf(model, { readImage });
const image = { image: "a.png" };
await explorer.keepImage("a.png", readFileSync(file));
afterAll(() => explorer.dispose());

test("each tower reads what is given, and its runs are asked about by their numbers", async () => {
  const seen = await explorer.see({ input: image });
  const read = await explorer.see({ input: "this is a cat" });
  expect(seen.picture).toBeDefined();
  expect(read.picture).toBeUndefined();
  expect(seen.run).not.toBe(read.run);
  const row = await explorer.rows(read.run, 1);
  expect(row.length).toBe(read.layers * read.heads * read.keys.length);
  const own = await model.tower("text").run("this is a cat", { read: ["layers.0.weights"] });
  const weights = await explorer.weights(read.run, { layer: 0, head: 1 });
  const T = read.keys.length;
  const expected = own.trace.get("layers.0.weights").data.slice(T * T, 2 * T * T);
  // What a text that is read forward cannot look at is no number.
  for (const [place, weight] of weights.entries())
    expect(Number.isNaN(weight) ? 0 : weight).toBeCloseTo(expected[place]!, 6);
  await expect(
    explorer.alike({ run: seen.run, tokens: [1] }, { run: read.run, tokens: [1] }),
  ).rejects.toThrow("no vectors of one space");
});

test("what changes in a tower is asked of it", async () => {
  const changes = [{ kind: "ablateHeads", heads: ["L0H1"], by: "zero" }] as const;
  const { stations } = await explorer.effect({ input: image, changes }, { word: 0, controls: 0 });
  expect(stations[0]!.kind).toBe("heads");
  expect(Number.isNaN(stations[0]!.cosine)).toBe(true);
});

test("texts fit a picture as the model's own pipeline says", async () => {
  const labels = ["a cat", "rain"];
  const { shares, cosines, isByItself } = await explorer.fits("a.png", labels);
  const { rows } = await model.zeroShotImages(await readImage(file), { labels, template: "{}" });
  for (const { label, score } of rows[0]!)
    expect(shares[labels.indexOf(label)]).toBeCloseTo(score, 6);
  const { vectors } = await model.embed([await readImage(file), ...labels], { normalize: true });
  const product = (a: number, b: number) =>
    vectors.select(a).data.reduce((sum, n, at) => sum + n * vectors.select(b).data[at]!, 0);
  expect(cosines[0]).toBeCloseTo(product(0, 1), 5);
  expect(cosines[1]).toBeCloseTo(product(0, 2), 5);
  expect(isByItself).toBe(false);
  await expect(explorer.fits("b.png", labels)).rejects.toThrow("Hand it over");
});

test("towers stand by themselves, and a model of one has none", async () => {
  const towers = towersOf(explorer)!;
  expect(towers.text.said.readsImages).toBe(false);
  expect(towers.vision.said.readsImages).toBe(true);
  expect((await towers.text.see({ input: "a cat" })).isCausal).toBe(true);
  const one = explorerOf(model.tower("text"));
  expect(towersOf(one)).toBeUndefined();
  await expect(one.fits("a.png", ["a cat"])).rejects.toThrow("one tower");
});
