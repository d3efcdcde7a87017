import { afterAll, expect, test } from "vitest";
import { explain, explainReads } from "../../src/analysis/index.ts";
import { load, type Model } from "../../src/index.ts";
import { printed } from "../../src/views/explain/printed.ts";
import { inPhrases } from "../../web/panels/steps/phrases.ts";
import { english } from "../../web/words/en.ts";
import { languages } from "../../web/words/languages.ts";

// What the analysis says in English has a phrase in every language: of the models that come with heed, and of families that score otherwise.

const models: Model[] = [];
afterAll(() => Promise.all(models.map((model) => model.dispose())));

/** Everything that explanations say, but for titles and sentences of steps, which have words of their own, and words of the text. */
async function saidOf(name: string | undefined, text: string, heads: readonly string[]) {
  const model = await (name === undefined ? load() : load(name));
  models.push(model);
  const said = new Set<string>();
  for (const head of heads)
    for (const patch of [undefined, { site: "layers.*.scores", add: 1 }]) {
      const question = { head, word: 8, to: 2, against: 6 };
      const run = await model.run(text, {
        read: explainReads(model, question),
        ...(patch && { patch: [patch] }),
      });
      const { answer, notes, steps } = await explain(model, run, question);
      for (const line of [...answer, ...notes]) said.add(line);
      for (const { formula, leftOut, values } of steps) {
        said.add(formula);
        if (leftOut !== undefined) said.add(leftOut);
        for (const value of values) {
          const shown = printed(value, false);
          if (shown.kind === "note") said.add(shown.text);
          else if (shown.kind === "vector") said.add(`${shown.name}: ${shown.about}`);
          else {
            said.add(shown.caption);
            const own = value.kind === "contrast" ? [value.first, value.second] : [];
            for (const title of shown.titles) if (!own.includes(title)) said.add(title);
            for (const { label, role, special } of shown.rows)
              if (role === undefined && special === undefined) said.add(label);
          }
        }
      }
    }
  return said;
}

/** Names and signs that stand in every language: of heads, numbers of a vector, matrices, tables that are added. */
const isSign = (text: string) =>
  !/[a-z]{3}/i.test(
    text
      .replaceAll(/"[^"]*"/g, "")
      .replaceAll(/\b(norm|token|position|type|pairs|diag|scale|softmax|rms)\b/g, ""),
  );

const sentence = "The cat sat on the mat because it was tired.";

test.each([
  [undefined, ["L3H1", "L0H1"]],
  ["heed-stories", ["L1H0", "L0H2"]],
])("every language says what explanations of %s say", async (name, heads) => {
  const said = await saidOf(name, sentence, heads);
  for (const { tag, load: words } of languages) {
    if (tag === "en") continue;
    const own = (await words()).steps.phrases;
    const missing = [...said].filter(
      (text) => !isSign(text) && inPhrases(text, english.steps.phrases, own) === text,
    );
    expect(missing, tag).toEqual([]);
  }
});

test("a phrase is said with what fills it, names and shapes in it too, and the reader's words as they are", async () => {
  const german = (await languages.find(({ tag }) => tag === "de")!.load()).steps.phrases;
  const say = (text: string) => inPhrases(text, english.steps.phrases, german);
  expect(
    say(
      'What tells "sum" from "a, b" here is mostly embedding: token (+0.92), feed-forward of layer 2 (−0.71), L1H6 (+0.18).',
    ),
  ).toBe(
    'Was "sum" hier von "a, b" unterscheidet, ist vor allem Embedding: Token (+0.92), Feed-Forward von Schicht 2 (−0.71), L1H6 (+0.18).',
  );
  expect(say("mixed = Σ weight · v  (13) · (13 × 32) → (32)")).toBe(
    "gemischt = Σ Gewicht · v  (13) · (13 × 32) → (32)",
  );
  expect(
    say(
      "bert adds nothing to the scores, and nothing is hidden from this word: the scaled sum is the score",
    ),
  ).toBe(
    "bert addiert nichts zu den Scores, und hier (Wort) ist nichts verborgen: Die geteilte Summe ist der Score",
  );
  expect(say("what no phrase says")).toBe("what no phrase says");
  const { phrases } = english.steps;
  for (const text of Object.values(phrases)) expect(inPhrases(text, phrases, phrases)).toBe(text);
});
