import { afterAll, describe, expect, test } from "vitest";
import { defaultMetrics } from "../../src/analysis/interventions/default-metrics.ts";
import { effectOf } from "../../src/analysis/interventions/effect.ts";
import {
  divergence,
  type Metric,
  metricReads,
  metricValue,
  resolveMetric,
} from "../../src/analysis/interventions/metric.ts";
import { choiceSaid } from "../../src/analysis/interventions/names.ts";
import { Subject } from "../../src/analysis/interventions/subject.ts";
import { load } from "../../src/load.node.ts";
import type { Model } from "../../src/model.ts";
import type { RunInput } from "../../src/models/inputs.ts";
import { goldenFolder } from "../support/small-models.ts";
import { bertWithWords, gpt2WithLetters } from "../support/text-models.ts";

const models: Model[] = [];
const kept = async (model: Promise<Model>) => {
  models.push(await model);
  return models.at(-1)!;
};
afterAll(async () => {
  for (const model of models) await model.dispose();
});

/** A metric before and after the last layer's first head is silenced. */
async function measured(model: Model, input: RunInput, metric: Metric) {
  const resolved = await resolveMetric(new Subject(model, input), metric);
  const patch = [{ site: `layers.${model.dimensions.layers - 1}.mixed`, head: 0, zero: true }];
  const run = await model.run(input, { read: metricReads([resolved]), patch });
  const whole = await model.run(input, { read: ["final", "logits"], patch }).catch(() => undefined);
  return { resolved, value: metricValue(resolved, run.trace), whole };
}

describe("metrics of tokens", () => {
  test("a log-probability less another is the difference of logits, at the last token", async () => {
    const model = await kept(gpt2WithLetters("right"));
    const metric = { kind: "logProbability", token: "a", minus: "b" } as const;
    const { resolved, value, whole } = await measured(model, "cab", metric);
    const [a, b] = ["a", "b"].map((name) => model.tokenizer!.tokenToId(name)!);
    const logits = whole!.output.logits!;
    expect(resolved.places).toEqual([2]);
    expect(value).toBeCloseTo(logits.at(0, 2, a!) - logits.at(0, 2, b!), 5);
    expect(resolved.name).toBe('log P(a) − log P(b) at "b"');
    const stop = await measured(model, "cab.", metric);
    expect(stop.resolved.name).toBe('log P(a) − log P(b) at "."');
    const one = await measured(model, "cab", { kind: "logProbability", token: "a", query: "a" });
    const row = logits.select(0, 1).data;
    const total = row.reduce((sum, logit) => sum + Math.exp(logit), 0);
    expect(one.value).toBeCloseTo(row[a!]! - Math.log(total), 5);
  });

  test("a token of blanks is named by what they are, one without a text by its id", () => {
    const model = { tokenizer: { decode: ([id]: number[]) => ["", " the", "\n"][id!] } } as never;
    const names = [0, 1, 2, " cat", "\n"].map((name) => choiceSaid(model, name, false));
    expect(names).toEqual(["#0", "the", '"\\n"', "cat", '"\\n"']);
  });

  test("a token may be named by its id: with a mark, or by the number alone where there is no tokenizer", async () => {
    const bare = await kept(load(goldenFolder("gpt2"), { backend: "reference" }));
    const subject = new Subject(bare, { ids: [[1, 5, 7]] });
    const named = async (token: string) =>
      (await resolveMetric(subject, { kind: "logit", token })).name;
    expect(await named("5")).toBe(await named("#5"));
    await expect(named("five")).rejects.toThrow("Give its id: #42");
    const letters = await kept(gpt2WithLetters("right"));
    const id = letters.tokenizer!.tokenToId("a")!;
    const metric = { kind: "logit", token: `#${id}` } as const;
    const { form } = await resolveMetric(new Subject(letters, "cab"), metric);
    expect(form).toMatchObject({ terms: [{ index: id }] });
  });

  test("a word that is named by its place is said by what stands there", async () => {
    const model = await kept(load());
    const subject = new Subject(model, "the cat saw the dog");
    const said = async (word: number | readonly number[]) =>
      (await resolveMetric(subject, { kind: "wordCosine", word })).name;
    expect(await said(0)).toBe("vector of [CLS]");
    expect(await said(4)).toBe('vector of "the#2"');
    expect(await said([2, 5])).toBe('vector of "cat" "dog"');
  });

  test("a mask is what is predicted, and a text has to have one", async () => {
    const model = await kept(bertWithWords());
    const metric = { kind: "logit", token: "cat", minus: "dog" } as const;
    const { resolved } = await measured(model, "the [MASK] sat on mat", metric);
    expect(resolved.places).toEqual([2]);
    await expect(measured(model, "the cat sat", metric)).rejects.toThrow(
      "the text has no mask to predict. Write [MASK] in it, or give query",
    );
    await expect(measured(model, "the [MASK] sat on [MASK]", metric)).rejects.toThrow(
      "Say which with query: 2 or 5",
    );
  });

  test("a word of several tokens is refused with its pieces, an unknown one too", async () => {
    const model = await kept(bertWithWords());
    const asked = (token: string) => measured(model, "the [MASK] sat", { kind: "logit", token });
    await expect(asked("cats")).rejects.toThrow('"cats" is 2 tokens');
    await expect(asked("zebra")).rejects.toThrow('"zebra" is 1 token');
  });

  test("a divergence is 0 without changes and what its definition says with them", async () => {
    const model = await kept(gpt2WithLetters("right"));
    const { resolved, value, whole } = await measured(model, "cab", { kind: "divergence" });
    expect(resolved.clean).toBe(0);
    const clean = (await model.run("cab")).output.logits!.select(0, 2).softmax().data;
    const after = whole!.output.logits!.select(0, 2).softmax().data;
    const sum = clean.reduce((all, p, id) => all + p * Math.log(p / after[id]!), 0);
    expect(value).toBeCloseTo(sum, 6);
    expect(value).toBeGreaterThan(1e-4);
    expect(divergence([0, 0], [0, 0])).toBe(0);
  });
});

describe("metrics of vectors and classes", () => {
  test("a word's and a sentence's cosine are 1 without changes", async () => {
    const model = await kept(load());
    const input = "The cat sat on the mat because it was tired.";
    const word = await measured(model, input, { kind: "wordCosine", word: "it" });
    expect(word.resolved.clean).toBeCloseTo(1, 12);
    expect(word.value).toBeLessThan(0.99999);
    const sentence = await measured(model, input, { kind: "sentenceCosine" });
    expect(sentence.resolved.site).toBe("sentence");
    const [a, b] = [
      await model.run(input),
      sentence.whole ??
        (await model.run(input, { patch: [{ site: "layers.5.mixed", head: 0, zero: true }] })),
    ];
    const product = a.output.sentence!.data.reduce(
      (sum, x, c) => sum + x * b.output.sentence!.data[c]!,
      0,
    );
    expect(sentence.value).toBeCloseTo(product, 5);
    await expect(measured(model, input, { kind: "logit", token: "it" })).rejects.toThrow(
      "gives no logits, only vectors. Use wordCosine or sentenceCosine",
    );
  });

  test("a class is named as config.json names it", async () => {
    const model = await kept(load(goldenFolder("distilbert-classify")));
    const input = [[7, 3, 9]];
    const byNumber = await measured(model, input, { kind: "class", label: 1, minus: 0 });
    const logits = byNumber.whole!.output.logits!;
    expect(byNumber.value).toBeCloseTo(logits.at(0, 1) - logits.at(0, 0), 6);
    await expect(measured(model, input, { kind: "class", label: "nonsense" })).rejects.toThrow(
      'has no class "nonsense"; nearest:',
    );
    await expect(measured(model, input, { kind: "logProbability", token: 3 })).rejects.toThrow(
      "predicts labels, not tokens",
    );
  });
});

test("the default goes by the head", async () => {
  const kinds = async (model: Model, input: RunInput, choice = {}) =>
    (await defaultMetrics(new Subject(model, input), choice)).map(({ kind }) => kind);
  const bare = await kept(load());
  expect(await kinds(bare, "it was tired", { word: "it" })).toEqual([
    "wordCosine",
    "sentenceCosine",
  ]);
  const masked = await kept(bertWithWords());
  expect(await kinds(masked, "the [MASK] sat")).toEqual(["logProbability"]);
  expect(await kinds(masked, "the cat sat", { word: "cat" })).toEqual([
    "wordCosine",
    "sentenceCosine",
  ]);
  const causal = await kept(gpt2WithLetters("right"));
  const [metric] = await defaultMetrics(new Subject(causal, "cab"));
  const logits = (await causal.run("cab")).output.logits!.select(0, 2);
  expect(metric).toMatchObject({ token: logits.argmax(), query: 2 });
  for (const name of [
    "distilbert-classify",
    "bert-choices",
    "distilbert-qa",
    "distilbert-tokens",
  ]) {
    const model = await kept(load(goldenFolder(name)));
    expect(await kinds(model, [[7, 3, 9]]), name).toEqual(["class"]);
  }
});

test("a function of a finished run is taken, by what it reads", async () => {
  const model = await kept(bertWithWords());
  const read = [{ site: "layers.1.attended", query: [1] }];
  const length: Metric = {
    kind: "function",
    name: "length of what layer 1 adds",
    read,
    of: (trace, row) => Math.hypot(...trace.part("layers.1.attended", [[row], [1]]).data),
  };
  const subject = new Subject(model, "the cat sat");
  const effect = await effectOf(
    subject,
    [{ kind: "ablateLayers", layers: [1], part: "attention", by: "zero" }],
    { metrics: [length], controls: 1, seed: 1 },
  );
  const [found] = effect.metrics;
  expect(found!.before).toBeGreaterThan(0.1);
  expect(found!.after).toBe(0);
  expect(found!.controls!.count).toBe(1);
  await expect(resolveMetric(subject, { ...length, of: () => Number.NaN })).rejects.toThrow(
    "gives NaN for the run without changes",
  );
});
