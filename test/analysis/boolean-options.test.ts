import { afterAll, expect, test } from "vitest";
import { attentionFlow, attentionMaps, matterOf, Subject } from "../../src/analysis/index.ts";
import { load } from "../../src/load.node.ts";
import { goldenFolder } from "../support/small-models.ts";

const model = await load(goldenFolder("bert-mlm"));
afterAll(() => model.dispose());
const ids = [[5, 6, 7]];

test("options of analyses and patches that are yes or no refuse anything else", async () => {
  const run = await model.run(ids, { read: ["layers.*.weights"] });
  const flow = attentionFlow(attentionMaps(run));
  expect(() => flow.row(0, { share: 0 as never })).toThrow("share is 0, needs true or false");
  const plan = { word: [1], by: "cut", metrics: [], controls: 0, seed: 0 } as const;
  for (const wrong of ["links", "intervals"])
    await expect(matterOf(new Subject(model, ids), { ...plan, [wrong]: "false" })).rejects.toThrow(
      `matter: ${wrong} is "false", needs true or false`,
    );
  const patch = { site: "layers.0.weights", set: 0, renormalize: "no" } as never;
  await expect(model.run(ids, { patch: [patch] })).rejects.toThrow(
    'renormalize is "no", needs true or false',
  );
});
