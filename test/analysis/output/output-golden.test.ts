import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import {
  asStream,
  attributionReads,
  headLens,
  lensSites,
  logitAttribution,
  logitLens,
  valueNormSites,
  valueNorms,
  valueZeroing,
} from "../../../src/analysis/index.ts";
import { readTrace } from "../../../src/checkpoint/trace-file.ts";
import { load } from "../../../src/load.node.ts";
import type { Model } from "../../../src/model.ts";
import { recordedInput } from "../../../src/tasks/verify.ts";
import { goldenFolder } from "../../support/small-models.ts";

// Numbers of PyTorch, by scripts/make-output-golden.py.
const cases = JSON.parse(readFileSync(new URL("cases.json", import.meta.url), "utf8"));
const loaded: Model[] = [];
afterAll(() => Promise.all(loaded.map((model) => model.dispose())));
async function open(name: string): Promise<Model> {
  const model = await load(goldenFolder(name));
  loaded.push(model);
  return model;
}

function expectClose(got: ArrayLike<number>, expected: readonly unknown[], tolerance = 2e-5): void {
  const numbers = expected.flat(9) as number[];
  expect(got.length).toBe(numbers.length);
  const most = numbers.reduce((a, b) => Math.max(a, Math.abs(b)), 1);
  for (const [place, number] of numbers.entries())
    expect(Math.abs(got[place]! - number), `number ${place}`).toBeLessThan(tolerance * most);
}

describe("the logit lens", () => {
  test.each(["gpt2", "llama3", "bert-mlm", "t5-first"])("%s", async (name) => {
    const model = await open(name);
    const stack = name.startsWith("t5") ? "decoder." : "";
    const input = { ids: [cases.ids], ...(stack && { decoderIds: [cases.decoderIds] }) };
    const run = await model.run(input, { read: lensSites(stack) });
    const position = stack ? 2 : cases.place;
    const layers = await logitLens(model, run, { positions: [position], stack, count: 3 });
    const expected = cases.lens[name] as number[][];
    expect(layers.length).toBe(expected.length);
    const softmax = (logits: readonly number[]) => {
      const most = Math.max(...logits);
      const sum = logits.reduce((total, logit) => total + Math.exp(logit - most), 0);
      return logits.map((logit) => Math.exp(logit - most) / sum);
    };
    const last = softmax(expected.at(-1)!);
    const target = last.indexOf(Math.max(...last));
    for (const [step, { places, name: layer }] of layers.entries()) {
      const own = softmax(expected[step]!);
      const order = own
        .map((probability, id) => ({ probability, id }))
        .sort((a, b) => b.probability - a.probability);
      const [place] = places;
      expect(place!.predictions[0]!.index, layer).toBe(order[0]!.id);
      expectClose(
        place!.predictions.map(({ probability }) => probability),
        order.slice(0, 3).map(({ probability }) => probability),
      );
      expect(place!.last.index).toBe(target);
      expect(place!.last.rank).toBe(order.findIndex(({ id }) => id === target) + 1);
      expect(place!.last.probability).toBeCloseTo(own[target]!, 4);
      const divergence = last.reduce((sum, p, id) => sum + p * Math.log(p / own[id]!), 0);
      expect(place!.divergence).toBeCloseTo(divergence, 4);
      const site = step === 0 ? `${stack}layers.0.input` : `${stack}layers.${step - 1}.residual`;
      const vector = run.trace.get(site).select(0, position).data;
      expectClose((await model.logits(asStream(vector))).data, expected[step]!);
    }
  });
});

describe("direct logit attribution", () => {
  test.each([
    ["token", undefined],
    ["difference", "other"],
  ] as const)("of a %s adds up, part by part", async (name, other) => {
    const model = await open("gpt2");
    const run = await model.run([cases.ids], { read: await attributionReads(model, cases.place) });
    const against = other && (cases[other] as number);
    const found = await logitAttribution(model, run, {
      token: cases.token,
      against,
      position: cases.place,
    });
    const expected = cases.attribution[name];
    expect(found.parts.map((part) => part.name).sort()).toEqual(Object.keys(expected.parts).sort());
    for (const part of found.parts)
      expect(Math.abs(part.value - expected.parts[part.name]), part.name).toBeLessThan(2e-5);
    expect(found.total).toBeCloseTo(expected.total, 4);
    const logit = (id: number) => run.output.logits!.at(0, cases.place, id);
    expect(found.total).toBeCloseTo(
      logit(cases.token) - (against === undefined ? 0 : logit(against)),
      4,
    );
  });

  test.each([
    "gpt2",
    "gpt-neo-pattern",
    "llama3",
    "llama-packed",
    "t5-first",
    "t5-uneven",
    "mt5",
    "mistral",
    "qwen2",
    "qwen3",
    "olmo2",
    "smollm3",
    "granite",
    "phi3",
    "gemma",
    "gemma2-uncapped",
    "gemma3-text",
    "gpt-neox",
    "gpt-neox-in-turn",
    "gptj",
    "phi",
    "opt",
    "bloom",
    "falcon",
    "falcon-sloped",
    "mbart",
    "pegasus",
    "m2m-100",
    "vit-oblong",
    "deit",
  ])("%s: the parts are the logit", async (name) => {
    const model = await open(name);
    const ids = (cases.ids as number[])
      .map((id) => id % Math.max(1, model.dimensions.vocabulary))
      .slice(0, 5);
    const isT5 = model.dimensions.decoderLayers !== undefined;
    const place = model.images ? 0 : 3;
    const [height, width] = model.images?.size ?? [0, 0];
    const { Tensor } = await import("../../../src/tensor/tensor.ts");
    const input = model.images
      ? {
          pixels: new Tensor(
            [1, 3, height, width],
            Float32Array.from({ length: 3 * height * width }, (_, at) => Math.sin(at)),
          ),
        }
      : { ids: [ids], ...(isT5 && { decoderIds: [ids] }) };
    const run = await model.run(input, { read: await attributionReads(model, place) });
    const { total, parts } = await logitAttribution(model, run, { token: 1, position: place });
    const logits = run.output.logits!;
    const logit = model.images ? logits.at(0, 1) : logits.at(0, place, 1);
    expect(Math.abs(total - logit)).toBeLessThan(
      2e-5 * Math.max(1, ...parts.map(({ value }) => Math.abs(value))),
    );
    expect(parts.some(({ kind }) => kind === "cross head")).toBe(isT5);
  });

  test("is refused where norms come last, and for streams that were changed", async () => {
    const bert = await open("bert-mlm");
    await expect(attributionReads(bert, 0)).rejects.toThrow(
      "bert norms its stream after every part",
    );
    const gpt2 = await open("gpt2");
    const read = await attributionReads(gpt2, 2);
    const patched = await gpt2.run([cases.ids], {
      read,
      patch: [{ site: "layers.0.residual", add: 3 }],
    });
    await expect(logitAttribution(gpt2, patched, { token: 1, position: 2 })).rejects.toThrow(
      "was it patched?",
    );
    const run = await gpt2.run([cases.ids], { read });
    await expect(logitAttribution(gpt2, run, { token: 125, position: 2 })).rejects.toThrow(
      "there is no logit 125, but 0 to 124",
    );
  });
});

describe("norm-weighted attention", () => {
  test("of heads, of layers, with the residual and the norm", async () => {
    const model = await open("bert-mlm");
    const run = await model.run([cases.ids], { read: valueNormSites(model) });
    const norms = valueNorms(model, run);
    for (const [layer, expected] of cases.norms.entries()) {
      for (let head = 0; head < norms.heads; head++)
        expectClose(await norms.head({ layer, head }), expected.each[head]);
      for (const variant of ["heads", "residual", "norm"] as const)
        expectClose(await norms.layer(layer, variant), expected[variant]);
    }
  });

  test.each([
    "albert-groups",
    "distilbert-qa",
    "gpt2",
    "gpt-neo-pattern",
    "llama3",
    "longformer-windows",
    "mobilebert-pretraining",
    "roberta-causal",
    "t5-encoder",
    "xlnet-both-ways",
  ])("%s: of a single token it is the norm of what the head writes", async (name) => {
    const model = await open(name);
    const heads = [...model.sites.keys()].find((site) => site.endsWith("layers.0.heads"))!;
    const run = await model.run([[5]], { read: [...valueNormSites(model), heads] });
    const norms = valueNorms(model, run);
    for (let head = 0; head < norms.heads; head++) {
      const [norm] = await norms.head({ layer: 0, head });
      expect(norm).toBeCloseTo(Math.hypot(...run.trace.get(heads).select(0, head, 0).data), 4);
    }
  });

  test.each(["beit", "dinov2-with-registers", "gemma2", "granite-biases", "olmo2-biases"])(
    "%s: of a single look it is the norm of what joins the stream, scaled or normed on the way",
    async (name) => {
      const model = await open(name);
      const file = `${goldenFolder(name)}/trace.safetensors`;
      const input = recordedInput(readTrace(readFileSync(file), name), name);
      const look = { site: "layers.0.weights", query: 1 };
      const run = await model.run(input, {
        read: [...valueNormSites(model), "layers.0.heads.joined"],
        patch: [
          { ...look, set: 0 },
          { ...look, key: 0, set: 1 },
        ],
      });
      const norms = valueNorms(model, run);
      const keys = norms.maps.keys.length;
      const shares = run.trace.get("layers.0.heads.joined"); // (B, H, T, C)
      const joined = shares.select(0, 0, 1).data.map((_, c) => {
        const ofHeads = Array.from({ length: norms.heads }, (_, h) => shares.at(0, h, 1, c));
        return ofHeads.reduce((sum, share) => sum + share, 0);
      });
      expect((await norms.layer(0))[keys]).toBeCloseTo(Math.hypot(...joined), 4);
    },
  );

  test("is refused where a token takes other values", async () => {
    const model = await open("longformer-windows");
    const input = { ids: [[5, 4, 2, 1]], globalMask: [[1, 0, 0, 0]] };
    const run = await model.run(input, { read: valueNormSites(model) });
    await expect(valueNorms(model, run).head({ layer: 0, head: 0 })).rejects.toThrow(
      "some tokens (global ones)",
    );
  });

  test("of shared keys and values, and of cross attention; the norm is refused where it comes first", async () => {
    const llama = await open("llama3");
    const run = await llama.run([cases.ids], {
      read: [...valueNormSites(llama), "layers.0.heads"],
    });
    const norms = valueNorms(llama, run);
    // What a head writes is the sum over keys: the first query sees itself alone.
    for (let head = 0; head < norms.heads; head++) {
      const own = run.trace.get("layers.0.heads").select(0, head, 0).data;
      const [first] = await norms.head({ layer: 0, head });
      expect(first).toBeCloseTo(Math.hypot(...own), 4);
    }
    await expect(norms.layer(0, "norm")).rejects.toThrow("llama does not");
    const t5 = await open("t5-first");
    const cross = await t5.run(
      { ids: [cases.ids], decoderIds: [cases.decoderIds] },
      { read: valueNormSites(t5, "cross") },
    );
    const crossed = valueNorms(t5, cross, { stack: "cross" });
    expect((await crossed.head({ layer: 0, head: 1 })).length).toBe(4 * 7);
    await expect(crossed.layer(0, "residual")).rejects.toThrow("no key is the query");
  });
});

describe("value zeroing", () => {
  test.each(["bert-mlm", "gpt2"])("%s", async (name) => {
    const model = await open(name);
    const { layers } = await valueZeroing(model, [cases.ids], { batch: 3 });
    for (const { layer, scores } of layers) expectClose(scores, cases.zeroing[name][layer], 1e-3);
  });

  test("takes pictures and decoders, and refuses batches", async () => {
    const t5 = await open("t5-first");
    const input = { ids: [cases.ids], decoderIds: [cases.decoderIds] };
    const { layers, tokens } = await valueZeroing(t5, input, { stack: "decoder." });
    expect([layers[0]!.scores.length, tokens.length]).toEqual([16, 4]);
    await expect(valueZeroing(t5, { ids: [cases.ids, cases.ids] })).rejects.toThrow(
      "one text at a time",
    );
    await expect(valueZeroing(t5, input, { layers: [7] })).rejects.toThrow(
      "layer 7, but there are 0 to 0",
    );
  });
});

describe("the lens of single heads", () => {
  test("gives their parts of every logit", async () => {
    const model = await open("gpt2");
    const run = await model.run([cases.ids], { read: await attributionReads(model, cases.place) });
    const lenses = await headLens(model, run, { position: cases.place, count: 125 });
    const { parts } = cases.attribution.token;
    expect(lenses.length).toBe(6);
    for (const { layer, head, raised } of lenses) {
      const share = raised.find(({ index }) => index === cases.token)!;
      expect(share.value).toBeCloseTo(parts[`L${layer}H${head}`], 4);
    }
    const [only] = await headLens(model, run, {
      position: cases.place,
      heads: [{ layer: 1, head: 2 }],
      count: 3,
    });
    expect([only!.layer, only!.head, only!.raised.length]).toEqual([1, 2, 3]);
    expect(only!.raised[0]!.value).toBeGreaterThan(only!.raised[2]!.value);
    expect(only!.lowered[0]!.value).toBeLessThan(only!.lowered[2]!.value);
  });
});
