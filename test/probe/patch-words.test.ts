import { beforeAll, describe, expect, test } from "vitest";
import { HeedError } from "../../src/errors/errors.ts";
import type { Model } from "../../src/model.ts";
import type { RunOptions } from "../../src/models/loaded-model.ts";
import type { Run } from "../../src/models/run.ts";
import type { Part, Patch } from "../../src/probe/patch.ts";
import type { Read } from "../../src/probe/plan.ts";
import { Tensor } from "../../src/tensor/tensor.ts";
import { bertWithWords } from "../support/text-models.ts";

const text = "The cat sat on the mat because it was tired.";
const weights = "layers.1.weights";
let model: Model;

beforeAll(async () => {
  model = await bertWithWords();
});

const numbersOf = (run: Run) => [...run.output.logits!.data];

/** Parts named by words, and the same parts by index: [CLS] the cat sat on the mat because it was tired . [SEP] */
const named: readonly [name: string, byWord: Partial<Part>, byIndex: Partial<Part>][] = [
  ["two words", { query: "it", key: "cat" }, { query: 8, key: 2 }],
  ["whatever the case", { query: "IT", key: "Cat" }, { query: 8, key: 2 }],
  ["the second of two", { query: "the#2" }, { query: 5 }],
  ["a special token", { key: "[SEP]" }, { key: 12 }],
  [
    "a list of words and indices",
    { query: ["it", 3], key: ["mat", "cat"] },
    { query: [8, 3], key: [6, 2] },
  ],
  ["punctuation", { key: "." }, { key: 11 }],
  ["an index as text, as command lines have it", { head: "1", key: "2" }, { head: 1, key: 2 }],
  ["a range as text", { head: "0..2", key: "2..5" }, { head: [0, 1], key: [2, 3, 4] }],
];

describe("words", () => {
  test.each(named)("%s", async (_, byWord, byIndex) => {
    const [words, indices, plain] = await Promise.all([
      model.run(text, { patch: [{ site: weights, ...byWord, set: 0 }] }),
      model.run(text, { patch: [{ site: weights, ...byIndex, set: 0 }] }),
      model.run(text),
    ]);
    expect(numbersOf(words)).toEqual(numbersOf(indices));
    expect(numbersOf(words)).not.toEqual(numbersOf(plain));
  });

  test("a word of several pieces is all of them", async () => {
    const pieces = "the dogs sat"; // [CLS] the dog ##s sat [SEP]
    const words = await model.run(pieces, { patch: [{ site: weights, key: "dogs", set: 0 }] });
    const indices = await model.run(pieces, { patch: [{ site: weights, key: [2, 3], set: 0 }] });
    expect(numbersOf(words)).toEqual(numbersOf(indices));
  });

  test("in a batch each text has its own place for a word", async () => {
    const texts = ["it sat on the mat", "the cat sat"]; // sat is 2, and 3
    const words = await model.run(texts, {
      patch: [{ site: weights, query: "sat", set: 0 }],
      read: [{ site: weights, head: 0, query: "sat" }],
    });
    const indices = await model.run(texts, {
      patch: [[{ site: weights, query: 2, set: 0 }], [{ site: weights, query: 3, set: 0 }]],
    });
    expect(numbersOf(words)).toEqual(numbersOf(indices));
    expect(words.trace.get(weights).shape).toEqual([2, 1, 1, 7]);
    expect([...words.trace.get(weights).data]).toEqual(new Array(14).fill(0));
  });

  test("run.weight sums pieces of a key and averages pieces of a query", async () => {
    const run = await model.run("the dogs sat", { read: [weights] });
    const of = run.trace.get(weights);
    expect(run.weight("L1H2", "sat", "dogs")).toBeCloseTo(of.at(0, 2, 4, 2) + of.at(0, 2, 4, 3), 6);
    expect(run.weight("L1H2", "dogs", "sat")).toBeCloseTo(
      (of.at(0, 2, 2, 4) + of.at(0, 2, 3, 4)) / 2,
      6,
    );
    expect(run.weight({ layer: 1, head: 0 }, 1, -1)).toBe(of.at(0, 0, 1, 5));
    expect(() => run.weight("L1H3", 0, 0)).toThrow(
      "weight: layers.1.weights has 3 heads, asked for head 3",
    );
    expect(() => run.weight("L0H0", 0, 0)).toThrow(
      'trace: "layers.0.weights" was not read in this run. Add it to read; nearest: layers.1.weights',
    );
    expect(() => run.weight("5.11", 0, 0)).toThrow(
      '"5.11" is no head. A head is written L5H11: layer 5, head 11, both counted from 0',
    );
  });
});

interface Refusal {
  readonly name: string;
  readonly options: RunOptions;
  readonly input?: string | readonly string[];
  readonly message: string;
}

const patched = (...patch: readonly unknown[]): RunOptions => ({ patch: patch as Patch[] });
const read = (...read: readonly unknown[]): RunOptions => ({ read: read as Read[] });

const refusals: readonly Refusal[] = [
  {
    name: "a site that is not there",
    options: patched({ site: "layers.1.weigths", zero: true }),
    message:
      'patch 1 (layers.1.weigths): no site "layers.1.weigths" here; nearest: layers.1.weights, layers.0.weights, layers.1.heads. `heed sites` lists them all',
  },
  {
    name: "nearly a site that is made on demand",
    options: read("layers.1.head"),
    message: 'read 1: no site "layers.1.head" here; nearest: layers.1.heads, ',
  },
  {
    name: "a layer that is not there",
    options: read("layers.2.q"),
    message:
      'read 1: no site "layers.2.q" here; it is there in layers 0 to 1. `heed sites` lists them all',
  },
  {
    name: "a pattern with a slip",
    options: read("layers.*.weigths"),
    message: 'read 1: no site "layers.*.weigths" here; nearest: layers.*.weights, layers.*.',
  },
  {
    name: "a pattern that names nothing",
    options: patched({ site: "decoder.layers.*.q", zero: true }),
    message: 'patch 1 (decoder.layers.*.q): no site "decoder.layers.*.q" here; nearest: ',
  },
  {
    name: "a site the family lacks",
    options: read(weights, "layers.*.scores.position"),
    message:
      'read 2: no site "layers.*.scores.position" here: bert adds positions to the embeddings, not to the scores',
  },
  {
    name: "a site this checkpoint lacks",
    options: read("pooled"),
    message: 'read 1: no site "pooled" here: this checkpoint has no pooler',
  },
  {
    name: "a TransformerLens name of something else",
    options: read("hook_embed"),
    message: 'read 1: no site "hook_embed" here',
  },
  {
    name: "two actions",
    options: patched({ site: weights, set: 0, scale: 2 }),
    message: `patch 1 (${weights}): a patch does one thing (set, scale, add, zero, cut, from, change), this one has set and scale`,
  },
  {
    name: "no action",
    options: patched({ site: weights }),
    message: `patch 1 (${weights}): a patch does one thing (set, scale, add, zero, cut, from, change), this one does nothing`,
  },
  {
    name: "an unknown key",
    options: patched({ site: weights, zero: true, heads: 1 }),
    message: `patch 1 (${weights}): unknown key "heads"; nearest: head. A patch knows site, head, query, key, text, renormalize, set, scale, add, zero, cut, from, change`,
  },
  {
    name: "no site",
    options: patched({ zero: true }),
    message: 'patch 1: a patch is an object with a site, got {"zero":true}',
  },
  {
    name: "no patch",
    options: patched(null),
    message: "patch 1: a patch is an object with a site, got null",
  },
  {
    name: "no list",
    options: { patch: { site: weights, zero: true } as unknown as Patch[] },
    message: 'patch: must be a list of patches, got {"site":"layers.1.weights","zero":true}',
  },
  {
    name: "zero that is not true",
    options: patched({ site: weights, zero: false }),
    message: `patch 1 (${weights}): zero is true or left out`,
  },
  {
    name: "a function that is none",
    options: patched({ site: weights, change: 5 }),
    message: `patch 1 (${weights}): change must be a function, got number`,
  },
  {
    name: "from something without a trace",
    options: patched({ site: weights, from: {} }),
    message: `patch 1 (${weights}): from must be a run (it has a trace), got object`,
  },
  {
    name: "cut outside scores",
    options: patched({ site: weights, key: 1, cut: true }),
    message: `patch 1 (${weights}): cut hides a key before the softmax, so it belongs to scores, not to layers.1.weights. For weights use set: 0`,
  },
  {
    name: "renormalize outside weights",
    options: patched({ site: "layers.0.scores", add: 1, renormalize: true }),
    message: "patch 1 (layers.0.scores): renormalize belongs to weights, not to layers.0.scores",
  },
  {
    name: "NaN",
    options: patched({ site: weights, set: [0, Number.NaN] }),
    message: `patch 1 (${weights}): set holds NaN. Only scores take -Infinity`,
  },
  {
    name: "-Infinity outside scores",
    options: patched({ site: weights, add: -Infinity }),
    message: `patch 1 (${weights}): add holds -Infinity. Only scores take -Infinity`,
  },
  {
    name: "+Infinity in scores",
    options: patched({ site: "layers.0.scores", set: Infinity }),
    message: "patch 1 (layers.0.scores): set holds Infinity. Only scores take -Infinity",
  },
  {
    name: "a number beyond float32",
    options: patched({ site: "layers.0.q", set: 3e38 }, { site: "layers.0.q", scale: 2 }),
    message: "patch 2 (layers.0.q): gives Infinity at element 0 of layers.0.q",
  },
  {
    name: "finite numbers that overflow further on",
    options: patched({ site: "layers.0.q", set: 1e38 }, { site: "layers.0.k", set: 1e38 }),
    message: "patch: logits became NaN at element 0: the patched numbers overflowed float32",
  },
  {
    name: "finite numbers that overflow where they are read",
    options: {
      ...patched({ site: "layers.0.q", set: 1e38 }, { site: "layers.0.k", set: 1e38 }),
      read: ["layers.0.scores", "layers.0.weights"],
    },
    message: "patch: layers.0.scores became Infinity at element 0",
  },
  {
    name: "rows of several lengths",
    options: patched({ site: weights, set: [[1, 2], [3]] }),
    message: "Tensor.from: rows on axis 1 must be equally long: one has 1 values, the first 2",
  },
  {
    name: "NaN that comes about",
    options: patched(
      { site: "layers.0.scores", key: 1, cut: true },
      { site: "layers.0.scores", scale: 0 },
    ),
    message: "patch 2 (layers.0.scores): gives NaN at element 1 of layers.0.scores (1, 3, 13, 13)",
  },
  {
    name: "numbers that do not fit",
    options: patched({ site: weights, head: 0, set: [1, 2, 3] }),
    message: `patch 1 (${weights}): shapes (3) and (1, 1, 13, 13) do not broadcast: axis 3 has lengths 3 and 13`,
  },
  {
    name: "more numbers than the part has",
    options: patched({ site: weights, head: 0, query: 1, key: 2, set: [1, 2] }),
    message: `patch 1 (${weights}): (2) values do not fit the part it changes, (1, 1, 1, 1)`,
  },
  {
    name: "a function that gives back something else",
    options: patched({
      site: weights,
      head: 0,
      change: () => new Tensor([1], new Float32Array(1)),
    }),
    message: `patch 1 (${weights}): the function must give back a Tensor of shape (1, 1, 13, 13), got (1)`,
  },
  {
    name: "a function that gives back nothing",
    options: patched({ site: weights, change: () => undefined }),
    message: `patch 1 (${weights}): the function must give back a Tensor of shape (1, 3, 13, 13), got undefined`,
  },
  {
    name: "a function that gives NaN",
    options: patched({
      site: "final",
      change: (part: Tensor) =>
        new Tensor(
          part.shape,
          part.data.map(() => Number.NaN),
        ),
    }),
    message: "patch 1 (final): gives NaN at element 0 of final (1, 13, 36)",
  },
  {
    name: "a head that is not there",
    options: patched({ site: weights, head: 3, zero: true }),
    message: `patch 1 (${weights}), head: index 3, but there are 3: 0 to 2`,
  },
  {
    name: "a head by a word",
    options: patched({ site: weights, head: "cat", zero: true }),
    message: `patch 1 (${weights}), head: "cat" is neither an index nor a range such as 2..5`,
  },
  {
    name: "half a head",
    options: patched({ site: weights, head: 0.5, zero: true }),
    message: `patch 1 (${weights}), head: index 0.5, but there are 3: 0 to 2`,
  },
  {
    name: "no head",
    options: patched({ site: weights, head: null, zero: true }),
    message: `patch 1 (${weights}), head: needs an index, a list, a range or a word, got null`,
  },
  {
    name: "an empty list",
    options: patched({ site: weights, query: [], zero: true }),
    message: `patch 1 (${weights}), query: an empty list names nothing`,
  },
  {
    name: "an empty range",
    options: patched({ site: weights, query: "4..4", zero: true }),
    message: `patch 1 (${weights}), query: the range 4..4 holds nothing`,
  },
  {
    name: "a range beyond the text",
    options: read({ site: weights, key: { start: 10, end: 14 } }),
    message: "read 1, key: index 13, but there are 13: 0 to 12",
  },
  {
    name: "a text that is not there",
    options: read({ site: weights, text: 1 }),
    message: "read 1, text: index 1, but there are 1: 0 to 0",
  },
  {
    name: "a key where there are none",
    options: patched({ site: "layers.0.residual", key: 1, zero: true }),
    message:
      "patch 1 (layers.0.residual): layers.0.residual has axes B T C, so no key can be chosen in it",
  },
  {
    name: "a head where there are none",
    options: read({ site: "logits", head: 1 }),
    message: "read 1: logits has axes B T V, so no head can be chosen in it",
  },
  {
    name: "a query of keys",
    options: read({ site: "layers.0.k", query: 1 }),
    message: "read 1: layers.0.k has axes B K S D, so no query can be chosen in it",
  },
  {
    name: "a word that stands twice",
    options: patched({ site: weights, query: "the", zero: true }),
    message: `patch 1 (${weights}), query: "the" stands 2 times in the text. Say which: the#1 (token 1), the#2 (token 5)`,
  },
  {
    name: "a word that is not there",
    options: read({ site: weights, key: "dog" }),
    message:
      'read 1, key: no word "dog" in the text. Its words: the cat sat on the mat because it was tired .',
  },
  {
    name: "a third of two",
    options: read({ site: weights, key: "the#3" }),
    message: 'read 1, key: no word "the#3" in the text',
  },
  {
    name: "a read that is no read",
    options: read(7),
    message: "read 1: a read is a site's name or an object with a site, got 7",
  },
  {
    name: "an unknown key of a read",
    options: read({ site: weights, step: 2 }),
    message: 'read 1: unknown key "step"; nearest: site. A read knows site, head, query, key, text',
  },
  {
    name: "lists for more texts than there are",
    input: ["the cat", "the mat"],
    options: { patch: [[], [], []] },
    message: "patch: one list per row needs 2 lists, got 3 entries",
  },
  {
    name: "lists and patches mixed",
    input: ["the cat", "the mat"],
    options: { patch: [[], { site: weights, zero: true }] as unknown as Patch[] },
    message: "patch: one list per row needs 2 lists, got 2 entries",
  },
  {
    name: "a text named in a list that belongs to one",
    input: ["the cat", "the mat"],
    options: { patch: [[{ site: weights, text: 1, zero: true }], []] },
    message: "patch: the list of row 0 holds a patch with text 1; its row says which text",
  },
  {
    name: "a word of more pieces in another text",
    input: ["the dogs", "the cat sat"],
    options: read(
      { site: weights, query: ["the", 2, 3] },
      { site: weights, query: ["dogs"], text: 0 },
      { site: weights, query: "dogs" },
    ),
    message: 'read 3, query: no word "dogs" in the text',
  },
];

describe("parts that were read", () => {
  test("are what run.weight and from find, by their place in the whole site", async () => {
    const read = [{ site: weights, head: 2, query: ["it", "cat"] }];
    const part = await model.run(text, { read });
    const whole = await model.run(text, { read: [weights] });
    expect(part.weight("L1H2", "it", "cat")).toBe(whole.weight("L1H2", "it", "cat"));
    for (const [head, query] of [
      ["L1H0", "it"],
      ["L1H2", "sat"],
    ] as const)
      expect(() => part.weight(head, query, "cat")).toThrow(
        'weight: the part of "layers.1.weights" that is asked for was not read in that run',
      );
    const other = await model.run("on the mat the cat sat because it was tired.", {
      read: [weights],
    });
    const patch = (from: Run): Patch[] => [{ site: weights, head: 2, query: "it", from }];
    const own = await model.run("on the mat the cat sat because it was tired.", { read });
    expect(numbersOf(await model.run(text, { patch: patch(own) }))).toEqual(
      numbersOf(await model.run(text, { patch: patch(other) })),
    );
    await expect(
      model.run(text, { patch: [{ site: weights, head: 0, query: "it", from: own }] }),
    ).rejects.toThrow(
      'patch 1 (layers.1.weights), in the run it takes from: the part of "layers.1.weights" that is asked for was not read',
    );
  });
});

describe("refused, with the place, the rule, what came and what to do", () => {
  test.each(refusals)("$name", async ({ options, message, input = text.toLowerCase() }) => {
    const error = await model.run(input, options).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(HeedError);
    expect((error as Error).message).toContain(message);
  });

  test("a run that did not read what another takes from it", async () => {
    const from = await model.run(text, { read: ["layers.0.q"] });
    await expect(model.run(text, { patch: [{ site: "layers.1.q", from }] })).rejects.toThrow(
      'trace: "layers.1.q" was not read in this run. Add it to read; nearest: layers.0.q',
    );
  });

  test("a run on a text of another length", async () => {
    const from = await model.run("the cat", { read: ["layers.1.q"] });
    await expect(model.run(text, { patch: [{ site: "layers.1.q", from }] })).rejects.toThrow(
      "patch 1 (layers.1.q): the other run has (1, 3, 4, 12) there, this one (1, 3, 13, 12). Texts of other lengths: choose query and key",
    );
    await expect(
      model.run(text, { patch: [{ site: "layers.1.q", query: 7, from }] }),
    ).rejects.toThrow(
      "patch 1 (layers.1.q), in the run it takes from: index 7 on axis 2 of (1, 3, 4, 12), which holds 0 to 3",
    );
    await model.run(text, { patch: [{ site: "layers.1.q", query: [1, 2], from }] });
  });
});
