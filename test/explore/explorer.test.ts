import { afterAll, beforeAll, describe, expect, test } from "vitest";
import packageFile from "../../package.json" with { type: "json" };
import { attentionDistance, attentionEntropy, attentionMaps } from "../../src/analysis/index.ts";
import type { Intervention } from "../../src/analysis/interventions/intervention.ts";
import { Explorer, type Exploring, exploredSource, type Seen } from "../../src/explore/index.ts";
import { version } from "../../src/explore/version.ts";
import { load, type Model } from "../../src/index.ts";
import { commandLine } from "../support/command-line.ts";
import { editedFolder } from "../support/edited-folder.ts";
import { goldenFolder } from "../support/small-models.ts";

const input = "The cat sat on the mat because it was tired.";
const cut: Intervention = { kind: "cut", query: 8, key: 2, heads: ["L3H1"] };

async function said(...args: readonly string[]) {
  const { stdout, error } = await commandLine(...args, "--format", "json");
  if (error) throw error;
  return JSON.parse(stdout);
}

describe("the embedded model", () => {
  let model: Model;
  let explorer: Exploring;
  let seen: Seen;

  beforeAll(async () => {
    model = await load();
    explorer = new Explorer(model);
    seen = await explorer.see({ input });
  });

  afterAll(() => explorer.dispose());

  test("says what it is", () => {
    expect(explorer.said).toMatchObject({
      label: "all-MiniLM-L6-v2",
      layers: 6,
      heads: 12,
      headWidth: 32,
      longest: 512,
      hasSentence: true,
      readsImages: false,
    });
    expect(explorer.said.task).toBeUndefined();
    expect(explorer.said.version).toBe(packageFile.version);
    expect(version).toBe(packageFile.version);
  });

  test("sees what the command line prints", async () => {
    const { head, weights } = await said(input);
    expect(seen.queries[8]).toEqual({
      text: "it",
      isSpecial: false,
      word: 7,
      start: 31,
      end: 33,
    });
    expect(seen.queries[0]).toMatchObject({ text: "[CLS]", isSpecial: true });
    expect(`L${seen.start.layer}H${seen.start.head}`).toBe(head);
    expect((await explorer.rows(seen.run, 8)).subarray(71 * 13)).toEqual(
      Float32Array.from(weights),
    );
    expect([seen.start.query, seen.start.key]).toEqual([8, 2]);
    expect(at(seen, 3, 1, 8, 2)).toBeCloseTo(0.49, 2);
    expect(seen.weights!.map(({ length }) => length)).toEqual(Array(6).fill(12 * 13 * 13));
  });

  test("explains as the command line does", async () => {
    const there = await said("explain", input, "--word", "it", "--head", "L3H1");
    const here = await explorer.explain(seen.run, { head: "L3H1", word: 8 });
    const plain = JSON.parse(JSON.stringify(here));
    expect(plain.answer).toEqual(there.answer);
    expect(plain.steps.map(({ id }: { id: string }) => id)).toEqual(
      there.steps.map(({ id }: { id: string }) => id),
    );
    expect(plain.target).toEqual(there.target);
    expect(plain.against).toEqual(there.against);
    expect(plain.steps).toEqual(there.steps);
  });

  test("a cut travels as heed patch has it: 0.58 at the head, 0.99997 at the sentence", async () => {
    const there = await said("patch", input, "--cut", "it->cat", "--head", "L3H1");
    const here = await explorer.effect({ input, changes: [cut], seed: 1 }, { word: 8 });
    expect(here.stations[0]).toMatchObject({ kind: "heads", layer: 3, heads: [1] });
    expect(here.stations[0]!.cosine).toBeCloseTo(0.58, 2);
    const sentence = here.stations.at(-1)!;
    expect(sentence.kind).toBe("sentence");
    expect(sentence.cosine).toBeCloseTo(0.99997, 5);
    const plain = JSON.parse(JSON.stringify(here));
    expect(plain.stations).toEqual(there.stations);
    expect(plain.controls).toEqual(there.controls);
  });

  test("silencing L5H11 leaves a cosine of 0.856 of the sentence, by measure and by effect", async () => {
    const parts: number[] = [];
    const measured = await explorer.measure(
      seen.run,
      "silenced",
      { query: 8 },
      { onPart: (done, of) => parts.push(done, of) },
    );
    expect(measured[5 * 12 + 11]).toBeCloseTo(0.856, 3);
    expect(parts.slice(-2)).toEqual([72, 72]);
    expect(parts.length).toBeGreaterThan(4);
    const { metrics } = await explorer.effect(
      { input, changes: [{ kind: "ablateHeads", heads: ["L5H11"], by: "zero" }] },
      { controls: 0 },
    );
    expect(metrics.at(-1)!.after).toBeCloseTo(measured[5 * 12 + 11]!, 6);
  });

  test("gradients name L5H11 as what makes it like cat", async () => {
    const gradient = await explorer.measure(seen.run, "gradient", { query: 8, key: 2 });
    const most = gradient.indexOf(Math.max(...gradient));
    expect([Math.floor(most / 12), most % 12]).toEqual([5, 11]);
    const alone = explorer.measure(seen.run, "gradient", { query: 8, key: 8 });
    await expect(alone).rejects.toThrow("another token than the query");
  });

  test("a run with changes shows them, and later questions are of it", async () => {
    const changed = await explorer.see({ input, changes: [cut] });
    expect(at(changed, 3, 1, 8, 2)).toBe(0);
    expect(at(changed, 3, 1, 8, 6)).toBeGreaterThan(at(seen, 3, 1, 8, 6));
    expect(changed.weights![2]).toEqual(seen.weights![2]);
    const row = await explorer.rows(changed.run, 8);
    expect(row[(3 * 12 + 1) * 13 + 2]).toBe(0);
    const explained = await explorer.explain(changed.run, { head: "L3H1", word: 8, to: 2 });
    expect(explained.answer.join(" ")).toContain('"it" may not look at "cat"');
  });

  test("what is shown comes back the same however it is asked", async () => {
    const head = { layer: 2, head: 7 };
    const weights = await explorer.weights(seen.run, head);
    expect(weights).toEqual(seen.weights![2]!.subarray(7 * 169, 8 * 169));
    const rows = await explorer.rows(seen.run, 5);
    expect(rows.subarray((2 * 12 + 7) * 13, (2 * 12 + 8) * 13)).toEqual(
      weights.subarray(5 * 13, 6 * 13),
    );
    const small = await explorer.thumbnails(seen.run, 2, { rows: 13, columns: 13 });
    expect(small.subarray(7 * 169, 8 * 169)).toEqual(weights);
  });

  test("measures are those of heed/analysis", async () => {
    const maps = attentionMaps(await model.run(input, { read: ["layers.*.weights"] }));
    const queries = [8];
    const measured = (name: "entropy" | "distance" | "special" | "key") =>
      explorer.measure(seen.run, name, { query: 8, key: 2 });
    expectNear(await measured("entropy"), attentionEntropy(maps, { queries }).values);
    expectNear(await measured("distance"), attentionDistance(maps, { queries }).values);
    expect((await measured("key"))[37]).toBe(at(seen, 3, 1, 8, 2));
    expect((await measured("special"))[37]).toBeCloseTo(
      at(seen, 3, 1, 8, 0) + at(seen, 3, 1, 8, 12),
      6,
    );
  });

  test("a long text is asked row by row, and says the same", async () => {
    const text = input.repeat(16);
    const long = await explorer.see({ input: text });
    expect(long.weights).toBeUndefined();
    const run = await model.run(text, { read: ["layers.4.weights"] });
    const whole = run.trace.get("layers.4.weights").select(0, 3).data;
    expectNear(await explorer.weights(long.run, { layer: 4, head: 3 }), whole);
    const T = long.queries.length;
    const source = exploredSource(explorer, long);
    expectNear(await source.row({ layer: 4, head: 3 }, 9), whole.subarray(9 * T, 10 * T));
    // Once they came they are there at once.
    expect(source.rows(9)).toBeInstanceOf(Float32Array);
    const small = await source.thumbnails(4, { rows: 8, columns: 8 });
    expect(small).toHaveLength(12 * 64);
    expect((await explorer.explain(long.run, { head: "L4H3", word: 9 })).steps).toHaveLength(13);
  });

  test("a source of what was seen names tokens and holds weights", () => {
    const source = exploredSource(explorer, seen, { texts: [input] });
    expect(source.keys).toBe(source.queries);
    expect(source.queries.map(({ name }) => name).slice(0, 6)).toEqual(
      ["[CLS]", "The#1", "cat", "sat", "on", "the#2"].map((name) => expect.stringContaining(name)),
    );
    expect(source.weights({ layer: 3, head: 1 })).toEqual(seen.weights![3]!.subarray(169, 2 * 169));
  });

  test("keeps eight runs, and says so of others", async () => {
    const first = await explorer.see({ input: "It rains." });
    for (let n = 0; n < 8; n++) await explorer.see({ input: `It rains ${n}.` });
    await expect(explorer.rows(first.run, 1)).rejects.toThrow(/the 8 that were asked about last/);
    // What is asked about now and then stays, the run without changes too.
    const clean = await explorer.see({ input });
    for (let n = 0; n < 12; n++)
      await explorer.see({
        input,
        changes: [{ kind: "setWeight", head: "L3H1", query: 8, key: 2, value: n / 12 }],
      });
    expect(await explorer.rows(clean.run, 8)).toHaveLength(6 * 12 * 13);
    seen = await explorer.see({ input });
    explorer.forget(seen.run);
    await expect(explorer.rows(seen.run, 1)).rejects.toThrow(/not kept any more/);
    seen = await explorer.see({ input });
  });

  test("pairs, ids and single words are seen", async () => {
    const pair = await explorer.see({ input: { text: "A cat.", pair: "A mat." } });
    expect(pair.queries.filter(({ isSpecial }) => isSpecial)).toHaveLength(3);
    const ids = await explorer.see({ input: { ids: [101, 4937, 102] } });
    expect(ids.queries.map(({ text }) => text)).toContain("cat");
    const one = await explorer.see({ input: "cat" });
    expect(one.start.query).toBe(1);
    const none = await explorer.see({ input: "" });
    expect(none.queries).toHaveLength(2);
  });

  test("refuses what is not there, by name", async () => {
    const wrong: [Promise<unknown>, RegExp][] = [
      [explorer.see({ input, changes: [{ ...cut, heads: ["L9H1"] }] }), /L9H1|layers 0 to 5/],
      [explorer.see({ input, changes: [{ ...cut, key: "dog" }] }), /no word "dog"/],
      [explorer.see({ input, stack: "decoder." }), /one stack/],
      [explorer.weights(seen.run, { layer: 6, head: 0 }), /L6H0/],
      [explorer.rows(seen.run, 13), /tokens 0 to 12/],
      [explorer.measure(seen.run, "key", { query: 8 }), /needs a key/],
      [explorer.effect({ input }, { controls: 0 }), /at least one intervention/],
      [
        explorer.see({ input: { image: "cat.png" } }),
        /this picture is not here\. Hand it over by keepImage/,
      ],
    ];
    for (const [asked, message] of wrong) await expect(asked).rejects.toThrow(message);
  });

  test("cancelling stops a question", async () => {
    const abort = new AbortController();
    const asked = explorer.measure(
      seen.run,
      "silenced",
      { query: 8 },
      { signal: abort.signal, onPart: () => abort.abort() },
    );
    await expect(asked).rejects.toMatchObject({ name: "AbortError" });
    await expect(explorer.see({ input }, { signal: abort.signal })).rejects.toMatchObject({
      name: "AbortError",
    });
    // A subject that a signal stopped serves the next one.
    expect((await explorer.see({ input, changes: [cut] })).queries).toHaveLength(13);
  });
});

describe("other families", () => {
  const ids = { ids: [7, 3, 9, 5, 11, 2, 14] };

  async function explored<T>(
    golden: string,
    work: (explorer: Explorer) => Promise<T>,
    options?: ConstructorParameters<typeof Explorer>[1],
  ): Promise<T> {
    const explorer = new Explorer(await load(goldenFolder(golden)), options);
    try {
      return await work(explorer);
    } finally {
      await explorer.dispose();
    }
  }

  test("a causal model hides what stands behind a query, and says its next word", () =>
    explored("gpt2", async (explorer) => {
      const seen = await explorer.see({ input: ids });
      const T = ids.ids.length;
      expect(seen.isCausal).toBe(true);
      const row = (await explorer.rows(seen.run, 2)).subarray(0, T);
      expect([...row].map(Number.isNaN)).toEqual([0, 1, 2, 3, 4, 5, 6].map((key) => key > 2));
      const changes: Intervention[] = [{ kind: "ablateHeads", heads: ["L0H0"], by: "zero" }];
      const asked = { input: ids, changes };
      const { outcomes, metrics } = await explorer.effect(asked, { word: 6, controls: 3 });
      expect(outcomes[0]!.of).toBe("next word");
      expect(metrics[0]!.foretold).not.toBe(0);
      const quick = await explorer.effect(asked, { word: 6, controls: 0 });
      expect(quick.metrics[0]!.foretold).toBeUndefined();
      const silenced = await explorer.measure(seen.run, "silenced", { query: 6 });
      expect(silenced.every((value) => value > -1 && value <= 1.000001)).toBe(true);
      await explorer.explain(seen.run, { head: "L1H0", word: 6 });
    }));

  test("the word that heads rest on is named, where a text has one", async () => {
    const explorer: Exploring = new Explorer(await load("heed-stories"));
    try {
      const many = "The cat and the mat and the dog and the hen and the pig and the cow.";
      const seen = await explorer.see({ input: many });
      expect(seen.rest).toEqual([0]);
      expect(exploredSource(explorer, seen).rest).toEqual([0]);
      expect(seen.start.key).not.toBe(0);
      const plain = "the cat sat on the mat because it was tired.";
      expect(await explorer.see({ input: plain })).not.toHaveProperty("rest");
      // A first word that heads do not rest on is found as any other is, by the page as by `heed TEXT`.
      // Heads that look three words back, or at "on" whoever looks, find nothing: "it" at "cat" does.
      const { start: first } = await explorer.see({ input });
      expect(at(await explorer.see({ input }), first.layer, first.head, 7, 1)).toBeGreaterThan(0.2);
      expect([first.query, first.key]).toEqual([7, 1]);
      const text = "The dog found the lamp in the garden. The cat took it.";
      const took = await explorer.see({ input: text });
      expect(took.keys[took.start.key]!.text).toBe("dog");
      const other = "The bird saw the tree and it flew away.";
      const { start, rest, keys } = await explorer.see({ input: other });
      // "tree" in pieces is rarer than "The", which begins the text with pieces of its own.
      expect([keys[start.key]!.word, rest]).toEqual([4, undefined]);
    } finally {
      await explorer.dispose();
    }
  });

  test("an encoder-decoder shows three attentions", () =>
    explored("t5-first", async (explorer) => {
      const stacks = [undefined, "encoder.", "decoder.", "decoder.cross."] as const;
      for (const stack of stacks) {
        const seen = await explorer.see({ input: ids, stack });
        expect(seen.isSelf).toBe(stack !== "decoder.cross.");
        expect(seen.isCausal).toBe(stack === "decoder.");
        const query = seen.queries.length - 1;
        const explained = await explorer.explain(seen.run, { head: "L0H0", word: query });
        expect(explained.head).toBe(`${stack ?? "encoder."}L0H0`);
        const silenced = await explorer.measure(seen.run, "silenced", { query });
        expect(silenced.some(Number.isNaN)).toBe(false);
        await explorer.measure(seen.run, "entropy", { query });
      }
    }));

  test("a decoder whose config lets it look both ways hides nothing", async () => {
    const hidden = async (isCausal: boolean) => {
      const folder = editedFolder("hub-t5", {
        config: (config) => ({ ...config, is_causal: isCausal }),
      });
      const explorer = new Explorer(await load(folder));
      const asked = { input: "a cat", decoder: "the cat sat", stack: "decoder." } as const;
      const seen = await explorer.see(asked);
      const row = await explorer.rows(seen.run, 0);
      await explorer.dispose();
      expect(seen.queries.length).toBeGreaterThan(2);
      return { ...seen, hidden: row.filter(Number.isNaN).length > 0 };
    };
    expect(await hidden(true)).toMatchObject({ isCausal: true, hidden: true });
    expect(await hidden(false)).toMatchObject({ isCausal: false, hidden: false });
  });

  test("windows of a longformer are hidden, and a picture is opened by who serves it", async () => {
    await explored("longformer-windows", async (explorer) => {
      const many = { ids: Array.from({ length: 14 }, (_, n) => 5 + n) };
      const seen = await explorer.see({ input: many });
      const rows = await explorer.rows(seen.run, 12);
      expect(rows.some(Number.isNaN)).toBe(true);
      expect(rows.some((weight) => weight > 0)).toBe(true);
      await explorer.explain(seen.run, { head: "L0H0", word: 12 });
    });
    const rgb = Uint8Array.from({ length: 16 * 16 * 3 }, (_, n) => (n * 37) % 256);
    await explored(
      "vit-uneven-heads",
      async (explorer) => {
        expect(explorer.said.readsImages).toBe(true);
        const seen = await explorer.see({ input: { image: "cat.png" } });
        expect(seen.start.query).toBe(0);
        expect(seen.queries[0]!.text).toBe("[CLS]");
        await explorer.measure(seen.run, "distance", { query: 1 });
        await explorer.measure(seen.run, "silenced", { query: 0 });
        await explorer.explain(seen.run, { head: "L0H0", word: 1 });
      },
      { openImage: async () => ({ width: 16, height: 16, rgb }) },
    );
  });
});

function at({ weights, keys }: Seen, layer: number, head: number, query: number, key: number) {
  const S = keys.length;
  return weights![layer]![(head * S + query) * S + key]!;
}

function expectNear(found: ArrayLike<number>, wanted: ArrayLike<number>): void {
  expect(found.length).toBe(wanted.length);
  const far = Array.from(found, (value, n) => Math.abs(value - wanted[n]!));
  expect(Math.max(...far)).toBeLessThan(1e-5);
}
