import { afterAll, expect, test } from "vitest";
import { Explorer } from "../../src/explore/index.ts";
import { load } from "../../src/index.ts";
import { goldenFolder } from "../support/small-models.ts";
import { gpt2WithLetters } from "../support/text-models.ts";

const decoder = await load(goldenFolder("gpt2"));
const explorer = new Explorer(decoder);
afterAll(() => explorer.dispose());

const ids = [17, 4, 99, 23, 8, 61];
const input = { ids };

/** Probabilities of what comes next, from the run itself. */
async function next(patch: Parameters<typeof decoder.run>[1] = {}): Promise<number[]> {
  const { output } = await decoder.run([ids], patch);
  const logits = Array.from(output.logits!.select(0, ids.length - 1).data);
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
  return logits.map((logit) => Math.exp(logit) / total);
}

test("a decoder says its likeliest next tokens, with their probabilities", async () => {
  const seen = await explorer.see({ input });
  const [saying, ...others] = await explorer.says(seen.run);
  expect(others).toEqual([]);
  expect(saying!.of).toBe("next word");
  const shares = await next();
  for (const { name, share } of saying!.choices)
    expect(share).toBeCloseTo(shares[Number(name.slice(1))]!, 5);
  expect(saying!.choices[0]!.share).toBeCloseTo(Math.max(...shares), 5);
});

test("of a run with changes it says what comes of them", async () => {
  const changes = [{ kind: "ablateHeads", heads: ["L0H0", "L0H1"], by: "zero" }] as const;
  const seen = await explorer.see({ input, changes });
  const [saying] = await explorer.says(seen.run);
  const shares = await next({
    patch: [{ site: "layers.0.mixed", head: [0, 1], set: 0 }],
  });
  expect(saying!.choices[0]!.share).toBeCloseTo(Math.max(...shares), 5);
  expect(saying!.choices[0]!.share).not.toBeCloseTo(Math.max(...(await next())), 3);
});

test("a decoder begins with the word that looks, and what it gives most", async () => {
  const model = await gpt2WithLetters("left");
  const lettered = new Explorer(model);
  // Behind the last word of a text that does not end the model writes on; a pronoun beside it is asked about first.
  const pronoun = await lettered.see({ input: "a b c it d" });
  expect(pronoun.queries[pronoun.start.query]!.word).toBe(3);
  const seen = await lettered.see({ input: "a b it . c d" });
  const { layer, head, query, key } = seen.start;
  expect(seen.queries[query]!.word).toBe(seen.queries.at(-1)!.word);
  const { trace } = await model.run("a b it . c d", { read: ["layers.*.weights"] });
  const row = trace.get(`layers.${layer}.weights`).select(0, head, query).data;
  expect(row[key]).toBe(Math.max(...row));
  await lettered.dispose();
});

test("a model that writes says what continues what it has written, with its blank, and what is no word", async () => {
  const marian = await load(goldenFolder("hub-marian"), { backend: "reference" });
  const writer = new Explorer(marian);
  const asked = { input: "The cat sat", decoder: "Le chat noir" };
  const seen = await writer.see({ ...asked, stack: "decoder.cross." });
  expect([seen.isSelf, seen.queries.length > seen.keys.length]).toEqual([false, true]);
  const [saying] = await writer.says(seen.run);
  const run = await marian.run({ text: asked.input, target: asked.decoder });
  const last = run.output.logits!.select(0, seen.queries.length - 1).data;
  const likeliest = marian.tokenizer!.idToToken(last.indexOf(Math.max(...last)))!;
  expect(saying!.choices[0]!.name).toBe(likeliest.replace("▁", " "));
  await writer.dispose();
});

test("a tagger labels the tokens that are asked about, and first words if none are", async () => {
  const tagger = new Explorer(await load(goldenFolder("distilbert-tokens")));
  const seen = await tagger.see({ input: { ids: [17, 4, 9, 23, 8] } });
  const name = (place: number) => `label of ${seen.queries[place]!.text}`;
  const asked = await tagger.says(seen.run, { tokens: [3, 1] });
  expect(asked.map(({ of }) => of)).toEqual([name(3), name(1)]);
  const first = await tagger.says(seen.run);
  expect(first.map(({ of }) => of)).toEqual([0, 1, 2].map(name));
  // Whoever is no tagger has no tokens to ask about.
  const { run } = await explorer.see({ input });
  expect(await explorer.says(run, { tokens: [1] })).toEqual(await explorer.says(run));
  await tagger.dispose();
});
