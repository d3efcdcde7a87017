import { readFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { explain, explainReads } from "../../src/analysis/explain/explain.ts";
import type { StackPrefix } from "../../src/analysis/explain/question.ts";
import type { StepId, StepValue } from "../../src/analysis/explain/step.ts";
import { productSingular } from "../../src/analysis/linear/singular.ts";
import { readTrace } from "../../src/checkpoint/trace-file.ts";
import { load } from "../../src/load.node.ts";
import type { Model } from "../../src/model.ts";
import { headMatrix } from "../../src/models/head-matrix.ts";
import { recordedInput } from "../../src/tasks/verify.ts";
import { goldenFolder } from "../support/small-models.ts";

// Made by scripts/make-explain-golden.py from recorded PyTorch traces, apart from heed.
const golden = JSON.parse(
  readFileSync(new URL("explain-golden.json", import.meta.url), "utf8"),
) as Record<string, Recorded>;

interface Recorded {
  readonly case: string;
  readonly head: number;
  readonly query: number;
  readonly key: number;
  readonly score: number;
  readonly pairs: Readonly<Record<string, number>>;
  readonly sources: Readonly<Record<string, number>>;
  readonly singular: readonly number[];
  readonly directions: readonly number[];
  readonly before: number;
  readonly content: number;
  readonly bias: number;
}

const models: Model[] = [];
afterAll(() => Promise.all(models.map((model) => model.dispose())));

async function stepsOf(recorded: Recorded, layer: number, stack?: StackPrefix) {
  const model = await load(goldenFolder(recorded.case), { backend: "reference" });
  models.push(model);
  const file = `${goldenFolder(recorded.case)}/trace.safetensors`;
  const input = recordedInput(readTrace(readFileSync(file), recorded.case), recorded.case);
  const { head, query, key } = recorded;
  const question = {
    head: { layer, head },
    word: query,
    to: key,
    against: key === 0 ? 1 : 0,
    text: 0,
    stack,
  };
  const run = await model.run(input, { read: explainReads(model, question) });
  const { steps } = await explain(model, run, question);
  const values = (id: StepId) => steps.find((step) => step.id === id)!.values;
  return { model, values };
}

function firstColumn(value: StepValue | undefined): Map<string, number> {
  if (value?.kind !== "contrast") throw new Error(`no contrast but ${value?.kind}`);
  return new Map(value.rows.map(({ label, first }) => [label, first]));
}

function expectTerms(found: Map<string, number>, wanted: Readonly<Record<string, number>>): void {
  expect([...found.keys()].sort()).toEqual(Object.keys(wanted).sort());
  for (const [name, value] of Object.entries(wanted))
    expect(found.get(name), name).toBeCloseTo(value, 3);
}

test.each(["bert", "gpt2"])("layer 0 of %s: token and position parts are numpy's", async (name) => {
  const recorded = golden[name]!;
  const { values } = await stepsOf(recorded, 0);
  expectTerms(firstColumn(values("sources")[0]), recorded.pairs);
  const sum = Object.values(recorded.pairs).reduce((before, value) => before + value, 0);
  expect(sum).toBeCloseTo(recorded.score, 4);
});

test("layer 1 of gpt2: what wrote the key is numpy's", async () => {
  const recorded = golden.gpt2Sources!;
  const { values } = await stepsOf(recorded, 1);
  expectTerms(firstColumn(values("sources")[0]), recorded.sources);
});

test("singular directions of W^Q · W^Kᵀ are numpy's", async () => {
  const recorded = golden.gpt2!;
  const { model, values } = await stepsOf(recorded, 0);
  const maps = await Promise.all(
    (["q", "k"] as const).map(async (map) => {
      const { matrix, bias } = await headMatrix(model, { layer: 0, head: recorded.head }, map);
      return Float64Array.from([...matrix.data, ...bias!.data]);
    }),
  );
  const { values: sigma } = productSingular(maps[0]!, maps[1]!, model.dimensions.headWidth);
  for (const [n, value] of recorded.singular.entries()) expect(sigma[n]).toBeCloseTo(value, 4);
  const found = firstColumn(values("directions")[0]);
  for (const [n, value] of recorded.directions.entries()) {
    const label = [...found.keys()].find((name) => name.startsWith(`direction ${n + 1} `))!;
    expect(found.get(label)).toBeCloseTo(value, 3);
  }
});

/** A cell of the table of parts, by its column and the key. */
function partOf(values: readonly StepValue[], title: string, key: number): number {
  const table = values[0]!;
  if (table.kind !== "table") throw new Error(`no table but ${table.kind}`);
  const row = table.rows.findIndex(({ role }) => role === "target");
  expect(row, `key ${key}`).toBeGreaterThanOrEqual(0);
  return table.columns.find((column) => column.title === title)!.values[row]!;
}

test("llama: content before it is turned is numpy's", async () => {
  const recorded = golden.llama!;
  const { values } = await stepsOf(recorded, 1);
  const before = partOf(values("parts"), "content, unturned", recorded.key);
  expect(before).toBeCloseTo(recorded.before, 4);
  const turning = partOf(values("parts"), "turning", recorded.key);
  expect(before + turning).toBeCloseTo(recorded.score, 4);
});

test("t5: content and what the distance adds are transformers'", async () => {
  const recorded = golden.t5!;
  const { values } = await stepsOf(recorded, 0, "encoder.");
  expect(partOf(values("parts"), "content", recorded.key)).toBeCloseTo(recorded.content, 4);
  expect(partOf(values("parts"), "bias", recorded.key)).toBeCloseTo(recorded.bias, 5);
  expect(recorded.content + recorded.bias).toBeCloseTo(recorded.score, 4);
});
