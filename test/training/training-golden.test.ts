import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { backendFor } from "../../src/backends/choose.node.ts";
import { reference } from "../../src/backends/reference/reference.ts";
import { memorySource } from "../../src/checkpoint/memory.ts";
import { loadFrom } from "../../src/model.ts";
import type { Backend } from "../../src/tensor/backend.ts";
import type { ModelFiles } from "../../src/training/new-model.ts";
import {
  type GoldenFamily,
  goldenBatch,
  goldenFamilies,
  goldenModel,
  goldenMuon,
  goldenOptions,
  stepsBeforeSaving,
} from "./training-cases.ts";

interface Training {
  readonly losses: readonly number[];
  readonly norms: readonly number[];
  readonly after: number;
}

const golden = JSON.parse(
  readFileSync(new URL("../golden/training.json", import.meta.url), "utf8"),
) as Readonly<
  Record<
    GoldenFamily,
    { readonly fromNew: Training; readonly saved: number; readonly goesOn: Training }
  >
> & { readonly muon: Training };

const close = 1e-5;

async function expectTraining(
  files: ModelFiles,
  family: GoldenFamily,
  expected: Training,
  backend: Backend,
  options = goldenOptions,
) {
  const model = await loadFrom(memorySource(files, family), backend);
  const trainer = await model.trainer(options);
  const batch = goldenBatch(family);
  for (const [step, loss] of expected.losses.entries()) {
    const got = await trainer.train(batch);
    expect(Math.abs(got.loss - loss), `loss of step ${step + 1}`).toBeLessThan(close * 5);
    expect(Math.abs(got.gradientNorm / expected.norms[step]! - 1)).toBeLessThan(1e-4);
  }
  const { loss } = await trainer.evaluate(batch);
  expect(Math.abs(loss - expected.after)).toBeLessThan(close * 5);
  await model.dispose();
}

describe.each(goldenFamilies)("%s, beside PyTorch", (family) => {
  test.each(["reference", "engine"])("%s: losses and gradients of AdamW's steps", async (name) => {
    const backend = name === "reference" ? reference() : await backendFor({ threads: 2 });
    await expectTraining(await goldenModel(family), family, golden[family].fromNew, backend);
  });

  test("what heed trained and saved has the same loss in Python, and goes on alike", async () => {
    const model = await loadFrom(memorySource(await goldenModel(family), family), reference());
    const trainer = await model.trainer(goldenOptions);
    for (let step = 0; step < stepsBeforeSaving; step++) await trainer.train(goldenBatch(family));
    const { loss } = await trainer.evaluate(goldenBatch(family));
    expect(Math.abs(loss - golden[family].saved)).toBeLessThan(close);
    const files = await model.files();
    await model.dispose();
    await expectTraining(files, family, golden[family].goesOn, reference());
  });
});

test.each(["reference", "engine"])("bert, beside PyTorch's Muon, in f32: %s", async (name) => {
  const backend = name === "reference" ? reference() : await backendFor({ threads: 2 });
  await expectTraining(await goldenModel("bert"), "bert", golden.muon, backend, goldenMuon);
});
