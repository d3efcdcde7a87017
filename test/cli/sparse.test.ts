import { expect, test } from "vitest";
import { commandLine } from "../support/command-line.ts";

const model = ["--model", "test/tasks/sparse-bert"];
const texts = ["A dog was tired.", "No."];

test("heed embed prints the heaviest words of a sparse encoder, and how alike texts are", async () => {
  const { stdout } = await commandLine("embed", ...texts, ...model, "--max-terms", "3");
  expect(stdout).toContain("a weight for each word, the largest over its tokens");
  expect(stdout).toMatch(/1 A dog was tired\.\n +word +weight\n( .+\n){3}\n2 No\.\n/);
  expect(stdout).toContain("How alike they are (dot product)");
  const { stdout: whole } = await commandLine("embed", texts[0]!, ...model);
  expect(whole).toMatch(/ and \d+ more\n/);
});

test("its JSON has the words, their ids and weights; CSV a line a word", async () => {
  const { stdout } = await commandLine("embed", ...texts, ...model, "--max-terms", "2", "--json");
  const [first, second] = JSON.parse(stdout).texts;
  expect(first.text).toBe(texts[0]);
  expect([first.terms, first.indices, first.values].map((list) => list.length)).toEqual([2, 2, 2]);
  expect(first.values[0]).toBeGreaterThan(first.values[1]);
  const { stdout: lines } = await commandLine(
    ...["embed", ...texts, ...model, "--max-terms", "2", "--format", "csv"],
  );
  const rows = lines.trim().split("\n");
  expect(rows[0]).toBe("text,id,term,weight");
  expect(rows.slice(1).map((row) => Number(row.split(",")[1]))).toEqual([
    ...first.indices,
    ...second.indices,
  ]);
});

test("--max-terms is a number, and for sparse encoders", async () => {
  const wrong = await commandLine("embed", "No.", ...model, "--max-terms", "none");
  expect(wrong.error?.message).toContain("--max-terms none: needs a whole number from 1");
  const dense = ["--model", "test/tasks/sentence-dense", "--max-terms", "2"];
  const { error } = await commandLine("embed", "No.", ...dense);
  expect(error?.message).toContain("is for sparse encoders");
});

test("--task takes the route of a query, where a model has one", async () => {
  const routed = ["--model", "test/tasks/sparse-routes"];
  const query = await commandLine("embed", "A dog was tired.", ...routed, "--task", "query");
  expect(query.stdout).toContain("a learned weight for each word it has, by its route query");
  const document = await commandLine("embed", "A dog was tired.", ...routed);
  expect(document.stdout).toContain("by its route document");
});
