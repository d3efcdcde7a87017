import { expect, test } from "vitest";
import { namedTokens } from "./names.ts";

test("whole words have their own names, pieces are counted and name their word", () => {
  const texts = ["The", "dis", "##like", "the", "שלום"];
  const words = ["The#1", "dislike", "dislike", "the#2", "שלום"];
  const tokens = namedTokens({ texts, words, special: [0] });
  expect(tokens.map(({ name }) => name)).toEqual([
    "The#1",
    "dis",
    "##like",
    "the#2",
    "\u2068שלום\u2069",
  ]);
  expect(tokens.map(({ whole }) => whole)).toEqual([
    undefined,
    "dislike",
    "dislike",
    undefined,
    undefined,
  ]);
  expect(tokens.map(({ isSpecial }) => isSpecial)).toEqual([true, false, false, false, false]);
});

test("where words are not known, repeated tokens are counted", () => {
  const names = namedTokens({ texts: ["a", "A", "b"] }).map(({ name }) => name);
  expect(names).toEqual(["a#1", "A#2", "b"]);
});
