import { expect, test } from "vitest";
import { backendFor } from "../../src/backends/choose.node.ts";
import { reference } from "../../src/backends/reference/reference.ts";
import { memorySource } from "../../src/checkpoint/memory.ts";
import { loadFrom } from "../../src/model.ts";
import type { Backend } from "../../src/tensor/backend.ts";
import type { TrainerOptions } from "../../src/training/trainer.ts";
import { goldenBatch, goldenModel } from "./training-cases.ts";

async function losses(backend: Backend, options: Partial<TrainerOptions>): Promise<number[]> {
  const model = await loadFrom(memorySource(await goldenModel("gpt2"), "gpt2"), backend);
  const trainer = await model.trainer({ steps: 5, rate: 0.02, ...options });
  const found: number[] = [];
  for (let step = 0; step < 5; step++) found.push((await trainer.train(goldenBatch("gpt2"))).loss);
  const files = await model.files();
  await model.dispose();
  const saved = await loadFrom(memorySource(files, "saved"), reference());
  const again = await saved.trainer({ steps: 1 });
  found.push((await again.evaluate(goldenBatch("gpt2"))).loss);
  await saved.dispose();
  return found;
}

test.each([
  ["one head's W^Q, another's W^O", { train: ["L1H1.q", "L0H0.o", "layers.0.mlp.*"] }],
  ["matrices of low rank", { lowRank: { rank: 2, alpha: 4 } }],
  ["layers computed again", { recompute: true }],
] as const)("%s: the engine learns what the definition learns", async (_, options) => {
  const [engine, definition] = [
    await losses(await backendFor({ threads: 2 }), options),
    await losses(reference(), options),
  ];
  expect(engine[4]).toBeLessThan(engine[0]!);
  for (const [n, loss] of definition.entries())
    expect(Math.abs(engine[n]! - loss)).toBeLessThan(2e-5);
});
