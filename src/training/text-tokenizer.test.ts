import { expect, test } from "vitest";
import { createTokenizer } from "../tokens/tokenizer.ts";
import { textIds, textTokenizer } from "./text-tokenizer.ts";

const texts = ["the cat sat on the mat. the cat sat.", "the mat, the cat and the hat sat"];

function tokenizerOf(size: number) {
  const files = textTokenizer(texts, { size });
  const parsed = (name: string) => JSON.parse(new TextDecoder().decode(files[name]!));
  return createTokenizer({
    tokenizerJson: parsed("tokenizer.json"),
    tokenizerConfig: parsed("tokenizer_config.json"),
  });
}

test("words that are frequent become one token, and every text is written and read again", () => {
  const tokenizer = tokenizerOf(290);
  const pieces = tokenizer.encode("the cat sat").tokens.map(({ text }) => text);
  expect(pieces).toEqual(["the", "Ġcat", "Ġsat"]);
  for (const text of [...texts, "Ångström, naïve\n\t\u{1f63a} 北京 'tis"])
    expect(tokenizer.decode(tokenizer.encode(text).ids)).toBe(text);
  expect(tokenizer.specialTokens.end!.id).toBe(textIds.end);
  expect(tokenizer.specialTokens.pad!.id).toBe(textIds.padding);
  expect(tokenizer.specialTokens.mask!.id).toBe(textIds.mask);
});

test("it has as many tokens as were asked for, or as texts give", () => {
  expect(tokenizerOf(265).vocabularySize).toBe(265);
  expect(tokenizerOf(5000).vocabularySize).toBeLessThan(320);
  expect(textTokenizer(texts, { size: 270 })).toEqual(textTokenizer(texts, { size: 270 }));
  expect(() => textTokenizer(texts, { size: 200 })).toThrow("size is 200");
});
