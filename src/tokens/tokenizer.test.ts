import { describe, expect, test } from "vitest";
import { TokenError } from "../errors/errors.ts";
import { createTokenizer } from "./tokenizer.ts";

const special = (id: number, content: string) => ({
  id,
  content,
  special: true,
  normalized: false,
});
const words = [
  "[PAD]",
  "[UNK]",
  "[CLS]",
  "[SEP]",
  "the",
  "cat",
  "sat",
  "un",
  "##believ",
  "##able",
  ".",
];
const bert = {
  added_tokens: [
    special(0, "[PAD]"),
    special(1, "[UNK]"),
    special(2, "[CLS]"),
    special(3, "[SEP]"),
  ],
  normalizer: { type: "BertNormalizer", lowercase: true },
  pre_tokenizer: { type: "BertPreTokenizer" },
  post_processor: { type: "BertProcessing", cls: ["[CLS]", 2], sep: ["[SEP]", 3] },
  decoder: { type: "WordPiece", prefix: "##", cleanup: true },
  model: { type: "WordPiece", vocab: Object.fromEntries(words.map((word, id) => [word, id])) },
};
const make = (patch: object = {}, tokenizerConfig: object = {}) =>
  createTokenizer({ tokenizerJson: { ...bert, ...patch }, tokenizerConfig });

describe("encode", () => {
  test("gives each token its text, place, word, sequence and type", () => {
    const { tokens } = make().encode("The  unbelievable", { pair: "cat." });
    expect(tokens.map(({ text }) => text).join(" ")).toBe(
      "[CLS] the un ##believ ##able [SEP] cat . [SEP]",
    );
    expect(tokens[3]).toEqual({
      id: 8,
      text: "##believ",
      start: 7,
      end: 13,
      word: 1,
      sequence: 0,
      special: false,
      type: 0,
    });
    expect(tokens[7]).toMatchObject({ start: 3, end: 4, word: 1, sequence: 1, type: 1 });
    expect(tokens[8]).toMatchObject({
      start: 0,
      end: 0,
      word: null,
      sequence: null,
      special: true,
      type: 1,
    });
  });

  test("counts offsets in UTF-16 units", () => {
    const { tokens } = make().encode("😀 cat", { addSpecialTokens: false });
    expect(tokens.map(({ text, start, end }) => [text, start, end])).toEqual([
      ["[UNK]", 0, 2],
      ["cat", 3, 6],
    ]);
  });

  test("a special token written in the text is not one that was put in", () => {
    const { tokens } = make().encode("cat [SEP] sat");
    expect(tokens.map((token) => token.special)).toEqual([true, false, false, false, true]);
  });

  test("cuts to maxLength, special tokens kept, and says how much", () => {
    const warnings: string[] = [];
    const onWarning = (message: string) => void warnings.push(message);
    const { tokens, cut } = make().encode("the cat sat the cat sat", { maxLength: 5, onWarning });
    expect(tokens.map(({ text }) => text)).toEqual(["[CLS]", "the", "cat", "sat", "[SEP]"]);
    expect(cut).toBe(3);
    const said =
      "tokens: the text has 8, and maxLength is 5: 5 are kept, 3 are cut off. Give a shorter text or a larger maxLength";
    expect(warnings).toEqual([said]);
    make().encodeBatch(["cat", "the cat sat the cat sat"], { maxLength: 5, onWarning });
    expect(warnings).toEqual([said, `text 1: ${said}`]);
  });

  test("cuts nothing unless it is told to, whatever the files say", () => {
    const { tokens, cut } = make().encode("the cat sat ".repeat(300));
    expect([tokens.length, cut]).toEqual([902, 0]);
  });

  test("cuts the longer text of a pair first", () => {
    const encode = (text: string, pair: string) =>
      make()
        .encode(text, { pair, maxLength: 7 })
        .tokens.map((token) => token.text)
        .join(" ");
    expect(encode("the cat sat the cat", "sat")).toBe("[CLS] the cat sat [SEP] sat [SEP]");
    expect(encode("sat", "the cat sat the cat")).toBe("[CLS] sat [SEP] the cat sat [SEP]");
    expect(encode("the cat sat", "the cat sat")).toBe("[CLS] the cat [SEP] the cat [SEP]");
  });

  test("refuses a maxLength below what the special tokens need", () => {
    expect(() => make().encode("cat", { maxLength: 1 })).toThrow(
      "maxLength must be a whole number from 2 up (the special tokens need that many), got 1.",
    );
  });
});

describe("encodeInSteps", () => {
  const long = "the cat sat ".repeat(20_000);

  test("gives what encode gives, and lets others run meanwhile", async () => {
    let turns = 0;
    const others = setInterval(() => (turns += 1));
    const options = { pair: "cat [SEP] sat", maxLength: 100 };
    const encoding = await make().encodeInSteps(long, options);
    clearInterval(others);
    expect(encoding).toEqual(make().encode(long, options));
    expect(turns).toBeGreaterThan(2);
  });

  test("ends with the signal's reason, between two steps", async () => {
    const stop = new AbortController();
    const encoding = make().encodeInSteps(long, { signal: stop.signal });
    setTimeout(() => stop.abort(new Error("no longer wanted")));
    await expect(encoding).rejects.toThrow("no longer wanted");
  });
});

describe("encodeBatch", () => {
  test("pads to the longest on the right, with a mask", () => {
    const batch = make().encodeBatch(["cat", { text: "the", pair: "sat" }]);
    expect(batch.ids).toEqual([
      [2, 5, 3, 0, 0],
      [2, 4, 3, 6, 3],
    ]);
    expect(batch.mask).toEqual([
      [1, 1, 1, 0, 0],
      [1, 1, 1, 1, 1],
    ]);
    expect(batch.types[1]).toEqual([0, 0, 0, 1, 1]);
    expect(batch.encodings[0]!.ids).toEqual([2, 5, 3]);
  });

  test("pads on the left where the files say so, and XLNet with type 3", () => {
    expect(make({}, { padding_side: "left" }).encodeBatch(["cat", "the cat"]).ids[0]).toEqual([
      0, 2, 5, 3,
    ]);
    const xlnet = make({}, { tokenizer_class: "XLNetTokenizer" });
    expect(xlnet.paddingSide).toBe("left");
    expect(xlnet.encodeBatch(["cat", "the cat"]).types[0]).toEqual([3, 0, 0, 0]);
  });
});

describe("what a tokenizer knows", () => {
  test("its special tokens by role, from the files or by their usual names", () => {
    const tokens = make().specialTokens;
    expect(tokens).toEqual({
      pad: { id: 0, text: "[PAD]" },
      cls: { id: 2, text: "[CLS]" },
      sep: { id: 3, text: "[SEP]" },
      unknown: { id: 1, text: "[UNK]" },
    });
    expect(make({}, { pad_token: { content: "." } }).specialTokens.pad).toEqual({
      id: 10,
      text: ".",
    });
  });

  test("its size, its longest text, and ids both ways", () => {
    const tokenizer = make({ added_tokens: [special(11, "[NEW]")] }, { model_max_length: 512 });
    expect(tokenizer.vocabularySize).toBe(12);
    expect(tokenizer.maxLength).toBe(512);
    expect(make({}, { model_max_length: 1e30 }).maxLength).toBeUndefined();
    expect(tokenizer.tokenToId("cat")).toBe(5);
    expect(tokenizer.idToToken(11)).toBe("[NEW]");
    expect(tokenizer.idToToken(99)).toBeUndefined();
  });

  test("how to decode: special tokens kept unless skipped, unknown ids left out", () => {
    expect(make().decode([2, 4, 7, 8, 9, 10, 3, 99])).toBe("[CLS] the unbelievable. [SEP]");
    expect(make().decode([2, 4, 7, 8, 9, 10, 3], { skipSpecialTokens: true })).toBe(
      "the unbelievable.",
    );
    expect(make().decode([])).toBe("");
  });
});

describe("files that do not fit", () => {
  test.each([
    [{ model: undefined }, "tokenizer.json: model must be a JSON object, got nothing."],
    [
      { model: { type: "Words" } },
      'tokenizer.json: model: type "Words" is not supported. heed reads WordPiece',
    ],
    [{ normalizer: { type: "Nmts" } }, 'tokenizer.json: normalizer: type "Nmts" is not supported.'],
    [
      { pre_tokenizer: { type: "Sequence" } },
      "tokenizer.json: pre_tokenizer.pretokenizers must be a list, got nothing.",
    ],
    [
      { decoder: { type: "constructor" } },
      'tokenizer.json: decoder: type "constructor" is not supported.',
    ],
    [
      { model: { ...bert.model, vocab: { a: "b" } } },
      'tokenizer.json: model.vocab["a"] must be an id',
    ],
    [
      { model: { ...bert.model, unk_token: "?" } },
      'tokenizer.json: model: unk_token is "?", but the vocabulary of 11',
    ],
    [
      { model: { type: "BPE", vocab: { a: 0 }, merges: ["a b"] } },
      'model.merges[0] joins "a" and "b", but the vocabulary',
    ],
    [
      { model: { type: "Unigram", vocab: [["a"]] } },
      "model.vocab[0] must be a token and its score",
    ],
    [
      { added_tokens: [{ id: -1, content: "x" }] },
      "tokenizer.json: added_tokens[0].id must be an id",
    ],
    [
      { normalizer: { type: "Replace", pattern: { Regex: "(" }, content: "" } },
      "tokenizer.json: normalizer.pattern: JavaScript has no equal of the pattern",
    ],
    [
      { normalizer: { type: "Precompiled", precompiled_charsmap: "AAAA" } },
      "tokenizer.json: normalizer.precompiled_charsmap must hold a double array",
    ],
  ])("%j", (patch, message) => {
    expect(() => make(patch)).toThrow(TokenError);
    expect(() => make(patch)).toThrow(message);
  });

  test("a Unigram model that cannot spell a text and has no unknown token", () => {
    const model = { type: "Unigram", vocab: [["a", -1]] };
    const tokenizer = createTokenizer({ tokenizerJson: { model } });
    expect(() => tokenizer.encode("b")).toThrow(
      'has no unk_id, and the vocabulary of 1 tokens cannot spell "b"',
    );
  });
});

describe("WordLevel, Nmt and FixedLength", () => {
  const whole = {
    normalizer: { type: "Nmt" },
    pre_tokenizer: { type: "FixedLength", length: 3 },
    model: {
      type: "WordLevel",
      vocab: { "[U]": 0, abc: 1, "d e": 2, fg: 3 },
      unk_token: "[U]",
    },
  };
  const only = (patch: object = {}) =>
    createTokenizer({ tokenizerJson: { ...whole, ...patch }, tokenizerConfig: {} });

  test("words are known whole or not at all; controls go, blanks of translators are blanks", () => {
    const { ids, tokens } = only().encode("ab\u0001cd\u200befgh😀");
    expect(ids).toEqual([1, 2, 0, 0]);
    expect(tokens.map(({ start, end }) => [start, end])).toEqual([
      [0, 4],
      [4, 7],
      [7, 10],
      [10, 12],
    ]);
  });

  test("a word that is nowhere is refused where nothing stands for it; so is a length of none", () => {
    const model = { ...whole.model, unk_token: "<none>" };
    expect(() => only({ model }).encode("xyz")).toThrow('neither the word "xyz" nor "<none>"');
    expect(() => only({ pre_tokenizer: { type: "FixedLength", length: 0 } })).toThrow(
      "pre_tokenizer.length must be a whole number from 1",
    );
  });
});
