import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { headCircuit } from "../../src/analysis/circuits/circuit.ts";
import { composition } from "../../src/analysis/circuits/composition.ts";
import { type HeadMaps, headMaps } from "../../src/analysis/circuits/head-maps.ts";
import {
  type StreamPoint,
  type StreamStack,
  streamParts,
  streamReads,
} from "../../src/analysis/circuits/stream-parts.ts";
import { layerShares, streamShares } from "../../src/analysis/circuits/stream-steps.ts";
import { seenTokens } from "../../src/analysis/circuits/vocabulary.ts";
import {
  matrixProduct,
  productSingular,
  singular,
  transposed,
} from "../../src/analysis/linear/singular.ts";
import { readTrace } from "../../src/checkpoint/trace-file.ts";
import { load } from "../../src/load.node.ts";
import type { Model } from "../../src/model.ts";
import { headMatrix } from "../../src/models/head-matrix.ts";
import { recordedInput } from "../../src/tasks/verify.ts";
import { goldenFolder } from "../support/small-models.ts";

// Made by scripts/make-circuit-golden.py with whole matrices, apart from heed.
const golden = JSON.parse(readFileSync(new URL("circuit-golden.json", import.meta.url), "utf8"));

const models: Model[] = [];
afterAll(() => Promise.all(models.map((model) => model.dispose())));

async function open(name: string) {
  const model = await load(goldenFolder(name), { backend: "reference" });
  models.push(model);
  const file = `${goldenFolder(name)}/trace.safetensors`;
  return { model, input: recordedInput(readTrace(readFileSync(file), name), name) };
}

const numbers = (count: number) =>
  fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: count, maxLength: count });

test("a matrix is the product of what it is taken apart into, and its directions stand upright", () => {
  const shaped = fc
    .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }))
    .chain(([rows, columns]) => fc.tuple(fc.constant([rows, columns]), numbers(rows * columns)));
  fc.assert(
    fc.property(shaped, ([[rows, columns], matrix]) => {
      const { values, left, right, count } = singular(matrix, rows!, columns!);
      const scaled = left.map((value, place) => value * values[place % count]!);
      const again = matrixProduct(scaled, transposed(right, columns!, count), count, columns!);
      for (const [place, value] of matrix.entries()) expect(again[place]).toBeCloseTo(value, 8);
      for (let n = 1; n < count; n++) expect(values[n]).toBeLessThanOrEqual(values[n - 1]! + 1e-12);
    }),
    { numRuns: 60, seed: 3 },
  );
});

test("x·A · y·B is the sum over directions, whichever axes A and B are written in", () => {
  fc.assert(
    fc.property(numbers(15), numbers(12), numbers(5), numbers(4), ([...a], b, x, y) => {
      const { values, along, across } = productSingular(a, b, 3);
      const [q, k] = [matrixProduct(x, a, 5, 3), matrixProduct(y, b, 4, 3)];
      const [asked, offered] = [along(q), across(k)];
      const sum = values.reduce((total, value, n) => total + value * asked[n]! * offered[n]!, 0);
      const product = q.reduce((total, value, d) => total + value * k[d]!, 0);
      const size = Math.hypot(...q) * Math.hypot(...k);
      expect(Math.abs(sum - product)).toBeLessThan(1e-5 * Math.max(1, size));
    }),
    { numRuns: 60, seed: 4 },
  );
});

test("circuits of a head are numpy's: singular values, words, composition", async () => {
  const { model } = await open("gpt2");
  const wanted = golden.gpt2;
  const circuit = await headCircuit(
    model,
    { layer: 1, head: 2 },
    { tokens: [wanted.token], count: 4 },
  );
  for (const side of ["qk", "ov"] as const)
    for (const [n, value] of wanted[side].entries())
      expect(circuit[side].values[n]).toBeCloseTo(value, 4);
  const pair = circuit.compositions.earlier.find(({ earlier }) => earlier.head === 1)!;
  for (const kind of ["q", "k", "v"] as const)
    expect(pair[kind]).toBeCloseTo(wanted.composition[kind], 5);
  const [token] = circuit.tokens;
  for (const side of ["seeks", "soughtBy", "gives"] as const)
    expect(token![side]!.map(({ id }) => id)).toEqual(wanted[side]);
});

test("heads that are turned at random compose as chance says", async () => {
  const { model } = await open("gpt2");
  const [earlier, later] = await Promise.all([
    headMaps(model, { layer: 0, head: 0 }),
    headMaps(model, { layer: 1, head: 0 }),
  ]);
  let seed = 5;
  // Numbers between −1 and 1 (Park and Miller 1988).
  const random = () => {
    seed = (seed * 48271) % 2147483647;
    return (2 * seed) / 2147483647 - 1;
  };
  const C = earlier.width;
  const squares = Array.from({ length: 60 }, () => {
    const noise = Float64Array.from({ length: C * C }, random);
    const { left } = singular(noise, C, C);
    const turned: HeadMaps = { ...earlier, o: matrixProduct(earlier.o, left, C, C) };
    const { q, k, v } = composition(turned, later);
    return (q * q + k * k + v * v) / 3;
  });
  const mean = squares.reduce((sum, square) => sum + square, 0) / squares.length;
  expect(Math.sqrt(mean) * Math.sqrt(C)).toBeCloseTo(1, 1);
});

test("a stream whose norms come after is numpy's, part by part", async () => {
  const { model, input } = await open("bert-mlm");
  const { token, shares, lengths } = golden.bert;
  const place = { stack: "" as const, layer: 0, point: "residual" as const };
  const run = await model.run(input, { read: streamReads(model, place, token) });
  const parts = await streamParts(model, run, { ...place, token });
  const found = new Map(streamShares(parts).map((part) => [part.label, part]));
  expect([...found.keys()].sort()).toEqual(Object.keys(shares).sort());
  for (const [name, part] of found) {
    expect(part.share, name).toBeCloseTo(shares[name], 4);
    expect(part.length, name).toBeCloseTo(lengths[name], 3);
  }
});

const streams: readonly (readonly [string, StreamStack, readonly StreamPoint[]])[] = [
  ["gpt2", "", ["input", "middle", "residual"]],
  ["llama-packed", "", ["input", "middle", "residual"]],
  ["albert-groups", "", ["input", "middle", "residual"]],
  ["roberta-classify", "", ["middle", "residual"]],
  ["xlnet-uni", "", ["middle", "residual"]],
  ["longformer-windows", "", ["residual"]],
  ["mobilebert-unshared", "", ["input", "residual"]],
  ["vit-larger", "", ["residual"]],
  ["deit", "", ["input", "middle", "residual"]],
  ["beit", "", ["input", "middle", "residual"]],
  ["beit-plain", "", ["input", "middle", "residual"]],
  ["dinov2", "", ["input", "middle", "residual"]],
  ["dinov2-gated", "", ["residual"]],
  ["dinov2-with-registers", "", ["middle", "residual"]],
  ["clip-text", "", ["middle", "residual"]],
  ["clip-vision", "", ["middle", "residual"]],
  ["siglip-text", "", ["residual"]],
  ["siglip-vision", "", ["middle", "residual"]],
  ["gemma2", "", ["input", "middle", "residual"]],
  ["gemma3-text", "", ["residual"]],
  ["gemma-biases", "", ["residual"]],
  ["olmo2-biases", "", ["input", "middle", "residual"]],
  ["granite-biases", "", ["middle", "residual"]],
  ["smollm3", "", ["residual"]],
  ["phi3", "", ["residual"]],
  ["gpt-neox", "", ["residual"]],
  ["gptj", "", ["residual"]],
  ["phi", "", ["residual"]],
  ["falcon", "", ["residual"]],
  ["falcon-sloped", "", ["residual"]],
  ["bloom", "", ["middle", "residual"]],
  ["opt", "", ["residual"]],
  ["opt-norms-last", "", ["residual"]],
  ["opt-norms-unlearned", "", ["input", "middle", "residual"]],
  ["electra", "", ["residual"]],
  ["mpnet", "", ["residual"]],
  ["deberta-v3", "", ["residual"]],
  ["modernbert", "", ["middle", "residual"]],
  ["nomic-bert", "", ["residual"]],
  ["roformer", "", ["residual"]],
  ["xlm", "", ["residual"]],
  ["m2m-100", "encoder.", ["residual"]],
  ["whisper", "decoder.", ["middle", "cross.middle", "residual"]],
  ["t5-uneven", "encoder.", ["input", "middle", "residual"]],
  ["t5-uneven", "decoder.", ["input", "middle", "cross.middle", "residual"]],
  ["marian", "encoder.", ["middle", "residual"]],
  ["bert2bert", "decoder.", ["middle", "cross.middle", "residual"]],
  ["bert2bert-untied", "decoder.", ["middle", "residual"]],
  ["bart", "decoder.", ["middle", "cross.middle", "residual"]],
  ["pegasus", "decoder.", ["input", "middle", "cross.middle", "residual"]],
];

test.each(streams)(
  "every token's stream of %s %s is the sum of its parts",
  async (name, stack, points) => {
    const { model, input } = await open(name);
    const { layers, decoderLayers } = model.dimensions;
    const last = (stack === "decoder." ? decoderLayers! : layers) - 1;
    for (const point of points) {
      const place = { stack, layer: last, point };
      const bare = await model.run(input, { output: false });
      const tokens = (stack === "decoder." ? bare.decoderTokens! : bare.tokens)[0]!.map(
        (_, t) => t,
      );
      const run = await model.run(input, {
        read: streamReads(model, place, tokens, 0),
        output: false,
      });
      for (const token of tokens.slice(0, 4)) {
        const parts = await streamParts(model, run, { ...place, token });
        expect(parts.reason, `${point} of ${token}`).toBeUndefined();
        for (const [c, value] of parts.stream.entries())
          expect(parts.parts.reduce((sum, { vector }) => sum + vector[c]!, 0)).toBeCloseTo(
            value,
            2,
          );
        for (const shares of [streamShares(parts), layerShares(parts)])
          expect(shares.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 3);
      }
    }
  },
);

test("a convolution beside a layer, and layers with tokens of their own, are said to be no sum of parts", async () => {
  const place = { stack: "" as const, layer: 0, point: "residual" as const };
  const { model, input } = await open("deberta-v2-convolution");
  const run = await model.run(input, { read: streamReads(model, place, [0], 0) });
  expect((await streamParts(model, run, { ...place, token: 0 })).reason).toContain("no sum");
  const { model: swin, input: picture } = await open("swin");
  const [first, last] = [place, { ...place, layer: 3 }];
  const windows = await swin.run(picture, {
    read: [...streamReads(swin, first, [0], 0), ...streamReads(swin, last, [0], 0)],
  });
  // Before neighbours become one, a stream is a sum as elsewhere.
  const { parts, stream } = await streamParts(swin, windows, { ...first, token: 0 });
  expect(parts.filter(({ kind }) => kind === "head")).toHaveLength(2);
  for (const [c, value] of stream.entries())
    expect(parts.reduce((sum, { vector }) => sum + vector[c]!, 0)).toBeCloseTo(value, 4);
  await expect(streamParts(swin, windows, { ...last, token: 0 })).rejects.toThrow(
    "stream: the layers of this model have tokens of their own",
  );
});

test("a layer's scale is in what a head writes", async () => {
  const { model } = await open("dinov2");
  const address = { layer: 1, head: 0 };
  const { o, width } = await headMaps(model, address);
  const { matrix } = await headMatrix(model, address, "o");
  const scale = await model.parameterRows(model.parameter("layers.1.attention.scale")!);
  expect([...scale].some((factor) => Math.abs(factor - 1) > 0.01)).toBe(true);
  for (const [place, value] of o.entries())
    expect(value).toBe(matrix.data[place]! * scale[place % width]!);
});

test("words go through a layer norm that learned nothing as through one that did", async () => {
  const { model } = await open("opt-norms-unlearned");
  const row = await model.parameterRows(model.parameter("embeddings.words")!, 3, 4);
  const through = (await seenTokens(model))!.through(row);
  expect(Array.from(through).reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 4);
  const { notes } = await headCircuit(model, { layer: 0, head: 1 });
  expect(notes[0]).toContain("learned no gain");
});

test.each([
  ["bart", "decoder."],
  ["t5-embeddings-apart", "decoder."],
  ["bert2bert-uneven-heads", "decoder."],
  ["bert2bert-uneven-heads", "encoder."],
  ["whisper", "decoder."],
] as const)("words of %s enter the %sstack by its own table and norm", async (name, stack) => {
  const { model } = await open(name);
  const own = (named: string) =>
    model.parameter(`${stack}embeddings.${named}`) ?? model.parameter(`embeddings.${named}`);
  const seen = (await seenTokens(model, stack))!;
  expect(seen.name).toBe(own("words")!.name);
  const gain = own("norm.gain") && (await model.parameterRows(own("norm.gain")!));
  const row = await model.parameterRows(own("words")!, 3, 4);
  const through = Array.from(seen.through(row), (value, c) => value / (gain?.[c] ?? 1));
  const squares = through.reduce((sum, value) => sum + value * value, 0);
  expect(squares / row.length).toBeCloseTo(1, 4);
  const { tokens, notes } = await headCircuit(model, { layer: 0, head: 1 }, { stack, tokens: [3] });
  expect(tokens[0]!.seeks).toHaveLength(6);
  expect(notes.join(" ").includes("No head reads this stream")).toBe(stack === "encoder.");
});

test("words that a stack does not read are refused", async () => {
  const { model } = await open("whisper");
  await expect(
    headCircuit(model, { layer: 0, head: 1 }, { stack: "encoder.", tokens: [3] }),
  ).rejects.toThrow("circuit: encoder. of ");
});

test("a bottleneck has no circuits, and says so", async () => {
  const { model } = await open("mobilebert-full-width");
  const { model: narrow } = await open("mobilebert-classify");
  await headCircuit(model, { layer: 0, head: 0 });
  await expect(headCircuit(narrow, { layer: 0, head: 0 })).rejects.toThrow(/bottleneck/);
  await expect(headCircuit(narrow, { layer: 9, head: 0 })).rejects.toThrow("layers 0 to");
});

test("where patches are merged between layers a head composes with those that share its stream", async () => {
  const { model } = await open("swin");
  const { ofLayers, layers } = model.dimensions;
  for (let layer = 0; layer < layers; layer++) {
    const { compositions } = await headCircuit(model, { layer, head: ofLayers![layer]!.heads - 1 });
    const width = ofLayers![layer]!.width;
    const others = [
      ...compositions.earlier.map((pair) => pair.earlier),
      ...compositions.later.map((pair) => pair.later),
    ];
    const asWide = ofLayers!.map((own, at) =>
      own.width === width && at !== layer ? own.heads : 0,
    );
    expect(others).toHaveLength(asWide.reduce((sum, heads) => sum + heads, 0));
    expect(compositions.chance).toBe(1 / Math.sqrt(width));
  }
});
