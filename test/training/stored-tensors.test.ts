import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { reference } from "../../src/backends/reference/reference.ts";
import { memorySource } from "../../src/checkpoint/memory.ts";
import { load } from "../../src/load.node.ts";
import { loadFrom } from "../../src/model.ts";

const home = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

test.each([
  "golden/gpt2",
  "golden/gemma",
  "golden/gemma3",
  "golden/gpt-neox",
  "golden/bloom",
  "golden/falcon",
  "golden/falcon-grouped",
  "golden/phi3",
  "golden/bert2gpt2",
  "golden/roberta2roberta",
  "towers/clip",
  "towers/siglip",
])("%s: a model that was saved holds the numbers it had", async (folder) => {
  const model = await load(home(folder), { backend: "reference" });
  const again = await loadFrom(memorySource(await model.files()), reference());
  expect(again.unused).toEqual([]);
  expect(again.parameters.map(({ name }) => name)).toEqual(
    model.parameters.map(({ name }) => name),
  );
  for (const [n, parameter] of model.parameters.entries()) {
    const numbers = await model.parameterRows(parameter);
    const saved = await again.parameterRows(again.parameters[n]!);
    const most = saved.reduce(
      (worst, number, place) => Math.max(worst, Math.abs(number - numbers[place]!)),
      0,
    );
    expect(most, parameter.name).toBeLessThanOrEqual(1e-6 * Math.max(1, ...numbers.map(Math.abs)));
  }
  await Promise.all([model.dispose(), again.dispose()]);
});
