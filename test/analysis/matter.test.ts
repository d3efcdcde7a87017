import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { headGradients } from "../../src/analysis/gradients/head-importance.ts";
import { linksOfLayer } from "../../src/analysis/interventions/links.ts";
import { Subject } from "../../src/analysis/interventions/subject.ts";
import { cosine } from "../../src/analysis/linear/vectors.ts";
import { linkNorms } from "../../src/analysis/matter/link-norms.ts";
import { matterOf } from "../../src/analysis/matter/matter.ts";
import { matterOverTexts, predictedBy } from "../../src/analysis/matter/over-texts.ts";
import { runMatter } from "../../src/analysis/matter/run-matter.ts";
import { load } from "../../src/load.node.ts";
import type { Model } from "../../src/model.ts";
import { goldenFolder } from "../support/small-models.ts";

const text = "The cat sat on the mat because it was tired.";
const model = await load();
afterAll(() => model.dispose());

const metrics = [{ kind: "wordCosine", word: "it" }, { kind: "sentenceCosine" }] as const;
const options = { word: [8], by: "cut", metrics, controls: 0, seed: 1 } as const;
const lines = (name: string) =>
  readFileSync(new URL(`../../examples/data/${name}`, import.meta.url), "utf8")
    .trim()
    .split("\n");

describe("what gradients foretell of it", () => {
  test("of silenced heads is their importance; of a vector compared with itself there is none", async () => {
    const gpt2 = await load(goldenFolder("gpt2"));
    const subject = new Subject(gpt2, { ids: [[3, 9, 4, 22, 17, 8]] });
    const metric = { kind: "logit", token: 11, minus: 3 } as const;
    const { rows, byGradient } = await matterOf(subject, {
      ...{ word: [5], by: "zero", controls: 0, seed: 1 },
      metrics: [metric, { kind: "sentenceCosine" }],
    });
    const { heads } = await headGradients(subject, metric);
    for (const { layer, head, gradients } of rows) {
      const { value } = heads.find((one) => one.layer === layer && one.head === head)!;
      expect(gradients[0]).toBeCloseTo(Math.abs(value), 5);
      expect(gradients[1]).toBeUndefined();
    }
    expect(byGradient[0]!.rho).toBeGreaterThan(-1.01);
    expect(byGradient[1]).toBeUndefined();
    await gpt2.dispose();
  });
});

describe("what the links of one word matter", () => {
  test("each head's strongest link, its weight and the effect of cutting it", async () => {
    const { rows, byWeight } = await matterOf(new Subject(model, text), options);
    expect(rows).toHaveLength(72);
    const row = rows.find(({ layer, head }) => layer === 5 && head === 11)!;
    expect([row.key, row.weight.toFixed(2)]).toEqual(["cat", "0.71"]);
    const plain = await model.run(text, { read: ["final"] });
    const patch = [{ site: "layers.5.scores", head: 11, query: "it", key: "cat", cut: true }];
    const cut = await model.run(text, { read: ["final"], patch });
    const vector = (run: typeof plain) => run.trace.part("final", [[0], [8]]).data;
    expect(row.effects[0]).toBeCloseTo(1 - cosine(vector(plain), vector(cut)), 9);
    const sentences = [plain, cut].map(({ output }) => output.sentence!.data);
    expect(row.effects[1]).toBeCloseTo(1 - cosine(sentences[0]!, sentences[1]!), 9);
    expect(byWeight[1]!.rho).toBeGreaterThan(0.6);
    expect(byWeight[1]!.low).toBeLessThan(byWeight[1]!.rho);
  });

  test("one word for all heads, every link, and whole heads", async () => {
    const toCat = await matterOf(new Subject(model, text), { ...options, to: [2] });
    expect(new Set(toCat.rows.map(({ key }) => key))).toEqual(new Set(["cat"]));
    const heads = await matterOf(new Subject(model, text), { ...options, by: "zero" });
    const [most] = heads.rows.toSorted((a, b) => b.effects[1]! - a.effects[1]!);
    expect(most).toMatchObject({ layer: 5, head: 11, controls: [] });
    expect(1 - most!.effects[1]!).toBeCloseTo(0.856, 3);
  });

  test("goes on from runs that are finished, of which none is made again", async () => {
    const finished = new Map<string, readonly number[]>();
    const whole = await matterOf(new Subject(model, text), { ...options, finished });
    expect(finished.size).toBe(whole.runs);
    const made: string[] = [];
    const half = new Map([...finished].filter((_, place) => place % 2 === 0));
    const going = {
      get: (name: string) => half.get(name),
      set: (name: string) => made.push(name),
    };
    const resumed = await matterOf(new Subject(model, text), { ...options, finished: going });
    expect(resumed).toEqual(whole);
    expect(made).toHaveLength(finished.size - half.size);
    expect(made.filter((name) => half.has(name))).toEqual([]);
  });

  test("every link; controls are links of like weight of the same layer, drawn by the seed", async () => {
    const small = await load(goldenFolder("bert-mlm"));
    const subject = new Subject(small, [[7, 3, 9, 5, 11, 2, 14, 8, 6]]);
    const asked = { ...options, metrics: [{ kind: "sentenceCosine" }], word: [4] } as const;
    const links = await matterOf(subject, { ...asked, links: true });
    expect(links.rows).toHaveLength(2 * 3 * 8);
    const once = await matterOf(subject, { ...asked, controls: 8 });
    expect(await matterOf(subject, { ...asked, controls: 8 })).toEqual(once);
    expect(once.rows[0]!.controls[0]).toMatchObject({ count: 8 });
    expect(once.rows[0]!.controls[0]!.asLarge).toBeLessThanOrEqual(8);
    expect(once.runs).toBeGreaterThan(6);
    const other = await matterOf(subject, { ...asked, controls: 8, seed: 2 });
    expect(other.rows[0]!.controls).not.toEqual(once.rows[0]!.controls);
    await small.dispose();
  });

  test("in a causal model only what came before can be looked at", async () => {
    const causal = await load(goldenFolder("gpt2"));
    const subject = new Subject(causal, [[3, 9, 4, 22]]);
    const links = await linksOfLayer(subject, 0);
    expect(links.every(({ query, key }) => key[0]! <= query[0]!)).toBe(true);
    const asked = { ...options, word: [0], metrics: [{ kind: "divergence" }] } as const;
    await expect(matterOf(subject, asked)).rejects.toThrow("no other word to look at");
    const { rows } = await matterOf(subject, { ...asked, word: [3] });
    expect(rows.every(({ tokens }) => tokens[0]! < 3)).toBe(true);
    await causal.dispose();
  });
});

/** The output of a head when one link alone is left: what `heads` then holds is what the link brings. */
async function normLeftAlone(of: Model, ids: number[], layer: number, head: number, stack = "") {
  const [query, key] = [4, 1];
  const site = `${stack}layers.${layer}`;
  const plain = await of.run([ids], { read: [`${site}.weights`] });
  const weight = plain.trace.get(`${site}.weights`).at(0, head, query, key);
  const run = await of.run([ids], {
    read: [{ site: `${site}.heads`, head, query }],
    patch: [
      { site: `${site}.weights`, head, query, set: 0 },
      { site: `${site}.weights`, head, query, key, set: weight },
    ],
  });
  const link = { layer, head, query: [query], key: [key], weight };
  return { link, norm: Math.hypot(...run.trace.get(`${site}.heads`).data) };
}

test.each(["bert-mlm", "gpt2", "llama-dynamic", "xlnet-classify", "t5-encoder"])(
  "norms of links are what they bring to the stream: %s",
  async (name) => {
    const of = await load(goldenFolder(name));
    const ids = [7, 3, 9, 5, 11];
    const stack = of.sites.has("encoder.embeddings") ? "encoder." : "";
    const norms = linkNorms(of, "encoder");
    const subject = new Subject(of, [ids]);
    for (const head of [0, 1]) {
      const { link, norm } = await normLeftAlone(of, ids, 1, head, stack);
      expect((await norms(subject, [link]))[0]).toBeCloseTo(norm, 5);
    }
    await of.dispose();
  },
);

describe("over texts", () => {
  const open = async (input: unknown) => new Subject(model, input as string);
  const experiment = {
    do: { kind: "matter", by: "cut", controls: 0 },
    word: "it",
    seed: 1,
  } as const;

  test("the order of heads on some texts is the order of effects on others", async () => {
    const { prediction, over, matters } = await runMatter(
      open,
      lines("because-it-1.txt").slice(0, 5),
      {
        ...experiment,
        do: { ...experiment.do, predict: lines("because-it-2.txt").slice(0, 5) },
      },
    );
    expect(over).toMatchObject({ texts: 5, isTested: false });
    expect(over!.heads[0]!.q).toEqual([undefined, undefined]);
    expect(prediction!.byEffect[1]!.rho).toBeGreaterThan(0.9);
    expect(prediction!.byEffect[1]!.rho).toBeGreaterThan(prediction!.byWeight[1]!.rho);
    expect(prediction!.byEffect[1]!.low).toBeGreaterThan(0.75);
    // From 30 texts on heads are tested; texts are repeated here to get there quickly.
    const many = matterOverTexts(
      Array.from({ length: 32 }, (_, n) => matters[n % 5]!),
      1,
    );
    expect(many.isTested).toBe(true);
    const strongest = many.heads.find(({ layer, head }) => layer === 5 && head === 11)!;
    expect(strongest.times[1]).toBeGreaterThan(20);
    expect(strongest.q[1]).toBeLessThan(0.01);
    for (const { p, q } of many.heads) expect(q[1]!).toBeGreaterThan(p[1]! - 1e-9);
    expect(predictedBy(matters, matters, 1).byEffect[0]!.rho).toBe(1);
  });

  test("a text without the word is left out, and said", async () => {
    const said: string[] = [];
    const { over } = await runMatter(open, [text, "No such word.", "It was tired."], experiment, {
      onWarning: (message) => said.push(message),
    });
    expect(over!.texts).toBe(2);
    expect(said).toEqual([
      expect.stringContaining('text 2 is left out: --word: no word "it" in the text'),
    ]);
    await expect(runMatter(open, ["No.", "Yes."], experiment)).rejects.toThrow(
      'none of 2 texts has "it" with another word to look at',
    );
  });
});
