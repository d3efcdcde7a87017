import { afterAll, describe, expect, test } from "vitest";
import { matrixProduct, transposed } from "../../src/analysis/linear/singular.ts";
import { compareModels, comparisonReads } from "../../src/analysis/models/model-comparison.ts";
import { sharedWordsOf } from "../../src/analysis/models/shared-words.ts";
import { areKin, weightChanges } from "../../src/analysis/models/weight-changes.ts";
import { reference } from "../../src/backends/reference/reference.ts";
import { load } from "../../src/load.node.ts";
import type { Model } from "../../src/model.ts";
import { headMatrix } from "../../src/models/head-matrix.ts";
import { editedFolder } from "../support/edited-folder.ts";
import { goldenFolder } from "../support/small-models.ts";
import { bertWithWords, gpt2WithLetters } from "../support/text-models.ts";

const models: Model[] = [];
const kept = async (model: Promise<Model>) => {
  models.push(await model);
  return model;
};
afterAll(() => Promise.all(models.map((model) => model.dispose())));

/** The checkpoint with every number of one matrix moved by the place it stands in. */
function moved(name: string, tensor: RegExp): string {
  return editedFolder(name, {
    tensors: (tensors) =>
      new Map(
        [...tensors].map(([key, value]) => {
          if (!tensor.test(key)) return [key, value];
          const numbers = new Float32Array(value.bytes.slice().buffer);
          const next = numbers.map((number, place) => number + 0.01 * (place % 7));
          return [key, { ...value, bytes: new Uint8Array(next.buffer) }];
        }),
      ),
  });
}

describe("weights of a base and its child", () => {
  test("are nowhere apart where they are the same", async () => {
    const twins = await Promise.all(
      [1, 2].map(() => kept(load(goldenFolder("bert-mlm"), { backend: "reference" }))),
    );
    const { heads, tensors, onlyFirst, onlySecond } = await weightChanges(twins[0]!, twins[1]!);
    expect(heads.every(({ q, k, v, o, qk, ov }) => q + k + v + o + qk + ov === 0)).toBe(true);
    expect(tensors.every(({ change }) => change === 0)).toBe(true);
    expect([onlyFirst, onlySecond]).toEqual([[], []]);
  });

  test("moved as whole products of matrices say", async () => {
    const base = await kept(load(goldenFolder("bert-mlm"), { backend: "reference" }));
    const folder = moved("bert-mlm", /layer\.1\.attention\.(self\.query|output\.dense)\.weight$/);
    const child = await kept(load(folder, { backend: "reference" }));
    const { heads, tensors } = await weightChanges(base, child);
    expect(
      tensors
        .slice(0, 2)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["layers.1.o.weight", "layers.1.q.weight"]);
    expect(tensors[2]!.change).toBe(0);
    const C = base.dimensions.width;
    const whole = async (model: Model, head: number) => {
      const [q, k, v, o] = await Promise.all(
        (["q", "k", "v", "o"] as const).map((map) => headMatrix(model, { layer: 1, head }, map)),
      );
      const D = q!.matrix.shape[1]!;
      return {
        q: Float64Array.from(q!.matrix.data),
        qk: matrixProduct(q!.matrix.data, transposed(k!.matrix.data, C, D), D, C),
        ov: matrixProduct(v!.matrix.data, o!.matrix.data, D, C),
      };
    };
    for (const one of heads) {
      if (one.layer === 0) {
        expect([one.q, one.qk, one.ov]).toEqual([0, 0, 0]);
        continue;
      }
      const [a, b] = await Promise.all([base, child].map((model) => whole(model, one.head)));
      for (const name of ["q", "qk", "ov"] as const) {
        const distance = Math.hypot(...a![name].map((value, place) => b![name][place]! - value));
        expect(one[name], `${one.name} ${name}`).toBeCloseTo(distance / Math.hypot(...a![name]), 5);
      }
      expect([one.k, one.v]).toEqual([0, 0]);
    }
  });

  test("of an encoder-decoder are those of all three attentions", async () => {
    const base = await kept(load(goldenFolder("t5-uneven"), { backend: "reference" }));
    const child = await kept(load(moved("t5-uneven", /EncDecAttention\.q\.weight$/)));
    const { heads } = await weightChanges(base, child);
    expect(
      heads.filter(({ q }) => q > 0).every(({ name }) => name.startsWith("decoder.cross.")),
    ).toBe(true);
    expect(heads.filter(({ q }) => q > 0).length).toBeGreaterThan(0);
  });

  test("of models of other shapes are refused", async () => {
    const [bert, gpt2] = await Promise.all([
      kept(load(goldenFolder("bert-mlm"), { backend: "reference" })),
      kept(load(goldenFolder("gpt2"), { backend: "reference" })),
    ]);
    expect(areKin(bert, gpt2)).toBe(false);
    await expect(weightChanges(bert, gpt2)).rejects.toThrow("not of one family");
  });
});

const text = "the cat sat on the mat because it was tired.";

describe("two models on one text", () => {
  test("words of two tokenizers are those with the same characters", async () => {
    const [bert, letters] = await Promise.all([
      kept(bertWithWords()),
      kept(gpt2WithLetters("right", reference())),
    ]);
    const [a, b] = await Promise.all([bert, letters].map((model) => model.run(text)));
    const { first, second, left } = sharedWordsOf(a!.tokens[0]!, b!.tokens[0]!);
    expect(left).toBe(0);
    expect(first.map(({ text }) => text)).toEqual(second.map(({ text }) => text));
    expect(first.map(({ text }) => text).slice(0, 3)).toEqual(["the", "cat", "sat"]);
    // A word of letters is as many tokens, and one for the blank.
    expect(second[1]!.tokens.length).toBe(4);
  });

  test("what a word looks at is summed over pieces, and heads of models of other shapes are not paired", async () => {
    const [bert, letters] = await Promise.all([
      kept(bertWithWords()),
      kept(gpt2WithLetters("right", reference())),
    ]);
    const [first, second] = await Promise.all(
      [bert, letters].map(async (model) => ({
        model,
        run: await model.run(text, { read: comparisonReads(model) }),
      })),
    );
    const found = compareModels(first!, second!, { word: "it", to: ["cat", "mat"] });
    expect(found.word).toBe("it");
    expect(found.heads).toBeUndefined();
    expect(found.distances).toBeUndefined();
    const cat = found.words.find(({ text }) => text === "cat")!;
    const heads = Array.from({ length: 6 }, (_, n) => ({ layer: Math.floor(n / 3), head: n % 3 }));
    for (const [side, { model, run }] of [first!, second!].entries()) {
      const { layers, heads: count } = model.dimensions;
      expect([layers, count]).toEqual([2, 3]);
      const weights = heads.map((head) => run.weight(head, "it", "cat"));
      expect(cat.means[side]).toBeCloseTo(weights.reduce((sum, one) => sum + one, 0) / 6, 5);
      expect(cat.most[side]!.weight).toBeCloseTo(Math.max(...weights), 5);
    }
    expect(() => compareModels(first!, second!, { word: "dog" })).toThrow('no word "dog"');
    expect(() => compareModels(first!, second!, { word: "the" })).toThrow("stands 2 times");
  });

  test("the same model twice differs nowhere", async () => {
    const bert = await kept(bertWithWords());
    const run = await bert.run(text, { read: comparisonReads(bert) });
    const { heads, distances } = compareModels({ model: bert, run }, { model: bert, run });
    expect(heads!.every(({ change }) => change === 0)).toBe(true);
    expect(distances!.every((distance) => Math.abs(distance) < 1e-9)).toBe(true);
  });
});
