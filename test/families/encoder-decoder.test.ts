import { afterAll, describe, expect, test } from "vitest";
import { Cache } from "../../src/attention/cache.ts";
import { reference } from "../../src/backends/reference/reference.ts";
import { folderSource } from "../../src/checkpoint/folder.node.ts";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { t5 } from "../../src/families/encoder-decoders/t5.ts";
import type { Inputs } from "../../src/families/inputs.ts";
import { Parameters } from "../../src/families/parameters.ts";
import { load } from "../../src/load.node.ts";
import { RunPlan } from "../../src/probe/plan.ts";
import { Probe } from "../../src/probe/probe.ts";
import { execute } from "../../src/tensor/execute.ts";
import { Program } from "../../src/tensor/program.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { goldenFolder } from "../support/small-models.ts";

const ids = [
  [17, 4, 9, 23, 8],
  [5, 7, 4, 0, 0],
];
const mask = [
  [1, 1, 1, 1, 1],
  [1, 1, 1, 0, 0],
];
const decoderIds = [
  [0, 21, 6, 13],
  [0, 11, 25, 14],
];
const whole = { ids, mask, decoderIds };

const model = await load(goldenFolder("t5-uneven"), { backend: "reference" });
const encoderOnly = await load(goldenFolder("t5-encoder"), { backend: "reference" });
afterAll(async () => {
  await model.dispose();
  await encoderOnly.dispose();
});

function largestDifference(a: Tensor, b: Tensor): number {
  expect(a.shape).toEqual(b.shape);
  return Math.max(
    ...a.data.map((value, i) => (value === b.data[i] ? 0 : Math.abs(value - b.data[i]!))),
  );
}

describe("an encoder and a decoder", () => {
  test("both stacks are listed, with the decoder's look at the encoder", () => {
    const names = [...model.sites.keys()];
    expect(names.filter((name) => name.endsWith(".weights"))).toEqual([
      "encoder.layers.0.weights",
      "decoder.layers.0.weights",
      "decoder.layers.0.cross.weights",
      "decoder.layers.1.weights",
      "decoder.layers.1.cross.weights",
    ]);
    expect(model.sites.get("decoder.layers.1.cross.weights")?.shape).toEqual([1, 2, "T", "S"]);
    expect(model.dimensions).toMatchObject({ layers: 1, decoderLayers: 2, positions: undefined });
    expect([...encoderOnly.sites.keys()].some((name) => name.startsWith("decoder."))).toBe(false);
  });

  test("without decoder ids the decoder begins with its start token", async () => {
    const run = await model.run({ ids, mask }, { read: ["decoder.final"] });
    const said = await model.run(
      { ids, mask, decoderIds: [[0], [0]] },
      { read: ["decoder.final"] },
    );
    expect(run.decoderTokens!.map((row) => row.map(({ id }) => id))).toEqual([[0], [0]]);
    expect(run.trace.get("decoder.final")).toEqual(said.trace.get("decoder.final"));
    expect(run.output.logits!.shape).toEqual([2, 1, 30]);
  });

  test("queries of the decoder are its own tokens, keys of cross attention the encoder's", async () => {
    const site = "decoder.layers.1.cross.weights";
    const plain = await model.run(whole, { read: [site] });
    const patch = [{ site, text: 0, head: 1, query: "#6", key: "#23", set: 0.25 }];
    const patched = await model.run(whole, { read: [site], patch });
    const changed: number[][] = [];
    const before = plain.trace.get(site);
    const after = patched.trace.get(site);
    for (let b = 0; b < 2; b++)
      for (let h = 0; h < 2; h++)
        for (let t = 0; t < 4; t++)
          for (let s = 0; s < 5; s++)
            if (before.at(b, h, t, s) !== after.at(b, h, t, s)) changed.push([b, h, t, s]);
    expect(changed).toEqual([[0, 1, 2, 3]]);
    expect(patched.weight("L1H1", "#6", "#23", { stack: "decoder.cross." })).toBe(0.25);
    expect(plain.weight("L1H1", "#6", "#23", { stack: "decoder.cross." })).toBe(
      before.at(0, 1, 2, 3),
    );
    expect(() => plain.weight("L1H1", "#23", "#6", { stack: "decoder.cross." })).toThrow(
      /no word "#23"/,
    );
    await expect(model.run(whole, { read: [{ site, key: "#21" }] })).rejects.toThrow(
      /no word "#21"/,
    );
  });

  test("a patch in the encoder reaches the decoder, one in the decoder stays there", async () => {
    const read = ["encoder.final", "decoder.final"];
    const plain = await model.run(whole, { read });
    const inEncoder = await model.run(whole, {
      read,
      patch: [{ site: "encoder.layers.0.weights", text: 0, query: 1, zero: true }],
    });
    const inDecoder = await model.run(whole, {
      read,
      patch: [{ site: "decoder.layers.0.cross.v", text: 1, head: 0, zero: true }],
    });
    const moved = (run: typeof plain, site: string) =>
      largestDifference(run.trace.get(site), plain.trace.get(site)) > 1e-4;
    expect(read.map((site) => moved(inEncoder, site))).toEqual([true, true]);
    expect(read.map((site) => moved(inDecoder, site))).toEqual([false, true]);
  });

  test.each(["encoder.layers.0.", "decoder.layers.1."])(
    "%sscores are content plus bias, where seen",
    async (prefix) => {
      const parts = ["scores.content", "scores.bias", "scores"].map((name) => prefix + name);
      const { trace } = await model.run(whole, { read: parts });
      const [content, bias, scores] = parts.map((site) => trace.get(site).data);
      let seen = 0;
      for (const [i, score] of scores!.entries()) {
        if (score === -Infinity) continue;
        seen += 1;
        expect(score).toBeCloseTo(content![i]! + bias![i]!, 5);
      }
      expect(seen).toBeGreaterThan(scores!.length / 4);
    },
  );

  test("a distance's bias can be changed for one text alone", async () => {
    const site = "decoder.layers.1.scores.bias";
    const read = [site, "decoder.layers.1.weights"];
    const plain = await model.run(whole, { read });
    const { trace } = await model.run(whole, {
      read,
      patch: [{ site, text: 1, query: 3, key: 0, add: 2 }],
    });
    const weights = trace.get("decoder.layers.1.weights");
    const before = plain.trace.get("decoder.layers.1.weights");
    expect(weights.at(1, 0, 3, 0)).toBeGreaterThan(before.at(1, 0, 3, 0));
    expect([...weights.data.subarray(0, 32)]).toEqual([...before.data.subarray(0, 32)]);
  });

  test("what does not belong is refused", async () => {
    await expect(model.run({ ids, types: mask })).rejects.toThrow(
      "has types, which this model does not read",
    );
    await expect(model.run({ ids, decoderIds: [[0, 3]] })).rejects.toThrow(
      /decoderIds have 1 rows, ids 2/,
    );
    await expect(model.run({ ids, mask, decoderMask: mask })).rejects.toThrow(
      /decoderMask is \(2, 5\)/,
    );
    await expect(
      model.run(whole, { read: ["decoder.layers.0.cross.scores.bias"] }),
    ).rejects.toThrow(/distances between an encoder's and a decoder's tokens add nothing/);
  });
});

test("token by token with a cache, the decoder gives what one pass gives", async () => {
  const backend = reference();
  const checkpoint = await openCheckpoint(await folderSource(goldenFolder("t5-uneven")));
  const parameters = new Parameters({ label: "t5", checkpoint });
  const network = t5.open(checkpoint.config, parameters);
  await parameters.load(backend);
  const read = ["decoder.final", "logits"];
  const pass = async (inputs: Inputs) => {
    const plan = new RunPlan(read, [], { main: [[], []] });
    const program = new Program(backend);
    network.forward(inputs, new Probe(program, plan));
    program.finish();
    await execute(program);
    return read.map((site) => plan.trace.get(site));
  };
  const base = {
    batch: 2,
    length: 5,
    ids: Int32Array.from(ids.flat()),
    mask: Int32Array.from(mask.flat()),
  };
  const [final, logits] = await pass({
    ...base,
    decoder: { length: 4, ids: Int32Array.from(decoderIds.flat()) },
  });
  const cache = new Cache(backend, 4);
  // Two tokens first, then one at a time.
  for (const [start, end] of [
    [0, 2],
    [2, 3],
    [3, 4],
  ] as const) {
    const own = Int32Array.from(decoderIds.flatMap((row) => row.slice(start, end)));
    const [stepFinal, stepLogits] = await pass({
      ...base,
      cache,
      decoder: { length: end - start, ids: own },
    });
    cache.length = end;
    for (const [step, full] of [
      [stepFinal!, final!],
      [stepLogits!, logits!],
    ] as const)
      for (let b = 0; b < 2; b++)
        for (let t = start; t < end; t++)
          for (let c = 0; c < full.shape[2]!; c++)
            expect(step.at(b, t - start, c)).toBeCloseTo(full.at(b, t, c), 4);
  }
  cache.release();
});
