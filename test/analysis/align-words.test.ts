import { expect, test } from "vitest";
import { alignedPlaces, alignWords } from "../../src/analysis/interventions/align-words.ts";
import type { TextToken } from "../../src/probe/words.ts";

/** "[CLS] the cat ##s": pieces begin with ##, special tokens stand in brackets. */
function tokens(text: string): TextToken[] {
  return text.split(" ").map((piece, word) => ({
    id: word,
    text: piece,
    surface: piece.replace("##", ""),
    start: 0,
    end: piece.length,
    word,
    sequence: 0,
    special: piece.startsWith("["),
    startsWord: !piece.startsWith("##"),
    type: 0,
  }));
}

const pairs = (a: string, b: string) =>
  alignWords(tokens(a), tokens(b)).words.map(({ text, other }) => `${text}=${other}`);

test("words that differ in one place are partners there", () => {
  expect(pairs("[CLS] it was tired [SEP]", "[CLS] It was dirty [SEP]")).toEqual([
    "[CLS]=[CLS]",
    "it=It",
    "was=was",
    "tired=dirty",
    "[SEP]=[SEP]",
  ]);
});

test("a longer text is aligned around what it has more", () => {
  const { words, alone, othersAlone } = alignWords(
    tokens("the cat sat"),
    tokens("the big old cat sat down"),
  );
  expect(words.map(({ text, others }) => [text, others])).toEqual([
    ["the", [0]],
    ["cat", [3]],
    ["sat", [4]],
  ]);
  expect(alone).toEqual([]);
  expect(othersAlone).toEqual(["big", "old", "down"]);
});

test("of unlike many words between, none is a partner", () => {
  const { words, alone } = alignWords(tokens("a x y b"), tokens("a z b"));
  expect(words.map(({ text }) => text)).toEqual(["a", "b"]);
  expect(alone).toEqual(["x", "y"]);
});

test("special tokens are no words' partners", () => {
  expect(pairs("[CLS] a", "b a")).toEqual(["a=a"]);
});

test("pieces go one by one, or stand for the mean of the other word's", () => {
  const same = alignWords(tokens("play ##ing now"), tokens("jump ##ed now"));
  expect(alignedPlaces(same)).toEqual([
    { place: 0, others: [0] },
    { place: 1, others: [1] },
    { place: 2, others: [2] },
  ]);
  const unlike = alignWords(tokens("play ##ing now"), tokens("go now"));
  expect(alignedPlaces(unlike)).toEqual([
    { place: 0, others: [0] },
    { place: 1, others: [0] },
    { place: 2, others: [1] },
  ]);
});

test("a text is aligned with itself, whole", () => {
  const text = "[CLS] the cat sat on the mat because the cat was tired [SEP]";
  const { words, alone, othersAlone } = alignWords(tokens(text), tokens(text));
  expect(words.every(({ tokens: own, others }) => String(own) === String(others))).toBe(true);
  expect([alone, othersAlone]).toEqual([[], []]);
});
