import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fileName, type Results, resultsFolder } from "../../bench/results.ts";
import { pictures } from "../../scripts/docs-pictures.ts";
import { modelParts, roundedUp } from "../../scripts/model-table.ts";
import { type WrittenPart, withPart } from "../../scripts/pages.ts";
import { siteParts } from "../../scripts/site-table.ts";
import { speedParts } from "../../scripts/speed-table.ts";
import { pageText } from "../support/pages.ts";

// What a script writes into a page is what stands there: the same on every machine and on a fresh clone.
function expectCurrent(parts: readonly WrittenPart[], script: string): void {
  for (const part of parts)
    expect(pageText(part.file), `run: npx tsx ${script}`).toBe(withPart(part));
}

test("the tables of models are what their script writes", async () => {
  expectCurrent(await modelParts(), "scripts/model-table.ts");
});

test("the table of sites is what its script writes", () => {
  expectCurrent(siteParts(), "scripts/site-table.ts");
});

test("the tables of speed are what their script writes", () => {
  expectCurrent(speedParts(), "scripts/speed-table.ts");
});

test("results lie in the file that is named for their machine", () => {
  const files = readdirSync(resultsFolder).filter((file) => file.endsWith(".json"));
  for (const file of files) {
    const { machine } = JSON.parse(readFileSync(new URL(file, resultsFolder), "utf8")) as Results;
    expect(fileName(machine)).toBe(file);
  }
  const [zen4, unknown] = [
    { processor: "AMD EPYC", vendor: "AMD", family: 25, model: 17 },
    { processor: "AMD EPYC" },
  ].map((kind) => fileName({ ...kind, cores: 2, memoryGiB: 24, kernels: "cpu (avx512)" }));
  expect(zen4).toBe("amd-family-25-model-17-2-cores-cpu-avx512.json");
  expect(unknown).toBe("amd-epyc-2-cores-cpu-avx512.json");
});

test("a difference is rounded up to one digit", () => {
  expect([0, 1.04e-6, 3e-7, 9.5e-7, 1e-5].map(roundedUp)).toEqual([
    "0",
    "2e-6",
    "3e-7",
    "1e-6",
    "1e-5",
  ]);
});

test("pictures that commands draw are shown, and name no place of a machine", () => {
  const pages = readdirSync("docs").filter((file) => file.endsWith(".md"));
  const texts = ["README.md", ...pages.map((page) => `docs/${page}`)].map((path) =>
    readFileSync(path, "utf8"),
  );
  for (const file of Object.keys(pictures)) {
    expect(readFileSync(`docs/images/${file}`, "utf8"), file).toMatch(
      /label&quot;:&quot;(all-MiniLM-L6-v2|heed-stories)&quot;/,
    );
    expect(
      texts.some((text) => text.includes(`images/${file}`)),
      file,
    ).toBe(true);
  }
});
