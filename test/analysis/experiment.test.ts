import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { type Effect, effectOf } from "../../src/analysis/interventions/effect.ts";
import {
  checkExperiment,
  type ExperimentFile,
  experimentJson,
  parseExperiment,
} from "../../src/analysis/interventions/experiment.ts";
import {
  type GridCell,
  type GridPlan,
  gridCells,
  openGrid,
} from "../../src/analysis/interventions/grid.ts";
import { linksLike } from "../../src/analysis/interventions/links.ts";
import {
  type RunnableExperiment,
  runExperiment,
} from "../../src/analysis/interventions/run-experiment.ts";
import { Subject } from "../../src/analysis/interventions/subject.ts";
import { load } from "../../src/load.node.ts";

const text = "The cat sat on the mat because it was tired.";
const other = "The dog sat on the mat because it was very dirty.";
const model = await load();
afterAll(() => model.dispose());

const patchFile: ExperimentFile & RunnableExperiment = {
  heed: "experiment",
  version: 1,
  input: text,
  word: "it",
  metrics: [{ kind: "wordCosine", word: "it" }, { kind: "sentenceCosine" }],
  do: { kind: "patch", interventions: [{ kind: "cut", query: "it", key: "cat", heads: ["L3H1"] }] },
  seed: 7,
};

async function effect(file: ExperimentFile & RunnableExperiment): Promise<Effect> {
  const result = await runExperiment(new Subject(model, file.input as string), file);
  if (result.kind !== "patch") throw new Error("a patch was asked for");
  return result.effect;
}

describe("what an experiment finds", () => {
  test("cutting it → cat in L3H1 turns the head's output and hardly anything behind it", async () => {
    const { stations, metrics, controls, said } = await effect(patchFile);
    expect(said).toEqual(['cut "it" → "cat" in L3H1, before the softmax']);
    expect(stations.map(({ kind }) => kind)).toEqual([
      "heads",
      "attention",
      "layer",
      "layer",
      "layer",
      "final",
      "sentence",
    ]);
    expect(stations[0]!.cosine).toBeCloseTo(0.576, 3);
    expect(metrics[1]!.after).toBeCloseTo(0.99997, 5);
    expect(controls.count).toBe(50);
    expect(controls.said).toMatch(
      /^random cuts of links of like weight \(0\.3\d to 0\.7\d, this one 0\.49\) in layer 3$/,
    );
    expect(metrics[1]!.asLarge).toBeGreaterThan(5);
  });

  test("silencing L5H11 turns the sentence most of all 72 heads", async () => {
    const { metrics, controls, stations } = await effect({
      ...patchFile,
      do: { kind: "patch", interventions: [{ kind: "ablateHeads", heads: ["L5H11"], by: "zero" }] },
    });
    expect(metrics[1]!.after).toBeCloseTo(0.856, 3);
    expect(controls).toEqual({ said: "other heads", count: 71 });
    expect(metrics[1]!.asLarge).toBe(0);
    expect(stations[0]!.cosine).toBeNaN();
    expect(stations[0]!.change).toBe(1);
  });

  test("a file and its seed give the same numbers again; another seed draws other controls", async () => {
    const [first, second] = [await effect(patchFile), await effect(patchFile)];
    expect(second).toEqual(first);
    const third = await effect({ ...patchFile, seed: 8 });
    expect(third.metrics[1]!.after).toBe(first.metrics[1]!.after);
    expect(third.metrics[1]!.controls).not.toEqual(first.metrics[1]!.controls);
  });

  test("every kind of intervention has controls of its own, or says that it has none", async () => {
    const subject = new Subject(model, text);
    const options = { metrics: patchFile.metrics!, controls: 6, seed: 1, word: [8] };
    for (const [intervention, said] of [
      [{ kind: "ablateLayers", layers: [1], part: "mlp", by: { mean: "text" } }, "other layers"],
      [{ kind: "ablatePositions", query: "cat", by: { resample: [other] } }, "other words"],
      [
        { kind: "cut", query: "it", key: "cat", layers: [2, 3], how: "after" },
        /in the same layers$/,
      ],
      [
        { kind: "transplant", from: other, site: "residual", layers: [2], query: "cat" },
        "other words in the same place of both texts",
      ],
      [
        { kind: "transplant", from: other, site: "mixed", layers: [2], heads: [3] },
        "other heads of these layers",
      ],
      [
        { kind: "path", from: other, senders: ["L2H3"], receivers: ["L4H1.v"] },
        "other senders of the same layers",
      ],
      [
        { kind: "steer", toward: ["I love it."], away: ["I hate it."], layers: [3], scale: 2 },
        "random directions of the same length",
      ],
      [
        { kind: "transplant", from: other, site: "residual", layers: [2] },
        "no controls: all words are taken",
      ],
    ] as const) {
      const found = await effectOf(subject, [intervention as never], options);
      expect(found.controls.said).toMatch(said);
      expect(found.controls.count).toBeLessThanOrEqual(6);
      if (!found.controls.said.startsWith("no")) expect(found.controls.count).toBeGreaterThan(0);
      expect(found.metrics[1]!.effect).toBeGreaterThan(1e-7);
    }
  });
});

describe("an experiment that goes on from runs that are finished", () => {
  test.each([
    ["a patch with controls", patchFile],
    [
      "a grid",
      {
        ...patchFile,
        do: { kind: "grid", over: "heads", change: { kind: "ablate", by: "zero" }, layers: [4] },
      },
    ],
  ] as const)("%s is the whole one, and makes the others alone", async (_, file) => {
    const run = (finished?: Map<string, readonly number[]>, signal?: AbortSignal) =>
      runExperiment(new Subject(model, text), file as RunnableExperiment, {
        ...{ finished, signal, rows: 4 },
      });
    const whole = await run();
    const finished = new Map<string, readonly number[]>();
    const stop = new AbortController();
    const set = finished.set.bind(finished);
    finished.set = (name, numbers) => {
      if (finished.size === 5) stop.abort();
      return set(name, numbers);
    };
    await expect(run(finished, stop.signal)).rejects.toThrow("aborted");
    const names = [...finished.keys()];
    expect(names.length).toBeGreaterThan(5);
    const made: string[] = [];
    finished.set = (name, numbers) => {
      made.push(name);
      return set(name, numbers);
    };
    expect(await run(finished)).toEqual(whole);
    expect(made.length).toBeGreaterThan(0);
    expect(made.filter((name) => names.includes(name))).toEqual([]);
  });
});

describe("grids", () => {
  const plan: GridPlan = {
    over: "positions",
    change: { kind: "transplant", from: other },
    layers: [1, 4],
  };
  const collect = async (finished: readonly GridCell[] = [], signal?: AbortSignal) => {
    const subject = new Subject(model, text);
    const grid = await openGrid(subject, plan, patchFile.metrics!);
    const cells: GridCell[] = [];
    try {
      for await (const cell of gridCells(subject, grid, { finished, signal, rows: 5 }))
        cells.push(cell);
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
    cells.sort((a, b) => a.layer - b.layer || a.word! - b.word!);
    return { grid, cells };
  };

  test("words of texts of two lengths are aligned; all of a layer taken over is the other text's", async () => {
    const { grid, cells } = await collect();
    expect(grid.words.map(({ text }) => text).join(" ")).toBe(
      "[CLS] The cat sat on the mat because it was . [SEP]",
    );
    expect([grid.alone, grid.othersAlone]).toEqual([["tired"], ["very", "dirty"]]);
    expect(cells).toHaveLength(2 * 12);
    expect(grid.metrics[1]!.clean).toBeCloseTo(1, 9);
    expect(grid.metrics[1]!.other).toBeLessThan(0.9);
    const [strongest] = cells.toSorted((a, b) => a.values[1]! - b.values[1]!);
    expect(grid.words[strongest!.word!]!.text).toBe("cat");
  });

  test("a grid that goes on from finished cells is the whole grid", async () => {
    const { cells } = await collect();
    const resumed = await collect(cells.filter((_, index) => index % 3 !== 1));
    expect(resumed.cells).toEqual(cells);
    const nothing = await collect(cells, AbortSignal.abort());
    expect(nothing.cells).toEqual(cells);
  });

  test("a grid that is stopped keeps what it handed out", async () => {
    const stop = new AbortController();
    const subject = new Subject(model, text);
    const grid = await openGrid(subject, plan, patchFile.metrics!);
    const cells: GridCell[] = [];
    const running = (async () => {
      for await (const cell of gridCells(subject, grid, { rows: 4, signal: stop.signal })) {
        cells.push(cell);
        if (cells.length === 8) stop.abort(new Error("enough"));
      }
    })();
    await expect(running).rejects.toThrow("enough");
    expect(cells).toHaveLength(8);
    expect((await collect(cells)).cells).toEqual((await collect()).cells);
  });

  test("progress ends at all of it", async () => {
    const subject = new Subject(model, text);
    const grid = await openGrid(
      subject,
      { over: "heads", change: { kind: "ablate", by: "zero" }, layers: [5] },
      patchFile.metrics!,
    );
    const seen: string[] = [];
    for await (const _ of gridCells(subject, grid, {
      rows: 5,
      onProgress: (done, all) => seen.push(`${done}/${all}`),
    }));
    expect(seen).toEqual(["5/12", "10/12", "12/12"]);
  });
});

describe("files of experiments", () => {
  test("what is written is read again", () => {
    expect(parseExperiment(experimentJson(patchFile), "x.json")).toEqual(patchFile);
  });

  const wrong: readonly [string, object, string][] = [
    [
      "another version",
      { version: 2 },
      "is an experiment of version 2, and this heed reads version 1",
    ],
    ["a key too many", { sed: 1 }, "sed is not known there; nearest: seed"],
    ["no seed", { seed: undefined }, "seed is undefined"],
    ["no input", { input: undefined }, "input is undefined"],
    ["an input of no form", { input: { txt: "a" } }, "input is Object: an input is a text, or has"],
    [
      "a mistyped part of an input",
      { input: { text: "a", tagret: "b" } },
      "input.tagret is not known there; nearest: target",
    ],
    ["half a pair", { input: { text: "a" } }, "input.pair is missing"],
    ["ids that are none", { input: { ids: [1, -2] } }, "input.ids.1 is -2"],
    [
      "an input further in",
      { do: { kind: "matter", by: "cut", controls: 3, texts: ["a", { imgae: "b.png" }] } },
      "do.texts.1 is Object: an input is a text, or has",
    ],
    [
      "a head that is none",
      {
        do: { kind: "patch", interventions: [{ kind: "ablateHeads", heads: ["H5"], by: "zero" }] },
      },
      'do.interventions.0.heads.0 is "H5": a head is written L5H11',
    ],
    [
      "an unknown kind",
      { do: { kind: "patch", interventions: [{ kind: "ablate" }] } },
      'do.interventions.0.kind is "ablate"',
    ],
    ["nothing to do", { do: { kind: "patch", interventions: [] } }, "do.interventions is 0"],
  ];
  test.each(wrong)("%s is refused by name", (_, change, message) => {
    expect(() => checkExperiment({ ...patchFile, ...change }, "x.json")).toThrow(
      `x.json: ${message}`,
    );
  });

  test("what is no experiment is refused", () => {
    expect(() => checkExperiment([], "x.json")).toThrow("is no experiment");
    expect(() => parseExperiment('{"heed": "experiment", "heed": 1}', "x.json")).toThrow(
      "is given twice",
    );
  });

  interface Loose {
    readonly do: { readonly interventions: readonly object[] };
    readonly metrics: readonly object[];
  }

  test("a key anywhere that nobody knows is refused", () => {
    const places: ((file: Loose) => object)[] = [
      (file) => file,
      (file) => file.do,
      (file) => file.do.interventions[0]!,
      (file) => file.metrics[0]!,
    ];
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.string({ minLength: 1 }), (place, key) => {
        const file = JSON.parse(experimentJson(patchFile));
        const spot = place(file) as Record<string, unknown>;
        fc.pre(
          !(key in spot) &&
            !["model", "stack", "layers", "how", "by", "controls", "__proto__"].includes(key),
        );
        spot[key] = 1;
        expect(() => checkExperiment(file, "x.json")).toThrow("x.json: ");
      }),
      { seed: 5, numRuns: 60 },
    );
  });
});

test("links of like weight are within a factor of 1.5, or the nearest there are", () => {
  const links = Array.from({ length: 100 }, (_, n) => ({ weight: (n + 1) / 100, n }));
  const draw = () => 0.5;
  const near = linksLike(links, 0.3, 10, draw);
  expect(near).toHaveLength(10);
  expect(near.every(({ weight }) => weight >= 0.2 - 1e-9 && weight <= 0.45 + 1e-9)).toBe(true);
  expect(new Set(near).size).toBe(10);
  const few = linksLike(links, 0.01, 4, draw);
  expect(few.map(({ n }) => n)).toEqual([0, 1, 2, 3]);
});
