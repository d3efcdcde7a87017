import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readImage } from "../../src/images/read-image.node.ts";
import { load } from "../../src/load.node.ts";
import type { Model } from "../../src/model.ts";
import {
  imageTextSimilarity,
  type Towers,
  zeroShotImages,
} from "../../src/tasks/zero-shot-images.ts";

const home = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const picture = (file: string) => readImage(home(`images/${file}`));

interface Recorded {
  readonly labels: readonly string[];
  readonly cases: readonly {
    readonly file: string;
    readonly template: string;
    readonly answer: readonly { readonly label: string; readonly score: number }[];
  }[];
}

describe.each(["clip", "siglip"])("both towers of %s, from one file", (name) => {
  const folder = home(`towers/${name}`);
  let towers: Readonly<Record<keyof Towers, Model>>;
  beforeAll(async () => {
    towers = {
      vision: await load(folder, { type: `${name}_vision_model` }),
      text: await load(folder, { type: `${name}_text_model` }),
    };
  });
  afterAll(() => Promise.all(Object.values(towers).map((model) => model.dispose())));

  test("labels of pictures, as Python's pipeline scores them", async () => {
    const { labels, cases } = JSON.parse(
      readFileSync(`${folder}/zero-shot.json`, "utf8"),
    ) as Recorded;
    for (const { file, template, answer } of cases) {
      const { rows } = await zeroShotImages(towers, await picture(file), { labels, template });
      expect(rows[0]!.map(({ label }) => label)).toEqual(answer.map(({ label }) => label));
      for (const [place, { score }] of answer.entries())
        expect(rows[0]![place]!.score).toBeCloseTo(score, 5);
    }
  });

  test("every tensor of the file is one tower's or the other's", () => {
    expect([towers.vision.unused, towers.text.unused]).toEqual([[], []]);
  });

  test("several pictures are scored as each alone; a padded text's attention can be read", async () => {
    const files = await Promise.all(["type-2-depth-8.png", "type-6-depth-8.png"].map(picture));
    const texts = ["this", "a photo of a cat"];
    const both = await imageTextSimilarity(towers, files, texts);
    const second = await imageTextSimilarity(towers, files[1]!, texts.slice(1));
    expect(both.logits.shape).toEqual([2, 2]);
    expect(both.logits.at(1, 1)).toBeCloseTo(second.logits.at(0, 0), 4);
    const { trace } = await towers.text.run(texts, { read: ["layers.1.weights", "pooled"] });
    expect(trace.get("layers.1.weights").shape[0]).toBe(2);
  });

  test("a file of both is no model by itself, and says how it opens", async () => {
    await expect(load(folder)).rejects.toThrow(
      `load it with the type "${name}_vision_model" or "${name}_text_model" (--type)`,
    );
  });

  test("towers in the wrong places are refused", async () => {
    const { vision, text } = towers;
    const swapped = imageTextSimilarity({ vision: text, text: vision }, [], ["a"]);
    await expect(swapped).rejects.toThrow("needs the two towers of one checkpoint");
    const labels: string[] = [];
    await expect(zeroShotImages(towers, [], { labels })).rejects.toThrow("needs labels");
  });
});
