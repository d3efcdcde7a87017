import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { Explorer, exploredImageSource } from "../../src/explore/index.ts";
import { InputError, load, readImage } from "../../src/index.ts";

const folder = fileURLToPath(new URL("../tasks/image-vit", import.meta.url));
const model = await load(folder);
const explorer = new Explorer(model, { readImage });
afterAll(() => explorer.dispose());

const bytes = await readFile(`${folder}/small.png`);
const input = { image: "small.png" };

test("a picture that was handed over is seen with its patches, and says its class", async () => {
  await expect(explorer.see({ input })).rejects.toThrow(/not here.*keepImage/);
  await explorer.keepImage("small.png", bytes);
  const seen = await explorer.see({ input });
  expect(seen.picture).toEqual({
    rows: 4,
    columns: 4,
    covered: { width: 1, height: 1 },
    leading: 1,
  });
  const { trace } = await model.run(await readImage(bytes), { read: ["layers.1.weights"] });
  const weights = trace.get("layers.1.weights").select(0, 1, 3).data;
  const image = { name: "small.png", address: "blob:x", width: 20, height: 10 };
  const source = exploredImageSource(explorer, seen, image);
  const row = await source.row({ layer: 1, head: 1 }, 3);
  expect(row.length).toBe(weights.length);
  for (const [key, weight] of row.entries()) expect(weight).toBeCloseTo(weights[key]!, 6);
  expect(source.keys[1]!.name).toBe("patch 0,0");
  const [saying] = await explorer.says(seen.run);
  expect(saying!.of).toBe("class");
  expect(saying!.choices[0]!.name).toMatch(/^thing \d$/);
});

test("another picture of the same name takes its place", async () => {
  await explorer.keepImage("small.png", bytes);
  const before = await explorer.see({ input });
  const other = await readFile(
    fileURLToPath(new URL("../images/type-6-depth-8.png", import.meta.url)),
  );
  await explorer.keepImage("small.png", other);
  const after = await explorer.see({ input });
  expect(after.weights![0]).not.toEqual(before.weights![0]);
  await expect(explorer.rows(before.run, 0)).rejects.toThrow(InputError);
});

test("what is no picture is refused, and so is a source of a text's run", async () => {
  const noise = Uint8Array.of(1, 2, 3);
  await expect(explorer.keepImage("a.png", noise)).rejects.toThrow("a.png: neither PNG");
  await expect(new Explorer(model).keepImage("a.png", bytes)).rejects.toThrow("readImage");
  const seen = { ...(await explorer.see({ input })), picture: undefined };
  expect(() =>
    exploredImageSource(explorer, seen, { name: "a", address: "", width: 1, height: 1 }),
  ).toThrow("exploredSource");
});
