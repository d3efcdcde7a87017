import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { judge, toldBy } from "../../scripts/fuzz/referee.ts";
import { type RecordedTrace, readTrace } from "../../src/checkpoint/trace-file.ts";
import { load } from "../../src/load.node.ts";
import type { Model } from "../../src/model.ts";
import { verifyTrace } from "../../src/tasks/verify.ts";
import { goldenFolder } from "../support/small-models.ts";

const site = "layers.1.mlp";
let model: Model;
let recorded: RecordedTrace;

beforeAll(async () => {
  const folder = goldenFolder("bert-mlm");
  model = await load(folder, { backend: "reference" });
  recorded = readTrace(readFileSync(`${folder}/trace.safetensors`), folder);
});
afterAll(() => model?.dispose());

/** The trace, one number of the site so far off. */
function off(by: number): RecordedTrace {
  const { type, shape, data } = recorded.tensors.get(site)!;
  const copy = Float32Array.from(data);
  copy[3]! += by;
  return {
    ...recorded,
    tensors: new Map([...recorded.tensors, [site, { type, shape, data: copy }]]),
  };
}

test.each([
  { pytorch: 0.01, double: 0, moved: 0, isRounding: true, why: "PyTorch alone is off" },
  { pytorch: 0.01, double: 0.01, moved: 0.01, isRounding: false, why: "heed alone is off" },
  { pytorch: 0.02, double: 0.01, moved: 0.01, isRounding: true, why: "both are off alike" },
  {
    pytorch: 0.01,
    double: 0.01,
    moved: 0.012,
    isRounding: true,
    why: "weights hardly off move it",
  },
  {
    pytorch: 0.01,
    double: 0.01,
    moved: 0.011,
    isRounding: false,
    why: "ten times as far is too far",
  },
])("$why", async ({ pytorch, double, moved, isRounding }) => {
  const given = off(pytorch);
  const wrong = (await verifyTrace(model, given)).filter(({ passed }) => !passed);
  expect(wrong.map((one) => one.site)).toEqual([site]);
  const judged = await judge(model, given, wrong, { double: off(double), moved: off(moved) });
  expect(judged.map((one) => one.isRounding)).toEqual([isRounding]);
  expect(toldBy(judged)).toContain(`${site}: heed is `);
});

test("a site that double precision does not have is no rounding", async () => {
  const given = off(0.01);
  const wrong = (await verifyTrace(model, given)).filter(({ passed }) => !passed);
  const tensors = new Map([...recorded.tensors].filter(([name]) => name !== site));
  const bare = { ...recorded, tensors };
  const [judged] = await judge(model, given, wrong, { double: bare, moved: bare });
  expect(judged!.isRounding).toBe(false);
});
