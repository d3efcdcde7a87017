import { expect, test } from "vitest";
import { axisStart, chartPoints, numberPlace } from "../../web/panels/compare/alike-chart.ts";
import {
  counterpart,
  headDifferences,
  pairAt,
  pairsOf,
  pairWeights,
  wordsOf,
} from "../../web/panels/compare/pairs.ts";

/** Tokens of a text: words apart by blanks, their pieces by a bar. */
function tokensOf(text: string) {
  let at = 0;
  return text.split(" ").flatMap((word, number) =>
    word.split("|").map((piece, n) => {
      const isSpecial = piece.startsWith("[");
      const start = at;
      at += piece.length;
      return {
        text: n > 0 ? `##${piece}` : piece,
        isSpecial,
        word: isSpecial ? undefined : number,
        start,
        end: at,
      };
    }),
  );
}

const first = tokensOf("[CLS] the un|happy cat sat [SEP]");
const second = tokensOf("[CLS] the old happy cat slept there [SEP]");

test("pieces of a word are one word, special tokens each their own", () => {
  expect(wordsOf(first).map(({ text, tokens }) => [text, tokens.length])).toEqual([
    ["[CLS]", 1],
    ["the", 1],
    ["unhappy", 2],
    ["cat", 1],
    ["sat", 1],
    ["[SEP]", 1],
  ]);
});

test("a word is held against itself where the other text has it once, else against what has its place", () => {
  const [river, money] = [
    "They sat down on the bank of the river",
    "They took the money to the bank",
  ].map(tokensOf);
  const there = wordsOf(money!);
  const held = (name: string) =>
    counterpart(pairsOf(river!, money!), wordsOf(river!).find(({ text }) => text === name)!, there)
      ?.text;
  expect(held("bank")).toBe("bank");
  expect(held("They")).toBe("They");
  const [tired, dirty] = ["it was tired", "it was dirty"].map((text) => tokensOf(text));
  const place = counterpart(pairsOf(tired!, dirty!), wordsOf(tired!)[2]!, wordsOf(dirty!));
  expect(place?.text).toBe("dirty");
});

test("words are paired, and those that are in one text alone keep their place in the order", () => {
  const names = pairsOf(first, second).map(({ first, second, isSame }) => [
    first?.text,
    second?.text,
    isSame,
  ]);
  expect(names).toEqual([
    ["[CLS]", "[CLS]", true],
    ["the", "the", true],
    ["unhappy", undefined, false],
    [undefined, "old", false],
    [undefined, "happy", false],
    ["cat", "cat", true],
    ["sat", undefined, false],
    [undefined, "slept", false],
    [undefined, "there", false],
    ["[SEP]", "[SEP]", true],
  ]);
  const swapped = pairsOf(tokensOf("it was tired"), tokensOf("it was dirty"));
  expect(swapped.at(-1)).toMatchObject({ first: { text: "tired" }, second: { text: "dirty" } });
  expect(pairAt(swapped, "second", 2)).toBe(swapped[2]);
  expect(swapped[2]!.isSame).toBe(false);
});

test("weights of a pair are sums over its tokens; what a mask hides and what is missing is nothing", () => {
  const pairs = pairsOf(first, second);
  const a = Float32Array.of(0.1, 0.1, 0.2, 0.3, 0.2, Number.NaN, 0.1);
  const b = Float32Array.of(0.1, 0.1, 0.5, 0.1, 0.2, 0, 0, 0);
  const weights = pairWeights(pairs, a, b);
  const unhappy = weights.find(({ pair }) => pair.first?.text === "unhappy")!;
  expect(unhappy.first).toBeCloseTo(0.5);
  expect(unhappy.difference).toBeCloseTo(-0.5);
  expect(weights.find(({ pair }) => pair.first?.text === "sat")!.first).toBe(0);
});

test("a head's difference is the share that goes elsewhere: 0 for the same, 1 for all", () => {
  const text = tokensOf("a b");
  const pairs = pairsOf(text, text);
  const before = Float32Array.of(1, 0, 0.5, 0.5, Number.NaN, Number.NaN);
  const after = Float32Array.of(0, 1, 0.5, 0.5, 0, 1);
  expect([...headDifferences(pairs, before, after, 3)]).toEqual([1, 0, Number.NaN]);
});

test("the chart begins below the least value, and 1 is on top", () => {
  expect(axisStart([0.97, 0.82])).toBeCloseTo(0.8);
  expect(axisStart([1, 0.9999])).toBeCloseTo(0.9);
  expect(axisStart([0.1, -0.4])).toBeCloseTo(-0.5);
  const points = chartPoints([1, 0.9, 0.8]);
  expect(points[0]!.y).toBeLessThan(points[1]!.y);
  expect(points[0]!.x).toBeLessThan(points[1]!.x);
  expect(chartPoints([Number.NaN, 0.5])[1]!.y).toBeGreaterThan(0);
});

test("a number of the chart stands where the line does not cross it", () => {
  const places = (values: readonly number[]) => {
    const points = chartPoints(values);
    return points.map((_, n) => numberPlace(points, n));
  };
  expect(places([1, 1, 1])).toEqual(["above", "above", "above"]);
  // A valley, a top, and slopes down and up.
  expect(places([1, 0.6, 1, 0.8, 0.6])).toEqual(["above", "below", "above", "after", "below"]);
  expect(places([0.6, 0.6, 0.8, 1, 1, 1, 1])[2]).toBe("before");
});
