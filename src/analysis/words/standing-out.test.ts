import { describe, expect, test } from "vitest";
import { rarenessIn, standingOut } from "./standing-out.ts";
import { type WordWeights, wordOrder } from "./word-weights.ts";

const texts = "The cat sat on the mat because it was tired .".split(" ");
const units = texts.map((text, index) => ({ text, tokens: [index], isSpecial: false }));
const [it, cat, mat, on] = [7, 1, 5, 3];

/** What heads of one layer give, by who looks at what. */
function weightsOf(heads: readonly ((query: number, key: number) => number)[]): WordWeights {
  return {
    layers: 1,
    heads: heads.length,
    units,
    ...wordOrder(units),
    canLook: (query, key) => key <= query,
    weight: ({ head }, query, key) => heads[head]!(query, key),
  };
}

const looks =
  (at: number, weight: number) =>
  (query: number, key: number): number =>
    query === it && key === at ? weight : 0;

describe("the look that stands out", () => {
  test("is no head of places, though it looks most", () => {
    const threeBack = (query: number, key: number) => (query - key === 3 ? 1 : 0);
    const found = standingOut(weightsOf([threeBack, looks(cat, 0.4)]), it);
    expect(found).toMatchObject({ head: 1, unit: cat, weight: 0.4 });
    expect(found!.excess).toBeCloseTo(0.4);
  });

  test("is no habit of looking at a word whoever looks", () => {
    const habit = (_: number, key: number) => (key === mat ? 0.9 : 0);
    expect(standingOut(weightsOf([habit, looks(cat, 0.3)]), it)).toMatchObject({ unit: cat });
  });

  test("is at one of the rarer words where rareness tells, and at no neighbour", () => {
    const heads = [looks(on, 0.9), looks(it - 1, 0.95), looks(cat, 0.2)];
    const rareness = (unit: number) => (unit === on ? 0 : 1);
    expect(standingOut(weightsOf(heads), it, rareness)).toMatchObject({ unit: cat });
    expect(standingOut(weightsOf(heads), it)).toMatchObject({ unit: on });
  });

  test("is at no common word of a vocabulary that has rare ones in pieces", () => {
    // "cat" in three pieces of small ids, "on" whole behind them; "The" begins the text with another token than "the".
    const pieces = [[...units[0]!.tokens], [1, 2, 3]];
    const own = units.map((unit, n) => ({ ...unit, tokens: pieces[n] ?? [n + 2] }));
    const ids = [90, 40, 41, 42, 60, 61, 20, 50, 51, 52, 53, 54, 55];
    const rareness = rarenessIn(
      { ...weightsOf([]), units: own },
      ids.map((id) => ({ id })),
    );
    expect(rareness(cat)).toBe(123);
    expect(rareness(on)).toBe(61);
    // As common as "the" further on.
    expect(rareness(0)).toBe(20);
  });

  test("is not at what heads rest on; there is none where a word stands alone", () => {
    const weights = weightsOf([looks(0, 0.9), looks(cat, 0.2)]);
    expect(standingOut({ ...weights, rest: 0 }, it)).toMatchObject({ unit: cat });
    expect(standingOut(weights, 0)).toBeUndefined();
  });
});
