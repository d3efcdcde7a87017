import { describe, expect, test } from "vitest";
import { SiteError } from "../errors/errors.ts";
import { findWord, indicesOf, type TextToken, tokensNamed, wordsOf } from "./words.ts";

/** Tokens of a row: "+" before a piece that goes on with a word, "[…]" special. */
function row(...pieces: string[]): TextToken[] {
  return pieces.map((piece, id) => {
    const surface = piece.replace(/^\+/, "");
    return {
      id,
      text: piece.startsWith("+") ? `##${surface}` : surface,
      surface,
      startsWord: !piece.startsWith("+"),
      special: piece.startsWith("["),
      start: 0,
      end: 0,
      word: id,
      sequence: piece.startsWith("[") ? null : 0,
      type: 0,
    };
  });
}

const tokens = row(
  "[CLS]",
  "The",
  "un",
  "+believ",
  "+able",
  "cat",
  "saw",
  "the",
  "Café",
  ".",
  "7",
  "[SEP]",
);

test("words are pieces put together; special tokens are none and part words", () => {
  expect(wordsOf(tokens).map(({ text, tokens }) => [text, ...tokens])).toEqual([
    ["The", 1],
    ["unbelievable", 2, 3, 4],
    ["cat", 5],
    ["saw", 6],
    ["the", 7],
    ["Café", 8],
    [".", 9],
    ["7", 10],
  ]);
  expect(wordsOf(row("a", "[SEP]", "+b")).map(({ text }) => text)).toEqual(["a", "b"]);
});

describe("words by name", () => {
  test.each([
    ["cat", [5]],
    ["CAT", [5]],
    ["unbelievable", [2, 3, 4]],
    ["believ", [3]],
    ["##able", [4]],
    ["the#1", [1]],
    ["The#2", [7]],
    ["CAFÉ", [8]],
    ["Cafe\u0301", [8]],
    ["[CLS]", [0]],
    ["[sep]", [11]],
    [".", [9]],
    ["7", [10]],
    ["6", [6]],
  ])("%s", (name, expected) => expect(findWord(name, tokens, "query").tokens).toEqual(expected));

  test("a repeated word lists the choices", () => {
    expect(() => findWord("the", tokens, "read 1, query")).toThrow(
      'read 1, query: "the" stands 2 times in the text. Say which: the#1 (token 1), the#2 (token 7)',
    );
  });

  test.each(["dog", "12", "un believable", ""])("%j is not there", (name) => {
    expect(() => findWord(name, tokens, "key")).toThrow(SiteError);
    expect(() => findWord(name, tokens, "key")).toThrow(
      `key: no word "${name}" in the text. Its words: The unbelievable cat saw the Café . 7; special tokens are [CLS] [SEP]`,
    );
  });

  test.each(["the#3", "the#0"])("%j is not there, and it is said which are", (name) => {
    expect(() => findWord(name, tokens, "key")).toThrow(SiteError);
    expect(() => findWord(name, tokens, "key")).toThrow(
      `key: no word "${name}" in the text: "the" stands 2 times, the last is the#2`,
    );
  });

  test("a word that is written with # and a number is itself first", () => {
    expect(findWord("a#1", row("x", "a#1", "a"), "key").tokens).toEqual([1]);
  });
});

describe("indices", () => {
  test.each([
    [3, [3]],
    [-1, [4]],
    ["2", [2]],
    ["-2", [3]],
    ["1..4", [1, 2, 3]],
    [{ start: 0, end: 2 }, [0, 1]],
    [{ start: -2, end: 0 }, [3, 4]],
    [
      [4, "0..2", -3],
      [4, 0, 1, 2],
    ],
  ])("%j", (which, expected) => expect(indicesOf(which, 5, "head")).toEqual(expected));

  test.each([
    [5, "head: index 5, but there are 5: 0 to 4"],
    [-6, "head: index -6, but there are 5: 0 to 4"],
    [1.5, "head: index 1.5"],
    [Number.NaN, "head: index NaN"],
    ["5", "head: index 5, but there are 5"],
    ["3..6", "head: index 5, but there are 5"],
    ["3..3", "head: the range 3..3 holds nothing"],
    ["4..2", "head: the range 4..2 holds nothing"],
    ["it", 'head: "it" is neither an index nor a range such as 2..5'],
    [[], "head: an empty list names nothing"],
    [null, "head: needs an index, a list, a range or a word, got null"],
    [true, "head: needs an index, a list, a range or a word, got true"],
  ])("%j is refused", (which, message) => {
    expect(() => indicesOf(which as number, 5, "head")).toThrow(message);
  });

  test("tokens by word, index and range in one list", () => {
    expect(tokensNamed(["cat", 0, "unbelievable"], tokens, "key")).toEqual([5, 0, 2, 3, 4]);
  });
});

test("a character that two pieces cover is in its word once", () => {
  const piece = (text: string, start: number, end: number, startsWord: boolean) => ({
    id: 1,
    text,
    start,
    end,
    word: 0,
    sequence: 0 as const,
    special: false,
    type: 0,
    surface: "on the mat".slice(start, end),
    startsWord,
  });
  // A lone ▁ has the place of the letter behind it.
  const tokens = [piece("▁", 0, 1, true), piece("on", 0, 2, false), piece("▁the", 3, 6, true)];
  expect(wordsOf(tokens).map(({ text }) => text)).toEqual(["on", "the"]);
});
