import { expect, test } from "vitest";
import { backendFor } from "../../src/backends/choose.node.ts";
import { memorySource } from "../../src/checkpoint/memory.ts";
import { loadFrom } from "../../src/model.ts";
import { tinyWorldTask } from "../../src/training/tasks/tiny-world.ts";
import { taskBatch, taskModel } from "../../src/training/train-task.ts";

async function trained(threads: number): Promise<Uint8Array> {
  const files = await taskModel(tinyWorldTask, { seed: 5 });
  const model = await loadFrom(memorySource(files, "world"), await backendFor({ threads }));
  const trainer = await model.trainer({ steps: 6, rate: 2e-3 });
  const batch = { family: "bert", seed: 5, count: 16 } as const;
  for (let number = 1; number <= 6; number++)
    await trainer.train(taskBatch(tinyWorldTask, { ...batch, number }));
  const state = await trainer.state();
  await model.dispose();
  return state;
}

test("the same seed comes to the same numbers on one thread, two and three", async () => {
  const [one, two, three] = [await trained(1), await trained(2), await trained(3)];
  expect(Buffer.compare(two, one)).toBe(0);
  expect(Buffer.compare(three, one)).toBe(0);
});
