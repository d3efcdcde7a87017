import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { readImage } from "../../src/images/read-image.node.ts";
import { load } from "../../src/load.node.ts";
import { classificationChecks } from "../../src/tasks/verify-tasks/classification.ts";
import { readTaskCases, verifyTasks } from "../../src/tasks/verify-tasks/verify-tasks.ts";

const own = import.meta.dirname;
const beside = fileURLToPath(new URL("../../../shared/tasks", import.meta.url));

function casesOf(folder: string) {
  const place = `${folder}/tasks.json`;
  return readTaskCases(readFileSync(place, "utf8"), place);
}

/** Folders whose every case is of a task that gives labels, words or parts of a text. */
function foldersIn(home: string): string[] {
  return readdirSync(home)
    .map((name) => `${home}/${name}`)
    .filter((folder) => existsSync(`${folder}/tasks.json`))
    .filter((folder) =>
      casesOf(folder).every(({ task }) => Object.hasOwn(classificationChecks, task)),
    )
    .sort();
}

async function verify(folder: string, backend: "reference" | "auto"): Promise<void> {
  const model = await load(folder, { backend, onWarning: () => {} });
  try {
    const image = (name: string) => readImage(`${folder}/${name}`);
    const found = await verifyTasks(model, casesOf(folder), { image });
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter(({ passed }) => !passed)).toEqual([]);
  } finally {
    await model.dispose();
  }
}

describe.each(["reference", "auto"] as const)(
  "answers as Python's pipelines gave them (%s)",
  (backend) => {
    test("are all there", () => {
      expect(foldersIn(own).length).toBeGreaterThanOrEqual(24);
    });
    test.each(foldersIn(own))("%s", (folder) => verify(folder, backend));
    if (existsSync(beside)) test.each(foldersIn(beside))("%s", (folder) => verify(folder, backend));
    else test("more of them", ({ skip }) => skip("there is no folder ../shared/tasks"));
  },
);
