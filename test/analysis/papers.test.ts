import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

// Each method is one file, with its paper and its equation on top.

const folder = "src/analysis";
const year = /\b(19|20)\d\d\b/;
const equation = /[=←↦Σ‖∂√ρ]|softmax\(/;
const paper = /[A-Z]\p{L}+(?:,? (?:&|et al\.|[A-Z]\p{L}+))* (?:19|20)\d\d\b|\barXiv\b/u;

/** What name papers and are no method: kinds of changes as data, what several methods share. */
const shared = new Set([
  "interventions/intervention.ts",
  "interventions/random-matrix.ts",
  "layers/head-measure.ts",
  "words/word-weights.ts",
]);

const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
  (file) => /\/.*\.ts$/.test(file) && !file.endsWith(".test.ts") && !shared.has(file),
);
const texts = new Map(files.map((file) => [file, readFileSync(`${folder}/${file}`, "utf8")]));
const methods = files.filter((file) => paper.test(texts.get(file)!));

describe("a method's file", () => {
  test("is found by the papers it names", () => {
    expect(methods.length).toBeGreaterThan(45);
    for (const file of ["layers/rollout.ts", "output/value-zeroing.ts", "gradients/relevance.ts"])
      expect(methods).toContain(file);
    for (const file of shared) expect(readFileSync(`${folder}/${file}`, "utf8")).toMatch(paper);
  });

  test.each(methods)("%s has paper and equation on top", (file) => {
    const [top] = /^\/\*\*[\s\S]*?\*\/\n\n/.exec(texts.get(file)!) ?? [""];
    expect(top, "begins with a comment of its own").not.toBe("");
    expect(top).toMatch(year);
    expect(top).toMatch(equation);
  });
});
