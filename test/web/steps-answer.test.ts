import { afterAll, expect, test } from "vitest";
import { Explorer } from "../../src/explore/explorer.ts";
import { load } from "../../src/index.ts";
import { answerIn } from "../../web/panels/steps/answer.ts";
import { german } from "../../web/words/de.ts";
import { english } from "../../web/words/en.ts";
import { laidOver } from "../../web/words/words.ts";

const explorer = new Explorer(await load());
afterAll(() => explorer.dispose());

/** What stands in templates, one after another. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(textOf).join("");
  const { values } = value as { readonly values: readonly unknown[] };
  return textOf(values.at(-1));
}

async function answered(words: typeof english.steps.answer, key: number, against?: number) {
  const { run } = await explorer.see({ input: "The cat sat on the mat because it was tired." });
  const asked = { head: "L3H1", word: 8, to: key, ...(against !== undefined && { against }) };
  const explained = await explorer.explain(run, asked);
  return { own: explained.answer, said: answerIn(words, explained, "L3H1")?.map(textOf) };
}

test("Why? is answered in the page's words with the run's numbers, those that the analysis gives", async () => {
  const { own, said } = await answered(english.steps.answer, 2, 6);
  expect(said).toEqual([
    "In L3H1, it gives cat .49 of its attention, and mat .14.",
    "These weights come from scores, 3.40 for cat and 2.17 for mat. cat leads by 1.23, and softmax turns that into 3.4 times the weight.",
  ]);
  for (const number of ["3.40", "2.17", "1.23", "3.4 times"]) expect(own[1]).toContain(number);
});

test("the one that leads is named, whichever is pinned first, in every language", async () => {
  const words = laidOver(english, german) as typeof english;
  const { said } = await answered(words.steps.answer, 6, 2);
  expect(said![0]).toContain("mat .14");
  expect(said![1]).toContain("cat liegt um 1.23 vorn");
});
