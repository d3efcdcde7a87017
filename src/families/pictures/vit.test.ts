import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readImage } from "../../images/read-image.node.ts";
import { load } from "../../load.node.ts";
import type { Model } from "../../model.ts";

const home = (path: string) => fileURLToPath(new URL(`../../../test/${path}`, import.meta.url));
const picture = () => readImage(home("images/chroma-full.jpg"));
let model: Model;

beforeAll(async () => {
  model = await load(home("golden/vit-smaller"), { backend: "reference" });
});
afterAll(() => model.dispose());

test("an image runs: its patches are tokens with names, its grid is known", async () => {
  const run = await model.run(await picture(), { read: ["layers.0.weights"] });
  expect(run.inputs.pixels?.shape).toEqual([1, 3, 20, 20]);
  expect(run.inputs.grid).toEqual({ rows: 5, columns: 5 });
  expect(run.tokens[0]!.map(({ text }) => text).slice(0, 3)).toEqual([
    "[CLS]",
    "patch 0,0",
    "patch 0,1",
  ]);
  expect(run.output.logits?.shape).toEqual([1, 3]);
  const weights = run.trace.get("layers.0.weights");
  expect(weights.shape).toEqual([1, 3, 26, 26]);
  expect(run.weight("L0H2", "[CLS]", "3,4")).toBe(weights.at(0, 2, 0, 1 + 3 * 5 + 4));
  expect(run.weight("L0H2", "patch 3,4", 0)).toBe(weights.at(0, 2, 20, 0));
});

test("reads and patches name patches", async () => {
  const image = await picture();
  const plain = await model.run(image, { read: [{ site: "layers.1.weights", query: "[CLS]" }] });
  const patched = await model.run(image, {
    read: [{ site: "layers.1.weights", query: "[CLS]" }],
    patch: [{ site: "layers.1.weights", head: 1, query: "[CLS]", key: "2,3", set: 0 }],
  });
  const before = plain.trace.get("layers.1.weights");
  const after = patched.trace.get("layers.1.weights");
  expect(before.shape).toEqual([1, 3, 1, 26]);
  expect(before.at(0, 1, 0, 14)).toBeGreaterThan(0);
  expect(after.at(0, 1, 0, 14)).toBe(0);
  expect(patched.output.logits?.data).not.toEqual(plain.output.logits?.data);
});

test("several images are a batch, and each runs as it does alone", async () => {
  const first = await picture();
  const second = await readImage(home("images/type-6-depth-8.png"));
  const together = await model.run([first, second]);
  const alone = await model.run(second);
  expect(together.output.logits?.shape).toEqual([2, 3]);
  for (const label of [0, 1, 2])
    expect(together.output.logits!.at(1, label)).toBeCloseTo(alone.output.logits!.at(0, label), 5);
});

test("an earlier run on the same image is used again", async () => {
  const before = await model.run(await picture(), { reusable: true });
  const read = ["final"];
  const resumed = await model.run(await picture(), {
    read: [...read, "layers.1.q"],
    patch: [{ site: "layers.1.weights", zero: true }],
    after: before,
  });
  const whole = await model.run(await picture(), {
    read,
    patch: [{ site: "layers.1.weights", zero: true }],
  });
  expect(resumed.trace.get("final").data).toEqual(whole.trace.get("final").data);
});

test("what is not an image is refused", async () => {
  await expect(model.run("a cat")).rejects.toThrow(
    "reads images, not texts. Give an image: a PNG, JPEG or WebP file (in code: await readImage(file))",
  );
  await expect(model.run([1, 2, 3])).rejects.toThrow(
    "reads images: the input needs pixels, or an image, and no ids",
  );
  const small = { width: 2, height: 9, rgb: new Uint8Array(54) };
  const text = await load(home("golden/bert-pooler"), { backend: "reference" });
  await expect(text.run(small)).rejects.toThrow("reads texts, not images");
  await text.dispose();
});

test("another class of transformers is refused by name", async () => {
  const { vit } = await import("./vit.ts");
  const { Parameters } = await import("../parameters.ts");
  const parameters = () => new Parameters({ label: "x", checkpoint: undefined });
  expect(() => vit.open({ architectures: ["ViTForDepth"] }, parameters())).toThrow(
    'vit: config.json says architectures=["ViTForDepth"]. heed has ViTModel, ViTForImageClassification, ViTForMaskedImageModeling',
  );
  expect(() => vit.open({ image_size: 8, patch_size: 16 }, parameters())).toThrow(
    "vit: config.json says patch_size=16. An image of 8 x 8 pixels holds no such patch",
  );
  expect(vit.open({}, parameters()).dimensions.positions).toBe(197);
});
