import { afterAll, expect, test } from "vitest";
import { load } from "../../src/index.ts";
import type { Model } from "../../src/model.ts";

const open: Model[] = [];
afterAll(async () => {
  for (const model of open) await model.dispose();
});

async function loaded(name: string) {
  const model = await load(`./test/field/${name}`, { backend: "reference" });
  open.push(model);
  return model;
}

test("rows padded on the left count positions as the family counts them", async () => {
  const model = await loaded("left-padding-roberta");
  const texts = ["a cat", "the cat the cat the"];
  const run = await model.run(texts, { read: ["final"] });
  expect(run.tokens.map((row) => row.map(({ id }) => id))).toEqual([
    [1, 1, 1, 1, 1, 0, 69, 103, 2],
    [0, 105, 103, 99, 105, 103, 99, 105, 2],
  ]);
  const final = run.trace.get("final"); // (2, 9, 8)
  const right = [
    [-0.1384, 1.3766, -1.4201, 0.9755, 0.5209, 0.4804, -0.1886, -1.6063],
    [-0.5176, 0.5026, -0.5522, 1.9731, 0.8475, -1.3106, -0.0236, -0.9192],
  ];
  for (const [row, numbers] of right.entries())
    for (const [place, number] of numbers.entries())
      expect(final.at(row, 8, place)).toBeCloseTo(number, 4);
});
