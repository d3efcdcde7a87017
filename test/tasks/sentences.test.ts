import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { load } from "../../src/load.node.ts";
import { readTaskCases, verifyTasks } from "../../src/tasks/verify-tasks/verify-tasks.ts";

const own = import.meta.dirname;
const beside = fileURLToPath(new URL("../../../shared/tasks", import.meta.url));
const field = fileURLToPath(new URL("../field", import.meta.url));

function casesIn(home: string): string[] {
  return readdirSync(home)
    .filter((name) => /^(sentence|sparse|cross-encoder)-/.test(name))
    .map((name) => `${home}/${name}`);
}

const noFiles = { image: (name: string) => Promise.reject(new Error(name)) };

async function verify(folder: string, backend: "reference" | "auto"): Promise<void> {
  const model = await load(folder, { backend, onWarning: () => {} });
  try {
    const cases = readTaskCases(readFileSync(`${folder}/tasks.json`, "utf8"), folder);
    expect(cases.length).toBeGreaterThan(0);
    const found = await verifyTasks(model, cases, noFiles, folder);
    expect(found.filter(({ passed }) => !passed)).toEqual([]);
    // The head beside a body that is read for its states alone.
    const unused = model.unused.filter((name) => !/position_ids$/.test(name));
    expect(unused, "tensors that nothing uses").toEqual([]);
  } finally {
    await model.dispose();
  }
}

for (const backend of ["reference", "auto"] as const) {
  describe(`as sentence-transformers answers (${backend})`, () => {
    test.each(casesIn(own))("%s", (folder) => verify(folder, backend));
    if (existsSync(beside)) test.each(casesIn(beside))("%s", (folder) => verify(folder, backend));
    else test("more of them", ({ skip }) => skip("there is no folder ../shared/tasks"));
  });
}

describe("as was reported from the field", () => {
  test.each(readdirSync(field).filter((name) => name.startsWith("embed-")))("%s", async (name) => {
    const readme = readFileSync(`${field}/${name}/README.md`, "utf8");
    const right = [...readme.matchAll(/^\[.*\]$/gm)].map(([row]) => JSON.parse(row) as number[]);
    const texts = [...readme.matchAll(/"([^"]+\.)"/g)].map(([, text]) => text!);
    expect([right.length, texts.length]).toEqual([2, 2]);
    const model = await load(`${field}/${name}`, { backend: "reference", onWarning: () => {} });
    const { vectors } = await model.embed(texts);
    for (const [text, row] of right.entries())
      for (const [place, number] of row.entries())
        expect(vectors.at(text, place)).toBeCloseTo(number, 4);
    await model.dispose();
  });
});
