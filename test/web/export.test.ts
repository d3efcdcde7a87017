import { checkExperiment, type Intervention } from "heed/analysis";
import { Explorer, type Exploring, exploredSource } from "heed/explore";
import { afterAll, beforeAll, expect, test } from "vitest";
import { load } from "../../src/index.ts";
import {
  csvOf,
  type Exported,
  experimentFileOf,
  fileNameOf,
  jsonOf,
  pageOf,
  svgOf,
} from "../../web/export/exported.ts";
import { rasterSize } from "../../web/export/raster.ts";
import { firstState } from "../../web/state/state.ts";
import { english } from "../../web/words/en.ts";
import { folderWithLetters, folderWithWords } from "../support/command-line.ts";

const text = "the cat sat on the mat because it was tired .";
const hostile = '<img src=x onerror="1">';
const models: Exploring[] = [];
let exported: Exported;

async function exportOf(folder: string, text: string, head: number, query: number) {
  const model = new Explorer(await load(folder, { backend: "reference" }));
  models.push(model);
  const seen = await model.see({ input: text });
  const source = exploredSource(model, seen, { texts: [text] });
  const state = { ...firstState, text, layer: 0, head, query };
  const weights = await model.weights(seen.run, { layer: 0, head });
  const queries = seen.queries.map(({ text }, token) => ({ token, text }));
  const keys = seen.keys.map(({ text }) => text);
  return { model, seen, source, state, words: english, weights, queries, keys };
}

beforeAll(async () => {
  exported = await exportOf(folderWithWords("bert-mlm", 121), text, 1, 3);
});
afterAll(async () => {
  for (const model of models) await model.dispose();
});

test("the numbers of JSON and CSV are the run's, whole", async () => {
  const { weights } = exported;
  const json = JSON.parse(jsonOf(exported));
  expect(Float32Array.from(json.weights.flat())).toEqual(weights);
  expect(json.queries).toContain("cat");
  const [header, ...lines] = csvOf(exported).trimEnd().split("\n");
  expect(header).toBe("layer,head,query_token,query,key_token,key,weight");
  expect(Float32Array.from(lines, (line) => Number(line.split(",").at(-1)))).toEqual(weights);
  expect(lines[1]).toMatch(/^0,1,0,\[CLS\],1,the,/);
});

test("what a query cannot look at is null in JSON and no line of CSV", async () => {
  const causal = await exportOf(folderWithLetters("gpt2", 125), "abc", 0, 1);
  const size = causal.seen.keys.length;
  const json = JSON.parse(jsonOf(causal));
  expect(json.weights[0].slice(1)).toEqual(Array(size - 1).fill(null));
  expect(csvOf(causal).trimEnd().split("\n")).toHaveLength(1 + (size * (size + 1)) / 2);
});

test("a cell of CSV is no formula, and no cell ends another", () => {
  const keys = exported.keys.map((_, index) => ["=1+1", '"a,b"', "-"][index % 3]!);
  const lines = csvOf({ ...exported, keys }).split("\n");
  expect(lines[1]).toContain(",'=1+1,");
  expect(lines[2]).toContain(',"""a,b""",');
  expect(lines[3]).toContain(",'-,");
});

test("pictures and pages say the text, the model, the head and the version, and nothing in them is markup", async () => {
  const state = { ...exported.state, text: hostile };
  const page = await pageOf({ ...exported, state });
  for (const shown of ["sentence", "head"] as const) {
    const svg = await svgOf({ ...exported, state }, shown, "light");
    for (const part of ["&lt;img src=x", "L0H1", "bert-mlm", `heed ${exported.model.said.version}`])
      expect(svg, shown).toContain(part);
    expect(svg).not.toContain("<img");
    expect(
      JSON.parse(
        /<metadata>(.*)<\/metadata>/
          .exec(svg)![1]!
          .replaceAll("&quot;", '"')
          .replaceAll("&lt;", "<")
          .replaceAll("&gt;", ">"),
      ).layer,
    ).toBe(0);
  }
  expect(page).toContain("<!doctype html>");
  expect(page).not.toContain("<img");
});

test("an experiment is one that heed reads, and there is none without changes", () => {
  expect(experimentFileOf(exported)).toBeUndefined();
  const changes: Intervention[] = [
    { kind: "cut", heads: ["L0H1"], query: 3, key: 2, how: "renormalized" },
  ];
  const file = experimentFileOf({ ...exported, state: { ...exported.state, changes } });
  expect(checkExperiment(JSON.parse(JSON.stringify(file)), "file")).toMatchObject({
    input: text,
    word: 3,
    do: { interventions: changes },
  });
});

test("a file's name has nothing that leads elsewhere", () => {
  expect(fileNameOf(exported, "png")).toBe("heed-L0H1-sat.png");
  const queries = exported.source.queries.map((query) => ({ ...query, name: "../../e\u202e/x" }));
  const name = fileNameOf({ ...exported, source: { ...exported.source, queries } }, "svg");
  expect(name).toBe("heed-L0H1-e-x.svg");
});

test("a wide picture is 16:9 with what it shows whole and in the middle, and none is larger than a browser draws", () => {
  const fit = rasterSize({ width: 300, height: 200 }, { scale: 2, shape: "fit" });
  expect(fit).toMatchObject({ width: 600, height: 400, x: 0, y: 0 });
  for (const size of [
    { width: 300, height: 900 },
    { width: 900, height: 100 },
  ]) {
    const wide = rasterSize(size, { scale: 2, shape: "wide" });
    expect(wide.width / wide.height).toBeCloseTo(16 / 9, 2);
    expect(2 * wide.x + 2 * size.width).toBeCloseTo(wide.width, -1);
    expect(2 * wide.y + 2 * size.height).toBeCloseTo(wide.height, -1);
  }
  const large = rasterSize({ width: 9000, height: 9000 }, { scale: 4, shape: "fit" });
  expect(large.width * large.height).toBeLessThanOrEqual(64_100_000);
});
