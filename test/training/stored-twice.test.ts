import { describe, expect, test } from "vitest";
import { attributionReads, logitAttribution } from "../../src/analysis/index.ts";
import { load } from "../../src/load.node.ts";
import type { Model } from "../../src/model.ts";
import { editedFolder } from "../support/edited-folder.ts";

const ids = [[3, 4, 5, 6]];

/** A checkpoint whose file holds a tied tensor under both names, and under one. */
const folders = (name: string, head: string): readonly string[] => [
  editedFolder(name, {}),
  editedFolder(name, {
    tensors: (tensors) => new Map([...tensors].filter(([own]) => own !== head)),
  }),
];

async function step(model: Model): Promise<readonly number[]> {
  const trainer = await model.trainer({ steps: 2, rate: 1e-3 });
  const weights = Float32Array.from([0.25, 0.25, 0.25, 0.25]);
  const batch = { input: { ids }, answers: [], targets: Int32Array.from([4, 5, 6, 7]), weights };
  const { gradientNorm } = await trainer.train(batch);
  return [gradientNorm, (await trainer.train(batch)).loss];
}

describe("a tied tensor that a file holds twice is one", () => {
  test("its gradient has the head's share, and a step changes both", async () => {
    const [twice, once] = folders("hub-falcon", "lm_head.weight");
    const models = [await load(twice, { dtype: "f32" }), await load(once, { dtype: "f32" })];
    const [own, expected] = [await step(models[0]!), await step(models[1]!)];
    expect(models[0]!.parameters.map(({ name }) => name)).toEqual(
      models[1]!.parameters.map(({ name }) => name),
    );
    expect(own).toEqual(expected);
    for (const model of models) await model.dispose();
  });

  test("logits are taken apart by it", async () => {
    const [twice] = folders("hub-falcon", "lm_head.weight");
    const model = await load(twice);
    const run = await model.run(ids, { read: await attributionReads(model, 3) });
    const { total } = await logitAttribution(model, run, { token: 7, position: 3 });
    expect(total).toBeCloseTo(run.output.logits!.at(0, 3, 7), 3);
    await model.dispose();
  });
});
