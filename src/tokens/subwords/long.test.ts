import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readModel } from "./read-model.ts";

const units = fc.constantFrom("a", "b", "c", "😀", "é");
const word = (minLength: number, maxLength: number) =>
  fc.array(units, { minLength, maxLength }).map((list) => list.join(""));
const tokens = fc.uniqueArray(word(1, 4), { minLength: 1, maxLength: 12 });

describe("long words and long tokens", () => {
  test("WordPiece cuts a long word as it cuts a short one", () => {
    fc.assert(
      fc.property(tokens, word(1, 20), (texts, given) => {
        const all = ["[UNK]", ...texts, ...texts.map((text) => `##${text}`)].slice(0, -1);
        const from = {
          type: "WordPiece",
          max_input_chars_per_word: 1e6,
          vocab: Object.fromEntries(all.map((text, id) => [text, id])),
        };
        // A start that ends in a unit of its own, so that the rest is cut as before.
        const start = `x${"y".repeat(300)}z`;
        const vocab = { ...from.vocab, x: 1000, "##y": 1001, "##z": 1002 };
        const short = readModel({ ...from, vocab }, "here").split(`x${given}`);
        const long = readModel({ ...from, vocab }, "here").split(`${start}${given}`);
        const isUnknown = short.length === 1 && given.length > 0;
        expect(isUnknown ? long.map(({ id }) => id) : long.slice(302).map(({ id }) => id)).toEqual(
          isUnknown ? [0] : short.slice(1).map(({ id }) => id),
        );
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  test("Unigram finds the same path with a long token as without", () => {
    fc.assert(
      fc.property(tokens, word(0, 30), (texts, given) => {
        const vocab = [["<unk>", 0], ...texts.map((text, i) => [text, -1 - ((i * 7) % 5)])];
        const of = (more: unknown[]) =>
          readModel({ type: "Unigram", unk_id: 0, vocab: [...vocab, ...more] }, "here");
        expect(of([["q".repeat(300), -3]]).split(given)).toEqual(of([["q", -3]]).split(given));
      }),
      { seed: 9, numRuns: 500 },
    );
  });

  test("long tokens that nearly fit everywhere cost no more than short ones", () => {
    const long = "a".repeat(20_000);
    const wordPiece = readModel(
      {
        type: "WordPiece",
        max_input_chars_per_word: 1e9,
        vocab: { "[UNK]": 0, a: 1, "##a": 2, [`##${long}b`]: 3 },
      },
      "here",
    );
    const unigram = readModel(
      {
        type: "Unigram",
        unk_id: 0,
        vocab: [
          ["<unk>", 0],
          ["a", -1],
          [`${long}b`, -2],
        ],
      },
      "here",
    );
    for (const model of [wordPiece, unigram]) {
      expect(model.split("a".repeat(60_000)).length).toBe(60_000);
    }
  });
});
