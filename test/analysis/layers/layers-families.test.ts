import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import {
  attentionConfidence,
  attentionDistance,
  attentionDrawn,
  attentionEntropy,
  attentionFlow,
  attentionMaps,
  classShares,
  maxFlow,
  overTexts,
  rollout,
  rolloutVariants,
  type Stack,
  sentencesOfPair,
  tagClasses,
  textClasses,
  weightSites,
} from "../../../src/analysis/index.ts";
import { load } from "../../../src/load.node.ts";
import type { Model } from "../../../src/model.ts";
import { goldenFolder } from "../../support/small-models.ts";

const loaded: Model[] = [];
afterAll(() => Promise.all(loaded.map((model) => model.dispose())));
async function open(name?: string): Promise<Model> {
  const model = await load(name === undefined ? undefined : goldenFolder(name));
  loaded.push(model);
  return model;
}

const total = (numbers: ArrayLike<number>) => Array.from(numbers).reduce((a, b) => a + b, 0);

const stacks: readonly (readonly [string, Stack | undefined])[] = [
  ["bert-mlm", undefined],
  ["roberta-qa", undefined],
  ["albert-groups", undefined],
  ["distilbert-qa", undefined],
  ["mobilebert-qa", undefined],
  ["longformer-windows", undefined],
  ["xlnet-uni", undefined],
  ["gpt2", undefined],
  ["gpt-neo-pattern", undefined],
  ["llama3", undefined],
  ["t5-encoder", "encoder"],
  ["t5-first", "encoder"],
  ["t5-first", "decoder"],
  ["t5-first", "cross"],
  ["bart", "cross"],
  ["bert2gpt2", "cross"],
  ["bert2gpt2", "decoder"],
  ["roberta2roberta", "encoder"],
  ["pegasus", "decoder"],
];

describe.each(stacks)("%s, stack %s", (name, stack) => {
  test("numbers of a text are the same in a padded batch, and keep to their bounds", async () => {
    const model = await open(name);
    const read = [weightSites(model.sites, stack)];
    const ids = [5, 9, 14, 7, 20, 9, 3];
    const short = ids.slice(0, 4);
    const decoderIds =
      stack && model.sites.has("decoder.embeddings") ? [2, 6, 11, 4, 9] : undefined;
    const alone = await model.run({ ids: [short], ...(decoderIds && { decoderIds }) }, { read });
    const mask = [ids.map(() => 1), ids.map((_, at) => (at < 4 ? 1 : 0))];
    const both = await model.run(
      {
        ids: [ids, [...short, 0, 0, 0]],
        mask,
        ...(decoderIds && { decoderIds: [decoderIds, decoderIds] }),
      },
      { read },
    );
    const own = attentionMaps(alone, { stack });
    const padded = attentionMaps(both, { stack, text: 1 });
    expect(padded.keys.length).toBe(stack === "decoder" ? 5 : 4);
    expect(padded.queries.length).toBe(decoderIds && stack !== "encoder" ? 5 : 4);
    for (const measure of [attentionEntropy, attentionConfidence]) {
      const [one, two] = [measure(own), measure(padded)];
      for (const [at, value] of one.values.entries()) {
        // MobileBERT's embeddings read the next token too, padding or not.
        if (!name.startsWith("mobilebert")) expect(two.values[at]).toBeCloseTo(value, 4);
        expect(value).toBeGreaterThanOrEqual(0);
      }
    }
    const entropy = attentionEntropy(own);
    for (const [at, value] of entropy.values.entries())
      expect(value).toBeLessThan(entropy.uniform[Math.floor(at / own.heads)]! + 1e-5);
    if (stack === "cross") {
      for (const refused of [rollout, attentionFlow, attentionDistance])
        expect(() => refused(own)).toThrow("cross attention");
      return;
    }
    expect(own.isCausal).toBe(model.isCausal || stack === "decoder");
    for (const variant of rolloutVariants) {
      const { row } = rollout(own, { variant });
      for (let query = 1; query < own.keys.length; query++)
        expect(total(row(query))).toBeCloseTo(1, 5);
    }
    expect(total(attentionFlow(own).row(2))).toBeCloseTo(1, 9);
    const shares = classShares(own, textClasses(own));
    const sums = [...shares.values()].reduce((sum, { values }) => sum + values[0]!, 0);
    expect(sums).toBeCloseTo(1, 5);
  });
});

describe("a causal model", () => {
  test("what draws attention is over the queries that can see it", async () => {
    const model = await open("gpt2");
    const run = await model.run([[5, 9, 14, 7]], { read: ["layers.*.weights"] });
    const maps = attentionMaps(run);
    const { values, uniform, reachedBy } = attentionDrawn(maps, { heads: [{ layer: 0, head: 1 }] });
    expect([...reachedBy]).toEqual([4, 3, 2, 1]);
    const weights = run.trace.get("layers.0.weights");
    expect(values[2]).toBeCloseTo((weights.at(0, 1, 2, 2) + weights.at(0, 1, 3, 2)) / 2, 6);
    expect(uniform[3]).toBeCloseTo(1 / 4, 9);
    expect(uniform[0]).toBeCloseTo((1 + 1 / 2 + 1 / 3 + 1 / 4) / 4, 9);
  });
});

describe("a maximum flow", () => {
  test("is the smallest cut, whatever the network", () => {
    const network = fc.array(
      fc.record({
        from: fc.integer({ min: 0, max: 5 }),
        to: fc.integer({ min: 0, max: 5 }),
        capacity: fc.integer({ min: 0, max: 9 }),
      }),
      { maxLength: 14 },
    );
    fc.assert(
      fc.property(network, (edges) => {
        let smallest = Number.POSITIVE_INFINITY;
        for (let side = 0; side < 2 ** 6; side++) {
          if (!(side & 1) || side & 32) continue;
          const cut = edges.reduce(
            (sum, { from, to, capacity }) =>
              sum + ((side >> from) & 1 && !((side >> to) & 1) ? capacity : 0),
            0,
          );
          smallest = Math.min(smallest, cut);
        }
        expect(maxFlow({ nodes: 6, edges })(0, 5)).toBeCloseTo(smallest, 9);
      }),
      { seed: 1 },
    );
  });
});

describe("refused by name", () => {
  test("long flows, layers that are not there, options of other variants, tags that do not fit, texts without a second", async () => {
    const model = await open();
    const run = await model.run("The cat sat on the mat because it was tired.", {
      read: ["layers.*.weights"],
    });
    const maps = attentionMaps(run);
    expect(() => attentionFlow(maps, { mostTokens: 10 })).toThrow(
      "13 tokens, and exact maximum flows are taken of 10 at most",
    );
    expect(() => rollout(maps, { endLayer: 6 })).toThrow("endLayer 6, but there are layers 0 to 5");
    expect(() => rollout(maps, { fusion: "max" })).toThrow(
      "fusion is of variant vit-explain, and abnar has none",
    );
    expect(() => tagClasses(maps.keys, ["DET"])).toThrow(
      "1 of them, but the text has 11 words: The cat sat",
    );
    expect(() => sentencesOfPair(maps)).toThrow("the text has no second one");
    expect(() => attentionMaps(run, { text: 1 })).toThrow("text 1: the run has 1 texts");
    expect(() => attentionEntropy(maps, { queries: [] })).toThrow("none are left");
    expect(() => weightSites(model.sites, "decoder")).toThrow("this model has one stack of layers");
    const unread = await model.run("The cat", { read: ["layers.0.q"] });
    expect(() => attentionMaps(unread)).toThrow("layers.0.weights");
  });
});

describe("over texts", () => {
  test("mean and spread are those of all numbers together", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 2, maxLength: 20 }),
        (values) => {
          const all = overTexts();
          for (const value of values)
            all.add({
              layers: 1,
              heads: 1,
              values: Float64Array.of(value),
              uniform: Float64Array.of(2),
            });
          const mean = total(values) / values.length;
          const { values: got, spread, uniform, texts } = all.result();
          expect(got[0]).toBeCloseTo(mean, 9);
          const squares = total(values.map((value) => (value - mean) ** 2));
          expect(spread[0]).toBeCloseTo(Math.sqrt(squares / (values.length - 1)), 9);
          expect([uniform[0], texts]).toEqual([2, values.length]);
        },
      ),
      { seed: 2 },
    );
  });
});
