import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { TokenError } from "../errors/errors.ts";
import type { Definition } from "./definition.ts";
import { readSentencePiece } from "./sentence-piece-file.ts";
import { createTokenizer } from "./tokenizer.ts";

const model = {
  type: "WordPiece",
  unk_token: "[UNK]",
  vocab: { "[UNK]": 0, a: 1, "##a": 2, b: 3 },
};

function tokenizerOf(parts: Definition) {
  return createTokenizer({ tokenizerJson: { model, ...parts } });
}

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(TokenError);
    return (error as Error).message;
  }
  return "nothing was thrown";
}

const repeated = (count: number, step: unknown) => Array.from({ length: count }, () => step);
const doubling = (content = "aa") => ({ type: "Replace", pattern: { String: "a" }, content });

describe("a text grows no further than a limit", () => {
  test("in replacements that double it", () => {
    const normalizer = { type: "Sequence", normalizers: repeated(40, doubling()) };
    expect(messageOf(() => tokenizerOf({ normalizer }).encode("a"))).toMatch(
      /normalizer\.normalizers\[1\d\] makes a text of 1 UTF-16 units grow by \d+ more/,
    );
  });

  test("in one replacement, one prefix, and many small pieces", () => {
    const long = "b".repeat(100_000);
    const text = "a".repeat(1000);
    expect(messageOf(() => tokenizerOf({ normalizer: doubling(long) }).encode(text))).toMatch(
      /normalizer makes a text of 1000/,
    );
    const prefixes = repeated(100, { type: "Prepend", prepend: long });
    expect(
      messageOf(() =>
        tokenizerOf({ normalizer: { type: "Sequence", normalizers: prefixes } }).encode("a"),
      ),
    ).toMatch(/normalizers\[\d+\] makes/);
    const added_tokens = [{ id: 9, content: "b", special: true }];
    const prefix = { type: "Prepend", prepend: "c".repeat(10_000) };
    expect(
      messageOf(() => tokenizerOf({ added_tokens, normalizer: prefix }).encode("ab".repeat(500))),
    ).toMatch(/normalizer makes a text of 1000/);
  });

  test("in bytes spelt again and again", () => {
    const step = { type: "ByteLevel", add_prefix_space: false, use_regex: false };
    const pre_tokenizer = { type: "Sequence", pretokenizers: repeated(40, step) };
    expect(messageOf(() => tokenizerOf({ pre_tokenizer }).encode("é"))).toMatch(
      /pre_tokenizer\.pretokenizers\[\d+\] makes/,
    );
  });

  test("in decoders", () => {
    const decoder = { type: "Sequence", decoders: repeated(40, doubling()) };
    expect(messageOf(() => tokenizerOf({ decoder }).decode([1]))).toMatch(
      /decoder\.decoders\[\d+\] makes/,
    );
  });
});

describe("components", () => {
  const kinds = [
    ["normalizer", "normalizers", { type: "Lowercase" }],
    ["pre_tokenizer", "pretokenizers", { type: "Whitespace" }],
    ["decoder", "decoders", { type: "Fuse" }],
    ["post_processor", "processors", { type: "ByteLevel" }],
  ] as const;

  test.each(kinds)(
    "%s: Sequences nest so deep and no deeper, and hold so many",
    (kind, key, leaf) => {
      const nested = (depth: number) => {
        let step: unknown = leaf;
        for (let i = 0; i < depth; i++) step = { type: "Sequence", [key]: [step] };
        return step;
      };
      expect(tokenizerOf({ [kind]: nested(16) }).vocabularySize).toBe(4);
      expect(messageOf(() => tokenizerOf({ [kind]: nested(17) }))).toMatch("more than 16 deep");
      expect(messageOf(() => tokenizerOf({ [kind]: nested(100_000) }))).toMatch(
        "more than 16 deep",
      );
      const many = { type: "Sequence", [key]: repeated(600, leaf) };
      expect(messageOf(() => tokenizerOf({ [kind]: many }))).toMatch("more than 512 components");
    },
  );

  test("a template puts in so many tokens and no more", () => {
    const special = { id: "x", ids: repeated(2000, 1), tokens: ["x"] };
    const post_processor = {
      type: "TemplateProcessing",
      single: [{ SpecialToken: { id: "x", type_id: 0 } }],
      pair: [],
      special_tokens: { x: special },
    };
    expect(messageOf(() => tokenizerOf({ post_processor }))).toMatch(
      "post_processor.single puts in more than 1024 tokens and texts",
    );
  });
});

describe("patterns and added tokens", () => {
  const split = (Regex: string) =>
    tokenizerOf({ pre_tokenizer: { type: "Split", pattern: { Regex }, behavior: "Isolated" } });

  test("that repeat repetitions come to an end", () => {
    const text = `${"a".repeat(60)}!${" ".repeat(20_000)}x`;
    for (const pattern of ["(a+)+$", "(a|a)+$", "(.*a){20}b", "\\s+$"]) {
      expect(split(pattern).encode(text).ids).toEqual([0]);
    }
  });

  test("of decoders too", () => {
    const decoder = {
      type: "Sequence",
      decoders: [{ type: "Fuse" }, { type: "Replace", pattern: { Regex: "(a+)+$" }, content: "" }],
    };
    const ids = [...repeated(60, 1), 3] as number[];
    expect(tokenizerOf({ decoder }).decode(ids)).toBe(`${"a".repeat(60)}b`);
  });

  test("a hundred thousand added tokens are found in one pass", () => {
    const added_tokens = Array.from({ length: 100_000 }, (_, i) => ({
      id: i + 10,
      content: `<token_${i}>`,
      special: true,
    }));
    const { ids } = tokenizerOf({ added_tokens }).encode("<token_99999>a<token_5><token_1");
    expect(ids).toEqual([100_009, 1, 15, 0]);
  });

  test("blanks beside added tokens are walked through once", () => {
    const added_tokens = [
      { id: 9, content: " ", special: true, lstrip: true, rstrip: true },
      { id: 3, content: "b", special: true, lstrip: true, rstrip: true },
    ];
    const { tokens } = tokenizerOf({ added_tokens }).encode(`a${" ".repeat(20_000)}b`);
    expect(tokens.length).toBe(20_002);
    expect(tokens.at(-2)).toMatchObject({ id: 9, end: 20_001 });
    expect(tokens.at(-1)).toMatchObject({ id: 3, start: 20_001, end: 20_002 });
  });
});

describe("tokens that are named by their number alone", () => {
  const pieces = (folder: string) => (file: string) =>
    new Uint8Array(readFileSync(`test/field/tokenizers/${folder}/${file}`));
  const text = (words: string) => new TextEncoder().encode(words);

  test.each([
    ["pegasus", "PegasusTokenizer", "spiece.model", { offset: 2 ** 31 - 1 }, "offset"],
    ["t5-pieces", "T5Tokenizer", "spiece.model", { extra_ids: 2 ** 31 - 1 }, "extra_ids"],
  ])("%s: %s of %s", (folder, tokenizer_class, file, values, field) => {
    const sentencePiece = pieces(folder)(file);
    const tokenizerConfig = { tokenizer_class, ...values };
    expect(() => createTokenizer({ sentencePiece, tokenizerConfig })).toThrow(
      `tokenizer_config.json.${field} must be a whole number up to 1000000`,
    );
  });

  test.each<[string, string, object, string]>([
    ["no base64", "A 0\n", {}, "line 1 must be a token in base64"],
    [
      "a token without end",
      `IQ== 0\n${btoa("a".repeat(2000))} 1\n`,
      {},
      "line 2 holds a token of 2000 bytes",
    ],
    [
      "a gap without end",
      "IQ== 0\n",
      { added_tokens_decoder: { 2000000000: { content: "<far>" } } },
      "has the id 2000000000",
    ],
  ])("a tiktoken file with %s", (_, lines, tokenizerConfig, message) => {
    expect(() => createTokenizer({ sentencePiece: text(lines), tokenizerConfig })).toThrow(message);
  });
});

describe("what is of another kind than a file's format has", () => {
  test("an added token that is none", () => {
    expect(messageOf(() => tokenizerOf({ added_tokens: [null] }))).toMatch(/added_tokens\[0\]/);
  });

  test("a piece's score that is no number of four bytes", () => {
    const piece = [0x0a, 1, 0x61, 0x12, 2, 0, 0];
    const file = Uint8Array.from([0x0a, piece.length, ...piece]);
    expect(messageOf(() => readSentencePiece(file, "spiece.model"))).toMatch(
      /^spiece\.model is no SentencePiece model/,
    );
  });
});
