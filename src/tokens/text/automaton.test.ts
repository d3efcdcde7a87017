import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TextFinder } from "./automaton.ts";

describe("texts found in others", () => {
  test("are those that an alternation finds, the longest first", () => {
    const word = fc
      .array(fc.constantFrom("a", "b", ".", "😀"), { minLength: 1, maxLength: 4 })
      .map((units) => units.join(""));
    const text = fc.array(fc.constantFrom("a", "b", ".", "😀", "c"), { maxLength: 20 });
    fc.assert(
      fc.property(fc.uniqueArray(word, { minLength: 1, maxLength: 8 }), text, (words, units) => {
        const given = units.join("");
        const longestFirst = [...words].sort((a, b) => b.length - a.length);
        const pattern = new RegExp(
          longestFirst.map((one) => one.replaceAll(".", "\\.")).join("|"),
          "gu",
        );
        expect(
          new TextFinder(words).find(given).map(({ start, index }) => [start, words[index]]),
        ).toEqual([...given.matchAll(pattern)].map(({ index, 0: found }) => [index, found]));
      }),
      { seed: 5, numRuns: 500 },
    );
  });

  test("half a character is not found in a whole one", () => {
    expect(new TextFinder(["\ude00", "\ud83d", "😀"]).find("😀")).toEqual([{ index: 2, start: 0 }]);
    expect(new TextFinder(["\ude00", "\ud83d"]).find("😀")).toEqual([]);
  });
});
