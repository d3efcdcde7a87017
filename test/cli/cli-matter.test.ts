import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { commandLine } from "../support/command-line.ts";
import { goldenFolder } from "../support/small-models.ts";

const text = "The cat sat on the mat because it was tired.";
const folder = mkdtempSync(join(tmpdir(), "heed-matter-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function written(...args: string[]) {
  const found = await commandLine("matter", ...args);
  expect(found.error).toBeUndefined();
  return found;
}

test("heads by what cutting their look does, beside weight and norm", async () => {
  const { stdout } = await written(text, "--word", "it", "--controls", "0");
  expect(stdout).toContain(
    'Every head\'s strongest look from "it" to another word, and what cutting it does',
  );
  expect(stdout).toMatch(/\n L5H11 +cat +0\.71 +#3 +4\.59 +#1 +0\.13 +6\.4e-4\n/);
  expect(stdout.replace(/\s+/g, " ")).toMatch(
    /Effect on the sentence vector, against: the weight ρ = 0\.81 \(0\.\d\d to 0\.\d\d\); the norm ρ = 0\.90/,
  );
  expect(stdout).toContain("One text says nothing about others");
  for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
});

test("controls, a file that runs again, and pictures, on a model of words", async () => {
  const model = goldenFolder("gpt2");
  const file = join(folder, "matter.json");
  const ids = ["--ids", "3,9,4,22,17,8", "--word", "5", "--model", model];
  const json = await written(...ids, "--controls", "6", "--save", file, "--json");
  const first = JSON.parse(json.stdout);
  expect(first.rows).toHaveLength(6);
  expect(first.rows[0].controls[0].count).toBe(6);
  expect(first.metrics[0].metric.kind).toBe("logProbability");
  const again = await commandLine("run", file, "--json");
  expect(JSON.parse(again.stdout)).toEqual(first);
  const csv = (await written(...ids, "--by", "zero", "--format", "csv")).stdout.split("\n");
  expect(csv[0]).toBe(
    "head,key,weight,norm,logProbability,logProbability_gradient,logProbability_controls_median,logProbability_controls_as_large",
  );
  expect(csv).toHaveLength(8);
  const silenced = await written(...ids, "--by", "zero", "--format", "svg");
  expect(silenced.stdout).toContain("How far silencing the head moves log P");
  const svg = (await written(...ids, "--format", "svg")).stdout;
  expect(svg.match(/<title>L\dH\d at/g)!.length).toBe(18);
  const table = (await written(...ids, "--by", "zero")).stdout;
  expect(table).toMatch(/moves log P.*\n? *gradient|gradient/);
  expect(table).toContain("the gradient ρ = ");
  expect(table.replaceAll(/\s+/g, " ")).toContain("foretells the effect to first order");
});

test("over lines each head stands for all texts; texts without the word are named", async () => {
  const lines = join(folder, "lines.jsonl");
  writeFileSync(
    lines,
    ["3,9,4,22", "4,8,3,1,7", "5,6"].map((ids) => `{"ids": [${ids}]}`).join("\n"),
  );
  const model = goldenFolder("bert-mlm");
  const { stdout, stderr } = await written(
    "--lines",
    lines,
    "--word",
    "2",
    "--model",
    model,
    "--controls",
    "2",
  );
  expect(stdout).toContain("2 of 3 texts; the first: 3 9 4 22");
  expect(stdout).toContain("Nothing is tested below 30 texts");
  expect(stderr).toMatch(/text 3 is left out: --word: (no word|index)/);
});

const wrong: readonly [readonly string[], string][] = [
  [[text, "--word", "dog"], 'no word "dog" in the text'],
  [[text, "--by", "resample"], "--by resample: from which text?"],
  [[text, "--from", text], "--from does nothing without --by"],
  [[text, "--word", "it", "--to", "it", "--links"], "--links does nothing with --to"],
  [["Alone", "--word", "Alone"], "the word has no other word to look at"],
  [["It sat.\nIt ran.", "--lines"], "Name the word that looks in every text: --word it"],
  [[text, "--word", "it", "--controls", "x"], "--controls x: needs a whole number from 1"],
];
test.each(wrong)("%j is refused with what to do", async (args, message) => {
  expect((await commandLine("matter", ...args)).error?.message).toContain(message);
});
