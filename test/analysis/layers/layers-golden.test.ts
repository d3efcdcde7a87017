import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type AttentionMaps,
  attentionConfidence,
  attentionDistance,
  attentionDrawn,
  attentionEntropy,
  attentionFlow,
  attentionMaps,
  classShares,
  pictureDistance,
  rollout,
  sentenceShares,
  sentencesOfPair,
  textClasses,
} from "../../../src/analysis/index.ts";
import { readTrace } from "../../../src/checkpoint/trace-file.ts";
import { load } from "../../../src/load.node.ts";
import type { Model } from "../../../src/model.ts";
import type { RunInput } from "../../../src/models/inputs.ts";
import { Tensor } from "../../../src/tensor/tensor.ts";
import { goldenFolder } from "../../support/small-models.ts";

// Numbers of numpy and networkx over PyTorch's attention, by scripts/make-layers-golden.py.
type Numbers = readonly (number | Numbers)[];
const cases = JSON.parse(readFileSync(new URL("cases.json", import.meta.url), "utf8"));
const flat = (numbers: Numbers): number[] => (numbers as number[]).flat(9);

function expectNumbers(got: ArrayLike<number>, expected: Numbers, tolerance = 2e-5): void {
  const numbers = flat(expected);
  expect(got.length).toBe(numbers.length);
  for (const [place, number] of numbers.entries())
    expect(Math.abs(got[place]! - number), `number ${place}`).toBeLessThan(tolerance);
}

const models: Model[] = [];
async function mapsOf(model: Model, input: RunInput): Promise<AttentionMaps> {
  models.push(model);
  return attentionMaps(await model.run(input, { read: ["layers.*.weights"], output: false }));
}

let bert: AttentionMaps;
let pair: AttentionMaps;
let gpt2: AttentionMaps;
let vit: AttentionMaps;
beforeAll(async () => {
  const embedded = await load();
  bert = await mapsOf(embedded, cases.text);
  pair = await mapsOf(embedded, { text: cases.text, pair: cases.pair });
  gpt2 = await mapsOf(await load(goldenFolder("gpt2")), [cases.ids]);
  const recorded = readTrace(
    readFileSync(`${goldenFolder("vit-oblong")}/trace.safetensors`),
    "vit-oblong",
  );
  const { data } = recorded.tensors.get("input.pixels")!;
  const pixels = new Tensor([1, 3, 8, 20], data.slice(0, 480) as Float32Array);
  vit = await mapsOf(await load(goldenFolder("vit-oblong")), { pixels });
});
afterAll(() => Promise.all(models.map((model) => model.dispose())));

describe.each([
  ["an encoder", () => bert, "bert"],
  ["a decoder", () => gpt2, "gpt2"],
] as const)("of %s, as numpy and networkx have it:", (_, maps, name) => {
  const expected = cases[name];

  test("rollout in its variants", () => {
    expectNumbers(rollout(maps()).matrix(), expected.abnar);
    expectNumbers(rollout(maps(), { variant: "keras" }).matrix(), expected.abnar);
    const chefer = flat(expected["chefer from layer 1"]);
    chefer[0] = 0;
    expectNumbers(rollout(maps(), { variant: "chefer", startLayer: 1 }).matrix(), chefer);
    const fused = { variant: "vit-explain", fusion: "max", discard: 0.5 } as const;
    expectNumbers(rollout(maps(), fused).matrix(), expected["vit-explain"]);
    expectNumbers(
      rollout(maps(), { variant: "vit-explain", scaling: "columns" }).matrix(),
      expected["vit-explain as published"],
    );
  });

  test("flow", () => {
    const { query, values } = expected.flow;
    expectNumbers(attentionFlow(maps()).row(query, { share: false }), values);
    const sum = flat(values).reduce((a, b) => a + b, 0);
    expectNumbers(
      attentionFlow(maps()).row(query),
      flat(values).map((value) => value / sum),
    );
  });

  test("entropy, confidence, distance, what draws attention", () => {
    expectNumbers(attentionEntropy(maps()).values, expected.entropy);
    expectNumbers(attentionConfidence(maps()).values, expected.confidence);
    expectNumbers(attentionDistance(maps()).values, expected.distance, 1e-4);
    expectNumbers(attentionDrawn(maps()).values, expected.drawn);
  });
});

test("Clark's smoothing, and special tokens left out or alone", () => {
  expectNumbers(attentionEntropy(bert, { smoothing: "clark" }).values, cases.bert.clark);
  const special = "left out" as const;
  expectNumbers(attentionDistance(bert, { special }).values, cases.bert["distance of words"], 1e-4);
  expectNumbers(attentionConfidence(bert, { special }).values, cases.bert["confidence of words"]);
  const shares = classShares(bert, textClasses(bert));
  expectNumbers(shares.get("special")!.values, cases.bert.special);
});

test("sentence to sentence", () => {
  const shares = sentenceShares(pair, sentencesOfPair(pair));
  for (const [name, expected] of Object.entries(cases.sentences))
    expectNumbers(shares.get(name)!.values, expected as Numbers);
});

test("distance in a picture, and its rollout", () => {
  const places = { rows: 2, columns: 4, patch: [4, 5] } as const;
  expectNumbers(pictureDistance(vit, places).values, cases.vit.distance, 1e-4);
  expectNumbers(rollout(vit).matrix(), cases.vit.abnar);
});
