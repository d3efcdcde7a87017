import type { Seen } from "heed/explore";
import { expect, test } from "vitest";
import { comparedExamples } from "../../web/panels/compare/examples.ts";
import { usualOther } from "../../web/panels/compare/usual-other.ts";
import { firstState } from "../../web/state/state.ts";

/** A text's words and signs as tokens between two special ones; a bar parts the pieces of a word. */
function readAs(typed: string): { readonly text: string; readonly seen: Seen } {
  const text = typed.replaceAll("|", "");
  const special = { isSpecial: true, word: undefined, start: 0, end: 0 };
  let at = 0;
  const tokens = [...typed.matchAll(/[\p{L}|]+|[^\p{L}\s|]/gu)].flatMap(([word], number) =>
    word.split("|").map((piece) => {
      const start = text.indexOf(piece, at);
      at = start + piece.length;
      return { text: piece, isSpecial: false, word: number, start, end: at };
    }),
  );
  const keys = [{ text: "[CLS]", ...special }, ...tokens, { text: "[SEP]", ...special }];
  return { text, seen: { keys, isSelf: true } as unknown as Seen };
}

const otherOf = (typed: string, query: number, keys: readonly number[]) => {
  const { text, seen } = readAs(typed);
  return usualOther({ ...firstState, text, query, keys }, seen);
};

test("an example has its word swapped, in either direction", () => {
  const [tired, dirty] = [comparedExamples[1].text, comparedExamples[1].other];
  expect(otherOf(tired, 8, [2])).toBe(dirty);
  expect(otherOf(dirty, 8, [2])).toBe(tired);
});

test("another sentence is without the word that is looked at, all its pieces, and its signs stay where they were", () => {
  expect(otherOf("The bank of the ri|ver was steep.", 2, [5])).toBe("The bank of the was steep.");
  expect(otherOf("The bank of the ri|ver was steep.", 2, [6])).toBe("The bank of the was steep.");
  expect(otherOf("Rivers, and a bank", 5, [1])).toBe("and a bank");
  expect(otherOf("A bank by the river.", 2, [5])).toBe("A bank by the.");
});

test("the word that looks stays: without another pinned one the last word goes, and a single word is compared with an example", () => {
  expect(otherOf("A bank by the river.", 2, [2])).toBe("A bank by the.");
  expect(otherOf("A bank by the river.", 5, [0])).toBe("A bank by river.");
  expect(otherOf("Hello!", 1, [1])).toBe(comparedExamples[0].other);
});
