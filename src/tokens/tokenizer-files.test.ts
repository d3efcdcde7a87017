import { describe, expect, test } from "vitest";
import { createTokenizer } from "./tokenizer.ts";

const vocabTxt = "[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\ncat\nThe\n";
const texts = (files: Parameters<typeof createTokenizer>[0], text: string) =>
  createTokenizer(files)
    .encode(text)
    .tokens.map((token) => token.text);

describe("vocab.txt alone", () => {
  test("is BERT's, in lower case unless do_lower_case is false", () => {
    expect(texts({ vocabTxt }, "The cat")).toEqual(["[CLS]", "the", "cat", "[SEP]"]);
    const tokenizerConfig = { do_lower_case: false };
    expect(texts({ vocabTxt, tokenizerConfig }, "The cat")).toEqual([
      "[CLS]",
      "The",
      "cat",
      "[SEP]",
    ]);
  });

  test("takes lines that end as on Windows", () => {
    expect(texts({ vocabTxt: vocabTxt.replaceAll("\n", "\r\n") }, "cat")).toEqual([
      "[CLS]",
      "cat",
      "[SEP]",
    ]);
  });

  test("must hold BERT's special tokens", () => {
    expect(() => createTokenizer({ vocabTxt: "the\ncat\n" })).toThrow(
      "vocab.txt must hold the special token [UNK], but none of its 2 lines does. Is it a BERT vocabulary?",
    );
  });
});

describe("vocab.json and merges.txt alone", () => {
  const names = ["<s>", "</s>", "<mask>", "<|endoftext|>", "c", "a", "t", "ca", "cat", "Ġ", "Ġcat"];
  const vocabJson = Object.fromEntries(names.map((name, id) => [name, id]));
  const mergesTxt = "#version: 0.2\nc a\nca t\nĠ cat\n";

  test("are GPT-2's", () => {
    expect(texts({ vocabJson, mergesTxt }, "cat cat<|endoftext|>")).toEqual([
      "cat",
      "Ġcat",
      "<|endoftext|>",
    ]);
  });

  test("are RoBERTa's for its family, where <mask> takes the blank before it if a file says so", () => {
    const files = { vocabJson, mergesTxt, modelType: "longformer" };
    expect(texts(files, "cat <mask>")).toEqual(["<s>", "cat", "Ġ", "<mask>", "</s>"]);
    const specialTokensMap = { mask_token: { content: "<mask>", lstrip: true } };
    const found = createTokenizer({ ...files, specialTokensMap }).encode("cat <mask>");
    expect(found.tokens.map((token) => token.text)).toEqual(["<s>", "cat", " <mask>", "</s>"]);
    expect(found.tokens[2]).toMatchObject({ start: 4, end: 10 });
  });

  test("belong together", () => {
    const other = { vocabJson, mergesTxt: "#version: 0.2\nx y\n" };
    expect(() => createTokenizer(other)).toThrow('vocab.json: model.merges[0] joins "x" and "y"');
    expect(() => createTokenizer({ vocabJson })).toThrow("got vocab.json alone");
    expect(() => createTokenizer({})).toThrow(
      "tokenizer: needs tokenizer.json, or vocab.txt, or vocab.json with merges.txt, got none.",
    );
  });
});
