import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import {
  explain,
  explainReads,
  type Intervention,
  relevance,
  runExperiment,
  type StationEffect,
  Subject,
} from "../../src/analysis/index.ts";
import { readTrace } from "../../src/checkpoint/trace-file.ts";
import { load, type Model, Run, SiteError, Tensor } from "../../src/index.ts";
import { Blocks } from "../../src/probe/sparse/blocks.ts";
import { recordedInput } from "../../src/tasks/verify.ts";
import { fromWire, toWire } from "../../src/worker/wire.ts";

const home = fileURLToPath(new URL("../golden/", import.meta.url));
const folders = ["swin", "swin-padded", "swin-larger"] as const;
const models = new Map<string, Model>();

async function opened(name: string, backend: "auto" | "reference" = "auto") {
  const key = `${name} ${backend}`;
  const model = models.get(key) ?? (await load(home + name, { backend }));
  models.set(key, model);
  const trace = readTrace(readFileSync(`${home}${name}/trace.safetensors`), name);
  return { model, input: recordedInput(trace, name) };
}

afterAll(async () => {
  for (const model of models.values()) await model.dispose();
});

describe.each(folders)("%s: windows alone, and all pairs", (name) => {
  test("have the same numbers", async () => {
    for (const backend of ["auto", "reference"] as const) {
      const { model, input } = await opened(name, backend);
      const windows = await model.run(input, {
        read: ["layers.*.{scores,weights,mixed}", "final"],
      });
      const whole = await model.run(input, {
        read: ["layers.*.{scores,weights,mixed,scores.content}", "final"],
      });
      for (const site of windows.trace.sites) {
        const [own, other] = [windows.trace.get(site), whole.trace.get(site)];
        expect(own.shape, site).toEqual(other.shape);
        own.data.forEach((value, place) => {
          const same = value === other.data[place] || Math.abs(value - other.data[place]!) < 1e-4;
          if (!same) expect(value, `${site} ${place}`).toBe(other.data[place]);
        });
      }
      expect(windows.trace.kept("layers.1.weights")).toBeInstanceOf(Blocks);
      expect(whole.trace.kept("layers.1.weights")).toBeInstanceOf(Tensor);
    }
  });
});

describe("kept windows", () => {
  test("give rows, parts and bytes, and cross to a worker", async () => {
    const { model, input } = await opened("swin-padded");
    const { trace } = await model.run(input, { read: ["layers.1.weights"] });
    const kept = trace.kept("layers.1.weights") as Blocks;
    const whole = kept.dense();
    expect(kept.bytes).toBeLessThan(whole.data.byteLength / 3);
    const row = trace.row("layers.1.weights", { text: 1, head: 1, query: 5 });
    expect([...row.data]).toEqual([...whole.select(1, 1, 5).data]);
    const part = kept.select([[1], [0], [3, 4], [2, 50]]);
    expect(part.at(0, 0, 1, 1)).toBe(whole.at(1, 0, 4, 50));
    const again = fromWire(structuredClone(toWire(kept).wire)) as Blocks;
    expect([...again.dense().data]).toEqual([...whole.data]);
  });
});

describe("tokens that are merged", () => {
  test("are named by the grid of their layer", async () => {
    const { model, input } = await opened("swin");
    const run = await model.run(input, {
      read: [
        { site: "layers.2.weights", query: "2,3" },
        { site: "layers.0.q", query: "2,3" },
        { site: "final", query: "3,3" },
      ],
    });
    const whole = await model.run(input, { read: ["layers.2.weights", "layers.0.q", "final"] });
    const same = (site: string, token: number) =>
      whole.trace.get(site).data.length > 0 &&
      whole.trace.part(site, site === "final" ? [[0], [token]] : [[0], undefined, [token]]).data;
    expect(run.trace.get("layers.2.weights").data).toEqual(same("layers.2.weights", 11));
    expect(run.trace.get("layers.0.q").data).toEqual(same("layers.0.q", 19));
    expect(run.trace.get("final").data).toEqual(same("final", 15));
    expect(whole.weight("L2H1", "2,3", "3,3")).toBe(
      whole.trace.get("layers.2.weights").at(0, 1, 11, 15),
    );
    expect(Run.from(structuredClone(whole.toPlain())).layerTokens?.[2]?.queries.length).toBe(16);
  });

  test("a head that a layer does not have is refused", async () => {
    const { model, input } = await opened("swin");
    expect(model.dimensions.ofLayers?.map(({ heads }) => heads)).toEqual([2, 2, 3, 3]);
    await expect(model.run(input, { read: [{ site: "layers.0.q", head: 2 }] })).rejects.toThrow(
      SiteError,
    );
  });
});

describe("changes", () => {
  test("of weights reach outside a window; a later run starts at the changed layer", async () => {
    const { model, input } = await opened("swin");
    const patch = [{ site: "layers.2.weights", query: [0], key: [15], set: 1 }];
    const first = await model.run(input, { read: ["layers.1.residual"], reusable: true });
    const plain = await model.run(input, { patch, read: ["layers.2.weights", "final"] });
    const after = await model.run(input, {
      patch,
      after: first,
      read: ["layers.2.weights", "final"],
    });
    expect(plain.trace.get("layers.2.weights").at(0, 0, 0, 15)).toBe(1);
    expect([...after.trace.get("final").data]).toEqual([...plain.trace.get("final").data]);
  });

  test("a picture smaller than a window makes the window smaller", async () => {
    const { model } = await opened("swin-padded");
    const pixels = new Tensor(
      [1, 3, 3, 5],
      Float32Array.from({ length: 45 }, (_, n) => n / 45),
    );
    const { trace } = await model.run({ pixels }, { read: ["layers.*.weights"] });
    expect(trace.get("layers.0.weights").shape).toEqual([1, 2, 6, 8]);
    const { data } = trace.get("layers.0.weights");
    expect(data.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(12, 4);
  });
});

describe("experiments on tokens that are merged", () => {
  const experiment = async (interventions: readonly Intervention[], word?: string) => {
    const { model, input } = await opened("swin");
    const { pixels } = input as { readonly pixels: Tensor };
    const one = new Tensor([1, ...pixels.shape.slice(1)], pixels.select(0).data);
    const subject = new Subject(model, { pixels: one });
    const result = await runExperiment(subject, {
      metrics: [],
      seed: 1,
      ...(word !== undefined && { word }),
      do: { kind: "patch", interventions, controls: 3 },
    });
    if (result.kind !== "patch") throw new Error("no patch");
    return { subject, word: result.word, stations: result.effect.stations };
  };
  const placesBehind = (stations: readonly StationEffect[]) =>
    stations.flatMap(({ kind, places }) => (kind === "layer" ? [places] : []));

  test("follow a word to the tokens that it is merged into", async () => {
    const { word, stations } = await experiment(
      [{ kind: "ablateHeads", heads: ["L0H1"], by: "zero" }],
      "5,4",
    );
    expect(word).toEqual([44]);
    expect(placesBehind(stations)).toEqual([[44], [44], [10], [10]]);
    expect(stations.find(({ kind }) => kind === "final")?.places).toEqual([10]);
  });

  test("made at a later layer name its tokens, and follow them", async () => {
    const cut = { kind: "cut", query: "1,1", key: "0,0", heads: ["L2H0"] } as const;
    const { word, stations } = await experiment([cut]);
    expect(word).toEqual([18]);
    expect(placesBehind(stations)).toEqual([[5], [5]]);
    expect(stations[0]!.change).toBeGreaterThan(0);
    const taken = await experiment([
      { kind: "ablatePositions", query: "2,3", layers: [2], by: "zero" },
    ]);
    expect(placesBehind(taken.stations)).toEqual([[11], [11]]);
    const heads = await experiment([
      { kind: "ablateHeads", heads: ["L1H1"], query: "5,5", by: "zero" },
    ]);
    expect(placesBehind(heads.stations)).toEqual([[45], [10], [10]]);
  });

  test("a link of layers that have other tokens, and what needs the same in all, is refused", async () => {
    await expect(experiment([{ kind: "cut", query: "1,1", key: "0,0" }])).rejects.toThrow(
      "cut: layers 0 and 2 of",
    );
    const { subject } = await experiment([{ kind: "ablateHeads", heads: ["L0H1"], by: "zero" }]);
    await expect(relevance(subject, { kind: "class", label: 0 })).rejects.toThrow(
      "tokens of their own, 64, then 16",
    );
    const grid = {
      kind: "grid",
      over: "positions",
      change: { kind: "ablate", by: "zero" },
    } as const;
    await expect(runExperiment(subject, { metrics: [], seed: 1, do: grid })).rejects.toThrow(
      "grid over positions: neighbours are merged on the way, so that layers",
    );
  });

  test("one head is explained in its layer's own tokens, but for what earlier layers wrote", async () => {
    const { model, input } = await opened("swin");
    const question = { head: { layer: 3, head: 2 }, word: 1, to: 5, against: 0 };
    const run = await model.run(input, {
      read: [...explainReads(model, question), "layers.3.weights"],
    });
    const { query, numbers, steps } = await explain(model, run, question);
    expect(query.text).toBe("0,1");
    const weights = run.trace.get("layers.3.weights").select(0, 2, 1).data;
    numbers.weights.forEach((weight, key) => {
      expect(weight).toBeCloseTo(weights[key]!, 5);
    });
    expect(JSON.stringify(steps.find(({ id }) => id === "sources"))).toContain(
      "neighbours became one before this layer",
    );
  });

  test("a class is read of the whole picture", async () => {
    const { model } = await opened("swin");
    await expect(model.readout()).rejects.toThrow("reads a whole picture's vector");
  });
});
