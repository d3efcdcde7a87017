import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readImage } from "../../src/images/read-image.node.ts";
import { load } from "../../src/load.node.ts";
import type { Model } from "../../src/model.ts";
import { imageTextSimilarity } from "../../src/tasks/zero-shot-images.ts";

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

describe.each(["clip", "siglip"])("both towers of %s, in one model", (name) => {
  const folder = home(`towers/${name}`);
  let model: Model;
  beforeAll(async () => {
    model = await load(folder);
  });
  afterAll(() => model.dispose());

  test("labels of pictures, as Python's pipeline scores them", async () => {
    const { labels, cases } = JSON.parse(
      readFileSync(`${folder}/zero-shot.json`, "utf8"),
    ) as Recorded;
    for (const { file, template, answer } of cases) {
      const { rows } = await model.zeroShotImages(await picture(file), { labels, template });
      expect(rows[0]!.map(({ label }) => label)).toEqual(answer.map(({ label }) => label));
      for (const [place, { score }] of answer.entries())
        expect(rows[0]![place]!.score).toBeCloseTo(score, 5);
    }
  });

  test("several pictures are scored as each alone", async () => {
    const files = await Promise.all(["type-2-depth-8.png", "type-6-depth-8.png"].map(picture));
    const texts = ["this", "a photo of a cat"];
    const both = await imageTextSimilarity(model, files, texts);
    const second = await imageTextSimilarity(model, files[1]!, texts.slice(1));
    expect(both.logits.shape).toEqual([2, 2]);
    expect(both.logits.at(1, 1)).toBeCloseTo(second.logits.at(0, 0), 4);
    expect(both.isByItself).toBe(name === "siglip");
  });

  test("what is asked of another model, or without labels, is refused", async () => {
    const image = await picture("type-2-depth-8.png");
    await expect(imageTextSimilarity(model.tower("text"), image, ["a"])).rejects.toThrow(
      `needs a model of two towers, one of images and one of texts; ${folder} (${name}_text_model) has one`,
    );
    await expect(model.zeroShotImages(image, { labels: [] })).rejects.toThrow("needs labels");
  });
});
