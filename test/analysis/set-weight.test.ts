import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  checkExperiment,
  type Intervention,
  interventionSaid,
  patchesOf,
  runExperiment,
  Subject,
} from "../../src/analysis/index.ts";
import { load, type Model } from "../../src/index.ts";

const text = "The cat sat on the mat because it was tired.";
const site = "layers.3.weights";

describe("a link's weight is set, and a word takes another's numbers", () => {
  let model: Model;

  beforeAll(async () => {
    model = await load();
  });
  afterAll(() => model.dispose());

  async function rowAfter(...changes: readonly Intervention[]) {
    const patch = await patchesOf(new Subject(model, text), changes);
    const run = await model.run(text, { read: [site], patch, output: false });
    return run.trace.row(site, { head: 1, query: 8 }).data;
  }
  const set = (value: number, more = {}): Intervention => ({
    kind: "setWeight",
    head: "L3H1",
    query: "it",
    key: "cat",
    value,
    ...more,
  });

  test("the others share the rest as they did", async () => {
    const [before, after] = [await rowAfter(), await rowAfter(set(0.9))];
    expect(after[2]).toBeCloseTo(0.9, 6);
    expect(after.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 6);
    for (const key of [0, 6, 8, 12])
      expect(after[key]! / before[key]!).toBeCloseTo(0.1 / (1 - before[2]!), 4);
    const none = await rowAfter(set(0));
    const cut = await rowAfter({ kind: "cut", query: 8, key: 2, heads: ["L3H1"] });
    for (const [key, weight] of none.entries()) expect(weight).toBeCloseTo(cut[key]!, 6);
    const all = await rowAfter(set(1));
    expect([...all].map((weight) => +(weight > 0))).toEqual([0, 0, 1, ...Array(10).fill(0)]);
  });

  test("not renormalized, the others keep theirs", async () => {
    const before = await rowAfter();
    const after = await rowAfter(set(0.9, { renormalize: false }));
    expect(after[6]).toBe(before[6]);
    expect(after[2]).toBeCloseTo(0.9, 6);
  });

  test("two weights of one row are set one after the other", async () => {
    const after = await rowAfter(set(0.2), { ...set(0.5), key: "mat" } as Intervention);
    expect(after[6]).toBeCloseTo(0.5, 6);
    expect(after.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 6);
  });

  test("stands beside links of like weight that are set to the same", async () => {
    const found = await runExperiment(new Subject(model, text), {
      do: { kind: "patch", interventions: [set(0)], controls: 5 },
      seed: 1,
    });
    if (found.kind !== "patch") throw new Error("no patch");
    expect(found.effect.controls.count).toBe(5);
    expect(found.effect.controls.said).toMatch(/^random links of like weight .*in layer 3$/);
    expect(found.effect.stations[0]).toMatchObject({ kind: "heads", heads: [1] });
    expect(found.effect.stations[0]!.cosine).toBeCloseTo(0.58, 2);
  });

  test("where another word is followed, controls are judged by it too", async () => {
    const found = await runExperiment(new Subject(model, text), {
      do: { kind: "patch", interventions: [{ kind: "ablatePositions", query: "cat", by: "zero" }] },
      word: "it",
      seed: 1,
    });
    if (found.kind !== "patch") throw new Error("no patch");
    const [first] = found.effect.stations;
    // Behind layer 0 a word that was not taken out is almost what it was, whichever other one was.
    expect(first!.cosine).toBeGreaterThan(0.99);
    expect(first!.controls!.cosine.median).toBeGreaterThan(0.99);
  });

  test("is said, written to a file and read again; what is no weight is refused", async () => {
    expect(interventionSaid(set(0.9))).toBe(
      'weight of "it" → "cat" in L3H1 set to 0.9, the others share the rest',
    );
    const file = {
      heed: "experiment",
      version: 1,
      input: text,
      do: { kind: "patch", interventions: [set(0.9, { renormalize: false })] },
      seed: 0,
    };
    expect(checkExperiment(file, "file")).toEqual(file);
    const wrong = { ...file, do: { kind: "patch", interventions: [set(1.5)] } };
    expect(() => checkExperiment(wrong, "file")).toThrow(/value/);
    await expect(rowAfter(set(1.5))).rejects.toThrow(/between 0 and 1/);
    await expect(rowAfter({ ...set(0.5), head: "L3H12" } as Intervention)).rejects.toThrow(/L3H12/);
  });

  test("cat takes mat's key, and the scores of it change places", async () => {
    const swap: Intervention = {
      kind: "transplant",
      from: text,
      site: "k",
      layers: [3],
      heads: [1],
      query: "cat",
      fromQuery: "mat",
    };
    const scores = async (patch: Awaited<ReturnType<typeof patchesOf>>) => {
      const run = await model.run(text, { read: ["layers.3.scores"], patch, output: false });
      return run.trace.row("layers.3.scores", { head: 1, query: 8 }).data;
    };
    const subject = new Subject(model, text);
    const [before, after] = [await scores([]), await scores(await patchesOf(subject, [swap]))];
    expect(after[2]).toBeCloseTo(before[6]!, 5);
    expect(after[6]).toBe(before[6]);
    const { effect } = (await runExperiment(subject, {
      do: { kind: "patch", interventions: [swap], controls: 0 },
      word: "it",
      seed: 0,
    })) as Extract<Awaited<ReturnType<typeof runExperiment>>, { kind: "patch" }>;
    expect(effect.stations[0]).toMatchObject({ kind: "heads", heads: [1] });
    expect(interventionSaid(swap)).toContain('taken from "mat" of');
    await expect(patchesOf(subject, [{ ...swap, query: undefined }])).rejects.toThrow(/Give both/);
  });
});
