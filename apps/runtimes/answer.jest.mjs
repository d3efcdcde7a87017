import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "heed";

const folder = join(import.meta.dirname, "node_modules/heed/models/all-MiniLM-L6-v2");
const files = readdirSync(folder).filter((name) => /\.(json|bin)$/.test(name));

test("it looks at cat", async () => {
  const chosen = files.map((name) => new File([readFileSync(join(folder, name))], name));
  const model = await load(chosen);
  const run = await model.run("The cat sat on the mat because it was tired.", {
    read: ["layers.3.weights"],
  });
  expect(run.weight("L3H1", "it", "cat")).toBeCloseTo(0.4915, 3);
  await model.dispose();
});
