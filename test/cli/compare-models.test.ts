import { expect, test } from "vitest";
import { commandLine, folderWithWords } from "../support/command-line.ts";
import { goldenFolder } from "../support/small-models.ts";

const base = folderWithWords("bert-mlm", 121);
const other = folderWithWords("bert-untied", 121);
const text = "the cat sat on the mat because it was tired";

test("two models on one text: words, heads, vectors and weights", async () => {
  const { stdout, error } = await commandLine("compare", text, "--model", base, "--with", base);
  expect(error).toBeUndefined();
  expect(stdout).toContain("No weight differs: the two models have the same numbers.");
  expect(stdout).toContain('What "it" looks at');
  expect(stdout).toContain("Which heads' weights moved");
  for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
});

test("without a text weights alone, of models of one shape", async () => {
  const { stdout } = await commandLine("compare", "--model", base, "--with", base, "--json");
  const { comparison, weights } = JSON.parse(stdout);
  expect(comparison).toBeNull();
  expect(weights.heads[0].name).toMatch(/^L\dH\d$/);
  const { error } = await commandLine("compare", "--model", base, "--with", goldenFolder("gpt2"));
  expect(error?.message).toContain("Give a text to compare what they do with it");
});

test("models of other shapes are compared by their words alone", async () => {
  const args = ["compare", text, "--word", "it", "--to", "cat", "--with", other];
  const { stdout, error } = await commandLine(...args, "--format", "html");
  expect(error).toBeUndefined();
  expect(stdout).toContain("Left out: the models are not of one family");
});

test("a word of each text, and labels in the texts' own words", async () => {
  const pair = ["compare", "the cat was tired", "the cat sat", "--model", base];
  const { stdout } = await commandLine(...pair, "--word", "tired,sat");
  expect(stdout).toContain('With "tired"');
  expect(stdout).toContain('with "sat"');
  const swapped = ["compare", "the dog sat on the cat", "the cat sat on the dog", "--model", base];
  expect((await commandLine(...swapped, "--word", "sat")).stdout).toContain('"dog cat"');
});

test.each([
  [[text, text, "--with", base, "--model", base], "on one text"],
  [["--with", base, "--model", base, "--word", "it"], "--word does nothing with no text"],
  [[text, text, "--word", "a,b,c", "--model", base], "needs one word, or one of each text"],
  [[text, text, "--word", "it,dog", "--model", base], '--word, second text: no word "dog"'],
  [[text, "--with", base, "--model", base, "--format", "csv"], "a comparison of models writes"],
])("refuses %j", async (args, message) => {
  expect((await commandLine("compare", ...args)).error?.message).toContain(message);
});
