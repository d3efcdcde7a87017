import { load } from "heed";
import { expect, test } from "vitest";

test("it looks at cat", async () => {
  const model = await load();
  const run = await model.run("The cat sat on the mat because it was tired.", {
    read: ["layers.3.weights"],
  });
  expect(run.weight("L3H1", "it", "cat")).toBeCloseTo(0.4915, 4);
  await model.dispose();
});
