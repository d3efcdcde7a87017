import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { readImage } from "../../src/images/read-image.node.ts";
import { load } from "../../src/load.node.ts";

const home = fileURLToPath(new URL("../golden", import.meta.url));
const folders = readdirSync(home).filter((name) => existsSync(`${home}/${name}/picture.json`));

/** What Python makes of a folder laid out as a published one (scripts/make-hub-pictures.py). */
interface Seen {
  readonly picture: string;
  readonly pixels: { readonly shape: readonly number[]; readonly values: readonly number[] };
  /** Of layer 1, head 1. */
  readonly weights?: readonly (readonly number[])[];
  /** Of token 1. */
  readonly final?: readonly number[];
  readonly probabilities?: readonly number[];
  readonly texts?: readonly { readonly text: string; readonly ids: readonly number[] }[];
  /** Of text 0, layer 1, head 1. */
  readonly textWeights?: readonly (readonly number[])[];
  readonly logitsPerImage?: readonly number[];
  readonly textEmbeds?: readonly number[];
}

function expectNear(
  got: ArrayLike<number>,
  expected: readonly number[],
  { what, most = 1e-4 }: { readonly what: string; readonly most?: number },
): void {
  expect(got.length, what).toBe(expected.length);
  for (const [place, number] of expected.entries())
    expect(Math.abs(got[place]! - number) / Math.max(1, Math.abs(number)), what).toBeLessThan(most);
}

async function opened(name: string) {
  const seen = JSON.parse(readFileSync(`${home}/${name}/picture.json`, "utf8")) as Seen;
  const warnings: string[] = [];
  const onWarning = (warning: string) => warnings.push(warning);
  const model = await load(`${home}/${name}`, { backend: "reference", onWarning });
  expect(model.unused).toEqual([]);
  expect(warnings).toEqual([]);
  const image = await readImage(`${home}/../images/${seen.picture}`);
  return { seen, model, image };
}

const isTowers = (name: string) => ["hub-clip", "hub-siglip"].includes(name);

describe("models of pictures as their repositories lay them out", () => {
  test("there is one of each kind of layout", () => {
    expect(folders).toEqual(
      "beit clip deit dinov2 dinov2_with_registers siglip swin vit"
        .split(" ")
        .map((name) => `hub-${name}`),
    );
  });

  test.each(folders.filter((name) => !isTowers(name)))("%s: from the file", async (name) => {
    const { seen, model, image } = await opened(name);
    try {
      const read = [
        ...(seen.weights ? ["layers.1.weights"] : []),
        ...(seen.final ? ["final"] : []),
      ];
      const run = await model.run(image, { read });
      expect(run.inputs.pixels!.shape).toEqual(seen.pixels.shape);
      expectNear(run.inputs.pixels!.data, seen.pixels.values, { what: "pixels", most: 1e-5 });
      if (seen.weights) {
        const weights = run.trace.get("layers.1.weights").select(0, 1);
        expectNear(weights.data, seen.weights.flat(), { what: "weights" });
      }
      if (seen.final) {
        const final = run.trace.get("final").data.subarray(12, 24);
        expectNear(final, seen.final, { what: "final" });
      }
      if (seen.probabilities) {
        const [labels] = (await model.classify(image, { topK: 3 })).rows;
        const names = Object.values(model.config.id2label as Record<string, string>);
        const probabilities = names.map(
          (label) => labels!.find((one) => one.label === label)!.score,
        );
        expectNear(probabilities, seen.probabilities, { what: "probabilities", most: 1e-5 });
      }
    } finally {
      await model.dispose();
    }
  });

  test.each(folders.filter(isTowers))("%s: from words and the file", async (name) => {
    const { seen, model, image } = await opened(name);
    try {
      for (const { text, ids } of seen.texts!)
        expect([...model.tokenizer!.encode(text).ids], text).toEqual(ids);
      const texts = seen.texts!.map(({ text }) => text);
      const read = ["text.layers.1.weights", "vision.layers.1.weights"];
      const run = await model.run({ texts, images: image }, { read });
      expect(run.tower("vision").inputs.pixels!.shape).toEqual(seen.pixels.shape);
      const pixels = run.tower("vision").inputs.pixels!.data;
      expectNear(pixels, seen.pixels.values, { what: "pixels", most: 1e-5 });
      for (const [stack, weights] of [
        ["text", seen.textWeights],
        ["vision", seen.weights],
      ] as const) {
        const got = run.trace.get(`${stack}.layers.1.weights`).select(0, 1);
        expectNear(got.data, weights!.flat(), { what: `${stack} weights` });
      }
      expectNear(run.output.textEmbeds!.data, seen.textEmbeds!, { what: "words" });
      expectNear(run.output.logitsPerImage!.data, seen.logitsPerImage!, { what: "logits" });
    } finally {
      await model.dispose();
    }
  });
});
