import { expect, test } from "vitest";
import { commandLine, folderWithWords } from "../support/command-line.ts";
import { goldenFolder } from "../support/small-models.ts";

const bert = ["--model", folderWithWords("bert-mlm", 121)];
const gpt2 = ["--model", goldenFolder("gpt2")];

test("circuit shows who seeks whom, what is handed over, and composition", async () => {
  const { stdout, error } = await commandLine("circuit", "L1H1", "--word", "cat", ...bert);
  expect(error).toBeUndefined();
  for (const heading of ["W_QK: who seeks whom", "W_OV: what is handed over", "Composition"])
    expect(stdout).toContain(heading);
  expect(stdout).toMatch(/what L1H1 reads of earlier heads/);
  expect(stdout).toMatch(/^ {4}cat {2,}/m);
  for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
});

test("circuit's JSON has all singular values and compositions", async () => {
  const { stdout } = await commandLine("circuit", "L1H2", ...gpt2, "--json");
  const { head, qk, ov, compositions, model } = JSON.parse(stdout);
  expect([head, model.type, qk.values.length, ov.values.length]).toEqual(["L1H2", "gpt2", 12, 12]);
  expect(compositions.earlier).toHaveLength(3);
  expect(compositions.later).toHaveLength(0);
});

test("stream shows what wrote a word's vector, in every format", async () => {
  const args = ["stream", "the cat sat", "--word", "sat", "--layer", "1", ...bert];
  const { stdout } = await commandLine(...args);
  expect(stdout).toMatch(/feed-forward of layer 1 +-?\d+\.\d%/);
  expect(stdout).toMatch(/sum +100\.0%/);
  const { site, parts, layers } = JSON.parse((await commandLine(...args, "--json")).stdout);
  expect(site).toBe("layers.1.residual");
  for (const list of [parts, layers])
    expect(list.reduce((sum: number, part: { share: number }) => sum + part.share, 0)).toBeCloseTo(
      1,
      4,
    );
  for (const format of ["svg", "html"])
    expect((await commandLine(...args, "--format", format)).stdout).toContain(
      "What wrote the vector",
    );
});

test("a decoder's stream has what it looked up in the encoder", async () => {
  const t5 = ["--model", goldenFolder("t5-uneven"), "--ids", "3,4,5,6"];
  const { stdout } = await commandLine("stream", ...t5, "--stack", "decoder");
  expect(stdout).toContain("look at the encoder in layer 1");
});

test.each([
  [["circuit", "L9H0", ...gpt2], "layers 0 to 1"],
  [["circuit", "LxH0", ...gpt2], "is no head"],
  [["circuit", "L0H0", "--word", "unbelievable", ...bert], "is not in the vocabulary"],
  [["circuit", "L0H0", "--word", "cats", ...bert], "Name a word that is one"],
  [["circuit", "L0H0", "--word", "cat", ...gpt2], "no tokenizer"],
  [["circuit", "L0H0", "--stack", "decoder", ...gpt2], "has one stack"],
  [["stream", "the cat", "--layer", "9", ...bert], "has layers 0 to 1"],
  [["stream", "the cat", "--word", "dog", ...bert], 'no word "dog"'],
  [["stream", "the cat", "--decoder", "x", ...bert], "--decoder does nothing"],
])("refuses %j", async (args, message) => {
  expect((await commandLine(...args)).error?.message).toContain(message);
});
