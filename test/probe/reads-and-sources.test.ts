import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { load } from "../../src/load.node.ts";
import type { Model } from "../../src/model.ts";
import type { Patch } from "../../src/probe/patch.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";

const golden = (name: string) => fileURLToPath(new URL(`../golden/${name}`, import.meta.url));
const opened = new Map<string, Model>();
afterAll(() => Promise.all([...opened.values()].map((model) => model.dispose())));

async function open(name?: string): Promise<Model> {
  const known = opened.get(name ?? "") ?? (await load(name && golden(name)));
  opened.set(name ?? "", known);
  return known;
}

const prompt = [[17, 4, 99, 23, 8]];
const rows = (tensor: Tensor, ...index: number[]) => [...tensor.select(...index).data];

describe("a generation", () => {
  test("takes no numbers from behind the end of another run", async () => {
    const model = await open("gpt2");
    const short = await model.run(prompt, { read: ["layers.0.mixed"] });
    const patch = [{ site: "layers.0.mixed", head: 1, from: short }];
    const options = { maxNewTokens: 4, endIds: [] };
    await expect(model.generate(prompt, { ...options, patch })).rejects.toThrow(
      /patch 1 \(layers\.0\.mixed\).*index 5 on axis 2/,
    );
    // In the pass of the prompt there are as many; a part that was read is enough.
    const part = await model.run(prompt, { read: [{ site: "layers.0.mixed", head: 1 }] });
    const first = [{ site: "layers.0.mixed", head: 1, from: part, step: 0 }];
    const written = await model.generate(prompt, {
      ...options,
      patch: first,
      read: ["layers.0.mixed"],
    });
    expect(rows(written.trace.get("layers.0.mixed"), 0, 1).slice(0, 10)).toEqual(
      rows(short.trace.get("layers.0.mixed"), 0, 1).slice(0, 10),
    );
  });

  test("refuses numbers that do not fit the places a patch names, before its first pass", async () => {
    const model = await open("gpt2");
    const patched = (patch: Patch) =>
      model.generate(prompt, { patch: [patch], maxNewTokens: 4, endIds: [] });
    const place = { site: "layers.0.mixed", head: 0 };
    await expect(patched({ ...place, query: [3, 6], set: [[1], [2], [3]] })).rejects.toThrow(
      "(3, 1) values do not fit the part it changes, 2 on axis 2",
    );
    await expect(patched({ ...place, query: [3, 6, 7], set: [[1], [2]] })).rejects.toThrow(
      "do not fit",
    );
  });

  test("keeps a read of some tokens at their places in the text", async () => {
    const model = await open("gpt2");
    const site = "layers.0.weights";
    const all = await model.generate(prompt, { read: [site], maxNewTokens: 4, endIds: [] });
    const some = await model.generate(prompt, {
      read: [{ site, query: 6, step: "1..4" }],
      maxNewTokens: 4,
      endIds: [],
    });
    expect(some.weight("L0H0", 6, 0)).toBe(all.weight("L0H0", 6, 0));
    expect(() => some.weight("L0H0", 1, 0)).toThrow("was not read");
  });
});

describe("a word at other places in every text of a batch", () => {
  const texts = ["The cat sat because it was tired.", "It was the dog that barked."];

  test("is read of every one of them", async () => {
    const model = await open();
    const whole = await model.run(texts, { read: ["layers.5.weights"] });
    const read = [{ site: "layers.5.weights", query: "it" }];
    const run = await model.run(texts, { read });
    for (const text of [0, 1])
      expect(run.weight("L5H3", "it", "was", { text })).toBe(
        whole.weight("L5H3", "it", "was", { text }),
      );
    expect(() => run.weight("L5H3", "was", "it", { text: 1 })).toThrow("was not read");
    // And a patch may take it from there.
    const patch = [{ site: "layers.5.weights", query: "it", from: run }];
    const same = await model.run(texts, { read: ["layers.5.weights"], patch });
    expect([...same.trace.get("layers.5.weights").data]).toEqual([
      ...whole.trace.get("layers.5.weights").data,
    ]);
  });

  test("is found in the text that a patch takes its numbers from", async () => {
    const model = await open();
    const [first, second] = texts as [string, string];
    const read = ["layers.2.residual"];
    const other = await model.run(second, { read });
    const patch = [{ site: "layers.2.residual", query: "it", from: other }];
    const { trace, tokens } = await model.run(first, { read, patch });
    const at = (row: typeof tokens) => row[0]!.findIndex(({ surface }) => /^it$/i.test(surface));
    expect(at(tokens)).not.toBe(at(other.tokens));
    expect(rows(trace.get("layers.2.residual"), 0, at(tokens))).toEqual(
      rows(other.trace.get("layers.2.residual"), 0, at(other.tokens)),
    );
  });
});

test.each([[null], [true], [[null]], [[]], ["0.5"]])(
  "a patch that sets %j is refused",
  async (set) => {
    const model = await open("bert-mlm");
    const patch = [{ site: "layers.0.weights", set }] as unknown as Patch[];
    await expect(model.run(prompt, { patch })).rejects.toThrow(
      "patch 1 (layers.0.weights): set needs a number",
    );
  },
);

test("a norm of equal numbers is its bias", async () => {
  const model = await open();
  const text = "The cat sat on the mat.";
  for (const set of [0.3, 3.3, 1 / 3]) {
    const patch = [
      { site: "layers.5.middle", query: 2, set },
      { site: "layers.5.mlp", query: 2, set: 0 },
    ];
    const { trace } = await model.run(text, { read: ["layers.5.residual"], patch });
    const bias = model.parameter("layers.5.mlp.norm.bias")!;
    const expected = await model.parameterRows(bias);
    const got = rows(trace.get("layers.5.residual"), 0, 2);
    expect(Math.max(...got.map((value, c) => Math.abs(value - expected[c]!)))).toBeLessThan(1e-5);
  }
});

test("rows of a learned tensor are those it has", async () => {
  const model = await open("gpt2");
  const words = model.parameter("embeddings.words")!;
  await expect(model.parameterRows(words, 120, 130)).rejects.toThrow(
    "has rows 0 to 125, asked for 120 to 130",
  );
  await expect(model.parameterRows(words, -3, 2)).rejects.toThrow("asked for -3 to 2");
  const other = await open("bert-mlm");
  await expect(model.parameterRows(other.parameters[0]!)).rejects.toThrow(
    "no parameter of this model",
  );
});

test("a tied tensor is found by each name the file has for it", async () => {
  const model = await open("xlnet-old-config");
  expect(model.parameter("lm_loss.weight")).toBe(model.parameter("embeddings.words"));
});
