import { expect, test } from "vitest";
import type { Intervention } from "../../src/analysis/index.ts";
import { Explorer } from "../../src/explore/index.ts";
import { load } from "../../src/index.ts";
import { goldenFolder } from "../support/small-models.ts";

const input = { ids: [17, 4, 9, 23, 8, 6] };
const silenced = (layer: number, query: number): Intervention => ({
  kind: "ablateHeads",
  heads: [`L${layer}H0`],
  by: "zero",
  query,
});

/** What a model says before and after one change: of what, whether the change can reach it, whether it moved. */
async function outcomes(
  golden: string,
  change: Intervention,
  asked: Parameters<Explorer["effect"]>[0] = { input },
  word?: number,
) {
  const explorer = new Explorer(await load(goldenFolder(golden)));
  try {
    const found = await explorer.effect({ ...asked, changes: [change] }, { word, controls: 4 });
    return found.outcomes.map(({ of, choices, isOutOfReach = false }) => ({
      of,
      isOutOfReach,
      moved: choices.some(({ before, after }) => before !== after),
    }));
  } finally {
    await explorer.dispose();
  }
}

const next = { of: "next word", isOutOfReach: false, moved: true };
const unreached = { isOutOfReach: true, moved: false };

test("a causal model's next word is out of reach of a token of the last layer, which predicts its own next word", async () => {
  const after = (place: number) => ({ ...next, of: `next word after #${input.ids[place]}` });
  expect(await outcomes("gpt2", silenced(1, 2))).toEqual([
    { ...unreached, of: "next word" },
    after(2),
  ]);
  const links = { kind: "cut", query: [1, 3], key: 0, layers: [1] } as const;
  expect(await outcomes("gpt2", links)).toEqual([
    { ...unreached, of: "next word" },
    after(1),
    after(3),
  ]);
  // From an earlier layer, at the last token and by keys it gets there.
  expect(await outcomes("gpt2", silenced(0, 2))).toEqual([next]);
  expect(await outcomes("gpt2", silenced(1, 5))).toEqual([next]);
  const value = { kind: "transplant", site: "v", layers: [1], heads: [0], from: input } as const;
  expect(await outcomes("gpt2", { ...value, query: 2, fromQuery: 3 })).toEqual([next]);
});

test("what changed nothing where it was made is not said to be out of reach", async () => {
  const hidden = { kind: "cut", query: 2, key: 4, layers: [1] } as const;
  const [last] = await outcomes("gpt2", hidden);
  expect(last).toEqual({ ...next, moved: false });
});

test("so are a class that is read at the first token, labels of other tokens, and what the decoder did not end with", async () => {
  expect(await outcomes("distilbert-classify", silenced(1, 2))).toEqual([
    { ...unreached, of: "class" },
  ]);
  expect(await outcomes("distilbert-classify", silenced(1, 0))).toEqual([{ ...next, of: "class" }]);
  expect(await outcomes("distilbert-tokens", silenced(1, 2), { input }, 4)).toEqual([
    { ...unreached, of: "label of #8" },
    { ...next, of: "label of #9" },
  ]);
  const asked = { input: "The cat sat", decoder: "Le chat noir" };
  const written = { ...silenced(0, 1), stack: "decoder" } as Intervention;
  expect(await outcomes("hub-marian", written, { ...asked, stack: "decoder." })).toEqual([
    { ...unreached, of: "next word" },
    { ...next, of: expect.stringMatching(/^next word after ./) },
  ]);
  expect(await outcomes("hub-marian", silenced(0, 1), asked)).toEqual([next]);
});

test("which word is held for replaced is asked of all words, whichever is followed", async () => {
  const [one] = await outcomes("electra", silenced(1, 2), { input }, 4);
  expect(one).toEqual({ ...next, of: "the word most likely replaced" });
});
