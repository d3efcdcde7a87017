import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { load } from "../../src/index.ts";
import { createTokenizer } from "../../src/tokens/tokenizer.ts";
import { commandLine } from "../support/command-line.ts";

const expected = (name: string) =>
  JSON.parse(readFileSync(join("test/golden", name, "expected.json"), "utf8"));

describe("translators write what Python's generate does", () => {
  test.each(["hub-marian", "hub-m2m_100", "hub-nllb", "hub-mbart50"])("%s", async (name) => {
    const { text, source, target, read, ids, written } = expected(name);
    const model = await load(join("test/golden", name), {
      backend: "reference",
      sourceLanguage: source ?? undefined,
      targetLanguage: target ?? undefined,
    });
    // What is given as undefined is left out.
    const found = await model.generate(text, { maxNewTokens: 12, forcedBosTokenId: undefined });
    expect(found.tokens![0]!.map(({ id }) => id)).toEqual(read);
    expect(found.decoderTokens![0]!.map(({ id }) => id)).toEqual(ids);
    expect(model.tokenizer!.decode(ids, { skipSpecialTokens: true })).toBe(written);
    expect(found.rows[0]!.text.trim()).toBe(written);
    await model.dispose();
  });
});

test("the text part of a Gemma 3 that reads pictures runs as Python runs it on texts alone", async () => {
  const warnings: string[] = [];
  const { ids, logits } = expected("gemma3");
  const model = await load("test/golden/gemma3", {
    backend: "reference",
    onWarning: (message) => warnings.push(message),
  });
  const run = await model.run({ ids: [ids] });
  const furthest = [...run.output.logits!.data].map((one, n) => Math.abs(one - logits[n]));
  expect(Math.max(...furthest)).toBeLessThan(1e-4);
  expect(warnings.join()).toContain("its text part runs");
  await model.dispose();
});

describe("what is not built is refused by name, with the way out", () => {
  const vocabTxt = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n";
  test.each([
    [{ modelType: "roformer", vocabTxt }, /RoFormerTokenizer.*jieba.*run the model on ids/],
    [{ modelType: "xlm", vocabJson: { a: 0 }, mergesTxt: "" }, /XLMTokenizer.*Moses/],
    [{ modelType: "marian", vocabJson: { a: 0 } }, /source\.spm, target\.spm and vocab\.json/],
    [{ modelType: "m2m_100", vocabJson: { a: 0 } }, /sentencepiece\.bpe\.model/],
    [{ modelType: "bert", vocabTxt, targetLanguage: "fr" }, /no tokens for languages.*>>fra<</],
    [
      {
        tokenizerConfig: { tokenizer_class: "StrangeTokenizer" },
        sentencePiece: new TextEncoder().encode("YQ== 0\n"),
      },
      /StrangeTokenizer.*use_fast=True/,
    ],
  ])("%#", (files, message) => {
    expect(() => createTokenizer(files)).toThrow(message);
  });

  test("a language that there is no token for", async () => {
    await expect(
      load("test/golden/hub-nllb", { backend: "reference", targetLanguage: "fra_Lat" }),
    ).rejects.toThrow(/targetLanguage: "fra_Lat" is no language.*fra_Latn/);
  });
});

test("heed tokens begins with the language that was asked for", async () => {
  const nllb = ["--model", "test/golden/hub-nllb", "--source-language", "fra_Latn"];
  const { stdout, error } = await commandLine("tokens", "a", ...nllb, "--json");
  expect(error).toBeUndefined();
  expect(JSON.parse(stdout).tokens[0].text).toBe("fra_Latn");
});
