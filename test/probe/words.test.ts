import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { unitsOf } from "../../src/analysis/words/word-weights.ts";
import { textTokens } from "../../src/probe/text-tokens.ts";
import { findWord, type TextToken, tokensNamed, wordsOf } from "../../src/probe/words.ts";
import { createTokenizer, type Tokenizer } from "../../src/tokens/tokenizer.ts";

const readJson = (path: string) =>
  existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as unknown) : undefined;

function tokenizerOf(kind: string): Tokenizer {
  const folder = kind === "uncased" ? "models/all-MiniLM-L6-v2" : `test/tokens/${kind}`;
  return createTokenizer({
    tokenizerJson: readJson(`${folder}/tokenizer.json`),
    tokenizerConfig: readJson(`${folder}/tokenizer_config.json`),
  });
}

/** WordPiece that takes case and marks away, and one that does not; byte-level BPE, with and without special tokens; BPE with bytes for the rest; Unigram. */
const kinds = ["uncased", "bert-cased", "gpt2", "roberta", "llama", "t5", "albert", "xlnet"];
const tokenizers = new Map(kinds.map((kind) => [kind, tokenizerOf(kind)]));

function row(kind: string, text: string, pair?: string): TextToken[] {
  const { tokens } = tokenizers.get(kind)!.encode(text, { pair });
  return textTokens(tokens, [text, pair ?? ""]);
}

/** The characters that tokens stand for, from the first to the last. */
function typed(text: string, tokens: readonly TextToken[], indices: readonly number[]): string {
  const own = indices.map((index) => tokens[index]!);
  const start = Math.min(...own.map((token) => token.start));
  return text.slice(start, Math.max(...own.map((token) => token.end))).trim();
}

const apart = (names: readonly string[]) => names.join(" | ");
const textsOf = (tokens: readonly TextToken[]) => wordsOf(tokens).map(({ text }) => text);

describe.each(kinds)("%s", (kind) => {
  /** A text, what is asked for, and the characters that are meant. */
  test.each([
    ["The cat sat because it isn't tired.", "isn't", "isn't"],
    ["The cat sat because it isn't tired.", "ISN\u2019T", "isn't"],
    ["the cat isn\u2019t here", "isn't", "isn\u2019t"],
    ["We Don't stop", "don't", "Don't"],
    ["The cat sat on the mat.", "the mat", "the mat"],
    ["The cat sat on the mat.", "The  Mat", "the mat"],
    ["The cat sat on the\n mat.", "on the mat.", "on the\n mat."],
    ["a state-of-the-art cat", "state-of-the-art", "state-of-the-art"],
    ["a state-of-the-art cat", "of-the-art cat", "of-the-art cat"],
    ["the cat, the mat", "cat, the", "cat, the"],
    ["the mat on the mat", "the mat#2", "the mat"],
    ["the cat isn't, isn't it", "isn't#2", "isn't"],
    ["it's 3.14 here", "3.14", "3.14"],
    ["good 👍🏽 cat", "👍🏽", "👍🏽"],
    ["good 👍🏽 cat", "👍🏽 cat", "👍🏽 cat"],
  ])("%j: %j", (text, name, expected) => {
    const tokens = row(kind, text);
    const { text: shown, tokens: found } = findWord(name, tokens, "key");
    expect(shown).toBe(expected.replace(/\s+/g, " "));
    expect(typed(text, tokens, found)).toBe(expected);
    const second = name.endsWith("#2");
    const place = second ? text.lastIndexOf(expected) : text.indexOf(expected);
    expect(tokens[found[0]!]!.start).toBeGreaterThanOrEqual(place - 1);
    expect(found).toEqual(found.map((_, step) => found[0]! + step));
    expect(tokensNamed(name, tokens, "key")).toEqual(found);
  });

  test.each([
    ["दुनिया बड़ी है", "दुनिया बड़ी है"],
    ["cafe\u0301 and caf\u00e9", "cafe\u0301 and caf\u00e9"],
    ["nai\u0308ve \u00dcber Stra\u00dfe", "nai\u0308ve \u00dcber Stra\u00dfe"],
    ["می\u200cخواهم", "می\u200cخواهم"],
    ["a\u0301\u0302b\u0323c x\u0301", "a\u0301\u0302b\u0323c x\u0301"],
    ["good 👍🏽 cat", "good 👍🏽 cat"],
  ])("words of %j are shown as typed, whatever the tokenizer takes away", (text, words) => {
    expect(apart(textsOf(row(kind, text)))).toBe(apart(words.split(" ")));
  });

  test("marks are found in either form", () => {
    for (const [text, name] of [
      ["the cafe\u0301 here", "caf\u00e9"],
      ["the caf\u00e9 here", "cafe\u0301"],
      ["the cafe\u0301 here", "CAFE\u0301"],
      ["the दुनिया here", "दुनिया"],
      ["the बड़ी here", "बड़ी".normalize("NFC")],
    ] as const) {
      const tokens = row(kind, text);
      const found = findWord(name, tokens, "key");
      expect(found.text).toBe(text.split(" ")[1]);
      const before = tokensNamed("the", tokens, "key").at(-1)!;
      const [after] = tokensNamed("here", tokens, "key") as [number];
      expect(found.tokens).toEqual(
        Array.from({ length: after - before - 1 }, (_, step) => before + 1 + step),
      );
    }
  });

  test("Greek capitals and final sigma", () => {
    expect(findWord("οδος", row(kind, "x ΟΔΟΣ y"), "key").text).toBe("ΟΔΟΣ");
  });

  test("a phrase lies in one text of a pair", () => {
    const tokens = row(kind, "the cat", "sat here isn't it");
    expect(() => findWord("cat sat", tokens, "key")).toThrow('key: no word "cat sat" in the text');
    const { tokens: found } = findWord("isn't it", tokens, "key");
    expect(found.every((index) => tokens[index]!.sequence === 1)).toBe(true);
    const twice = row(kind, "the mat", "on the mat");
    expect(() => findWord("the mat", twice, "key")).toThrow(
      `key: "the mat" stands 2 times in the text. Say which: the mat#1 (token ${tokensNamed("the#1", twice, "key")[0]}), the mat#2 (token `,
    );
    expect(twice[findWord("the mat#2", twice, "key").tokens[0]!]!.sequence).toBe(1);
    expect(() => findWord("the mat#3", twice, "key")).toThrow(
      'key: no word "the mat#3" in the text: "the mat" stands 2 times, the last is the mat#2',
    );
    expect(() => findWord("on#2", twice, "key")).toThrow(
      'no word "on#2" in the text: "on" stands once',
    );
  });

  test("the second text of a pair begins with a word of its own", () => {
    expect(textsOf(row(kind, "cat", "mat"))).toEqual(["cat", "mat"]);
  });

  test("wide letters and ligatures are those they stand for", () => {
    const tokens = row(kind, "the \uff23\uff21\uff34 of \ufb01sh");
    expect(findWord("cat of", tokens, "key").text).toBe("\uff23\uff21\uff34 of");
    expect(findWord("Fish", tokens, "key").text).toBe("\ufb01sh");
  });

  test("what is not there is refused, with the words as typed", () => {
    const tokens = row(kind, "Cafe\u0301 on the mat");
    for (const name of ["the cat", "on mat", "themat", "he mat", "the ma", "", " ", "the cat#2"])
      expect(() => findWord(name, tokens, "key")).toThrow(
        `key: no word "${name}" in the text. Its words: Cafe\u0301 on the mat`,
      );
  });
});

describe("texts without blanks", () => {
  test.each(["uncased", "bert-cased"])("%s: a phrase of characters that are words", (kind) => {
    const tokens = row(kind, "日本の本は日本");
    expect(findWord("日本の", tokens, "key").tokens).toEqual([1, 2, 3]);
    expect(findWord("日本#2", tokens, "key").tokens).toEqual([6, 7]);
    expect(() => findWord("日本", tokens, "key")).toThrow('"日本" stands 2 times');
  });

  test.each(["gpt2", "t5", "llama"])("%s: pieces of one word", (kind) => {
    const text = "日本の本は赤";
    const tokens = row(kind, text);
    expect(textsOf(tokens)).toEqual([text]);
    const found = findWord("の本は", tokens, "key");
    expect(found.text).toBe("の本は");
    expect(typed(text, tokens, found.tokens)).toBe("の本は");
  });
});

test("bytes of an emoji are one piece", () => {
  const tokens = row("gpt2", "good👍🏽cat");
  const { tokens: found, text } = findWord("👍", tokens, "key");
  expect(text).toBe("👍");
  expect(found.length).toBeGreaterThan(1);
  expect(typed("good👍🏽cat", tokens, found)).toBe("👍");
});

test("joined emoji are words of their own, and found whole", () => {
  const family = "👨\u200d👩\u200d👧";
  for (const kind of ["gpt2", "llama", "t5"])
    expect(findWord(family, row(kind, `a ${family} b`), "key").text).toBe(family);
});

describe("units", () => {
  const tokens = row("uncased", "The cat sat on the mat because it isn't tired.");
  const word = (name: string) => findWord(name, tokens, "--word");
  const texts = (...names: string[]) => unitsOf(tokens, names.map(word)).map(({ text }) => text);

  test("what is asked for as one word is one", () => {
    expect(texts("isn't", "the mat", "it")).toEqual([
      "[CLS]",
      "The",
      "cat",
      "sat",
      "on",
      "the mat",
      "because",
      "it",
      "isn't",
      "tired",
      ".",
      "[SEP]",
    ]);
    expect(texts("cat", "tired")).toEqual(texts());
    expect(texts("the mat", "the mat")).toEqual(texts("the mat"));
  });

  test("what shares a word with it is refused", () => {
    expect(() => texts("the mat", "mat")).toThrow(
      '"the mat" and "mat" share a word, and each is asked for as one. Ask for one of them',
    );
    expect(() => texts("the mat", "mat because")).toThrow("Ask for one of them");
  });
});
