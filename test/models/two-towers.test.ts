import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ImageInput } from "../../src/images/image.ts";
import { readImage } from "../../src/images/read-image.node.ts";
import { load } from "../../src/load.node.ts";
import type { Model } from "../../src/model.ts";
import { Run } from "../../src/models/run.ts";
import { tokensOf } from "../../src/models/site-tokens.ts";
import { Tensor } from "../../src/tensor/tensor.ts";

const home = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const texts = ["this is a cat", "a photo"];
let image: ImageInput;
let clip: Model;
let siglip: Model;

beforeAll(async () => {
  image = await readImage(home("images/type-2-depth-8.png"));
  [clip, siglip] = await Promise.all([load(home("towers/clip")), load(home("towers/siglip"))]);
});
afterAll(() => Promise.all([clip.dispose(), siglip.dispose()]));

describe("a model of two towers", () => {
  test("names every tensor of its file once, and every site by its tower", () => {
    for (const model of [clip, siglip]) {
      expect(model.unused).toEqual([]);
      const names = model.parameters.map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
      expect(model.parameter("text.layers.1.q.weight")?.storedName).toBe(
        "text_model.encoder.layers.1.self_attn.q_proj.weight",
      );
      const stacks = [...model.sites.keys()].map((site) => site.split(".")[0]);
      expect([...new Set(stacks)]).toEqual(["text", "vision", "logitsPerText", "logitsPerImage"]);
    }
  });

  test("runs texts and images at once: tokens, vectors and logits of both", async () => {
    const read = ["text.layers.*.weights", "vision.layers.*.weights", "text.embeds"];
    const run = await clip.run({ texts, images: image }, { read });
    expect(run.trace.get("text.layers.1.weights").shape).toEqual([2, 2, 6, 6]);
    expect(run.trace.get("vision.layers.1.weights").shape).toEqual([1, 2, 10, 10]);
    expect(run.output.logitsPerText?.shape).toEqual([2, 1]);
    expect(run.output.logitsPerImage?.data).toEqual(run.output.logitsPerText?.data);
    const { queries } = tokensOf(run, "vision.layers.1.weights");
    expect(queries.map(({ text }) => text).slice(0, 2)).toEqual(["[CLS]", "patch 0,0"]);
    expect(run.weight("L1H0", "cat", "this", { stack: "text." })).toBe(
      run.trace.get("text.layers.1.weights").at(0, 0, 4, 1),
    );
    const vector = run.trace.get("text.embeds").select(1).data;
    expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
  });

  test("runs one side alone, and says what a read of the other lacks", async () => {
    const both = await clip.run({ text: texts[0], image });
    const words = await clip.run(texts[0]!, { read: ["text.layers.0.q"] });
    const seen = await clip.run([image], { read: ["vision.final"] });
    expect(words.output.textEmbeds!.data).toEqual(both.output.textEmbeds!.data);
    expect(seen.output.imageEmbeds!.data).toEqual(both.output.imageEmbeds!.data);
    expect(words.output.logitsPerText).toBeUndefined();
    await expect(clip.run("a cat", { read: ["vision.layers.*.q"] })).rejects.toThrow(
      'read 1: no site "vision.layers.*.q" here: nothing was given to that tower. Give it images: { texts, images }',
    );
    await expect(clip.run({ images: image }, { read: ["logitsPerText"] })).rejects.toThrow(
      'read 1: no site "logitsPerText" here: it takes texts and images: { texts, images }',
    );
  });

  test("patches name a tower's words, heads and patches; the other tower stays as it was", async () => {
    const input = { texts: texts[0]!, images: image };
    const read = ["text.layers.1.weights", { site: "vision.layers.1.weights", query: "0,1" }];
    const plain = await clip.run(input, { read });
    const cut = { site: "text.layers.1.weights", head: 1, query: "cat", key: "this", set: 0 };
    const patched = await clip.run(input, { read, patch: [cut] });
    expect(patched.trace.get("text.layers.1.weights").at(0, 1, 4, 1)).toBe(0);
    expect(patched.trace.get("vision.layers.1.weights").shape).toEqual([1, 2, 1, 10]);
    expect(patched.output.imageEmbeds!.data).toEqual(plain.output.imageEmbeds!.data);
    const zeroed = [{ site: "vision.layers.0.heads", head: 0, zero: true } as const];
    const without = await clip.run(input, { patch: zeroed });
    expect(without.output.textEmbeds!.data).toEqual(plain.output.textEmbeds!.data);
    expect(without.output.logitsPerImage!.data).not.toEqual(plain.output.logitsPerImage!.data);
    const kept = await clip.run(input, { read: [{ site: "text.layers.0.weights", keep: "rows" }] });
    expect(kept.trace.row("text.layers.0.weights", { head: 0, query: 1 }).shape).toEqual([6]);
  });

  test("a run crosses a message, and one tower's part of it is a run by itself", async () => {
    const run = await clip.run({ texts, images: image }, { read: ["vision.layers.0.weights"] });
    const back = Run.from(structuredClone(run.toPlain()));
    const own = back.tower("vision");
    expect(own.tokens[0]).toHaveLength(10);
    expect(own.inputs.grid).toEqual({ rows: 3, columns: 3 });
    expect(own.inputs.pixels).toBeInstanceOf(Tensor);
    expect(own.inputs.pixels).toEqual(run.inputs.pixels);
    // What is known of both crosses to a worker's page.
    expect(structuredClone(clip.towers)?.vision.images?.patch).toEqual(run.madeBy?.patch);
    expect(own.weight("L0H1", "[CLS]", "2,2")).toBe(
      run.trace.get("vision.layers.0.weights").at(0, 1, 0, 9),
    );
    const words = await clip.run("a cat");
    expect(() => words.tower("vision")).toThrow("vision read nothing in this run");
  });

  test("a tower is a model over the same weights, as it is when it is loaded alone", async () => {
    const text = siglip.tower("text");
    const alone = await load(home("towers/siglip"), { reads: "texts" });
    const read = ["layers.1.weights"];
    const [one, other, whole] = await Promise.all([
      text.run(texts, { read }),
      alone.run(texts, { read }),
      siglip.run({ texts }, { read: ["text.layers.1.weights"] }),
    ]);
    expect(alone.type).toBe(text.type);
    expect(alone.unused).toEqual([]);
    expect(one.trace.get("layers.1.weights").data).toEqual(
      other.trace.get("layers.1.weights").data,
    );
    expect(one.trace.get("layers.1.weights").data).toEqual(
      whole.trace.get("text.layers.1.weights").data,
    );
    expect(text.parameters).toHaveLength(alone.parameters.length);
    expect(await text.parameterRows(text.parameters[0]!)).toEqual(
      await alone.parameterRows(alone.parameters[0]!),
    );
    await alone.dispose();
    expect(() => alone.tower("text")).toThrow("is one network, and has no towers");
  });

  test("SigLIP's texts are padded to its positions, and padding is seen", async () => {
    const run = await siglip.run({ texts }, { read: ["text.layers.0.weights"] });
    expect(run.tokens[1]).toHaveLength(64);
    expect(run.tokens[1]!.slice(3).every(({ special }) => special)).toBe(true);
    expect(run.trace.get("text.layers.0.weights").at(1, 0, 0, 63)).toBeGreaterThan(0);
  });

  test("gradients of how alike one image and one text are reach both towers, and no other text", async () => {
    const at = ["vision.embeddings", "text.embeddings"];
    const of = { kind: "similarity", image: 0, text: 1 } as const;
    const run = await clip.run({ texts, images: image }, { gradient: { of, at } });
    expect(run.metric).toBeCloseTo(run.output.logitsPerImage!.at(0, 1), 5);
    const words = run.trace.get("text.embeddings.gradient");
    expect(words.select(0).data.every((number) => number === 0)).toBe(true);
    expect(words.select(1).data.some((number) => number !== 0)).toBe(true);
    expect(run.trace.get("vision.embeddings.gradient").data.some((one) => one !== 0)).toBe(true);
    const wrong = clip.run({ texts, images: image }, { gradient: { of: { ...of, text: 2 }, at } });
    await expect(wrong).rejects.toThrow("there are 2 numbers, from 0, and the metric is of 2");
  });

  test("texts and images become vectors of one space", async () => {
    const { vectors } = await clip.embed(["a cat", image], { normalize: true });
    const run = await clip.run({ texts: "a cat", images: image });
    expect(vectors.shape).toEqual([2, 6]);
    for (const [row, expected] of [run.output.textEmbeds!, run.output.imageEmbeds!].entries())
      for (const [n, number] of vectors.select(row).data.entries())
        expect(number).toBeCloseTo(expected.data[n]!, 5);
    await expect(clip.tower("text").embed([image])).rejects.toThrow("reads texts, not images");
  });

  test("what neither tower reads is refused", async () => {
    await expect(clip.run({ texts: [], images: image })).rejects.toThrow("empty list");
    await expect(clip.run({ texts, audio: 1 } as never)).rejects.toThrow(
      'the input has "audio", which a model of two towers does not read. It reads text, texts, image',
    );
    await expect(clip.run({ texts, ids: [[1]] })).rejects.toThrow("texts and ids. Give one");
    await expect(clip.run({ texts, mask: [[1]] })).rejects.toThrow("has mask without ids");
    const alone = clip.tower("text");
    await expect(alone.run({ texts, images: image })).rejects.toThrow("has one tower");
  });
});
