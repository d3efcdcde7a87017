import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { browserPrograms, endPrograms, inProgram } from "../support/browser-programs.ts";
import { type AppServer, serveApp } from "./support/app-server.ts";
import { packagedApp } from "./support/built-app.ts";
import type { Visit } from "./support/visitor.ts";

// The explorer in browsers that are not Chromium, in which everything else is tested: the same visit, told by a script that stands in the page under the page's own policy.

let server: AppServer;
let told: (visit: Visit) => void = () => {};

beforeAll(async () => {
  const folder = await packagedApp();
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("support/visitor.ts", import.meta.url))],
    bundle: true,
    format: "esm",
    write: false,
  });
  const index = readFileSync(join(folder, "index.html"), "utf8");
  server = await serveApp(folder, {
    headers: {
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
    },
    instead: {
      "index.html": index.replace(
        /<script/,
        '<script type="module" src="./visitor.js"></script>\n$&',
      ),
      "visitor.js": outputFiles[0]!.text,
    },
    posted: (body) => told(JSON.parse(body) as Visit),
  });
});

afterAll(async () => {
  endPrograms();
  await server.close();
});

const visited = () =>
  new Promise<Visit>((resolve) => {
    told = resolve;
  });

function expectWhole(visit: Visit): void {
  expect(visit.failure).toBeUndefined();
  expect(visit.complaints).toEqual([]);
  expect(visit.firstPicture!.arcs).toBe(3);
  expect(visit.firstPicture!.found).toContain("cat");
  expect(visit.backend).toMatch(/^cpu \((relaxed|wasm)\)$/);
  expect(visit.tapped!.query).toBe(4);
  expect(Number(visit.tapped!.shown)).toBeCloseTo(visit.tapped!.weight, 2);
  expect(visit.cut!.changes).toEqual([{ kind: "cut", heads: ["L3H1"], query: 8, key: 2 }]);
  expect(visit.cut!.angles[0]).toBe("55°");
  expect(visit.cut!.angles.at(-1)).toBe("0.4°");
  expect(Number(visit.cut!.weight)).toBe(0);
  expect(visit.steps!.length).toBeGreaterThan(10);
  for (const { title, height } of visit.steps!) expect(height, title).toBeGreaterThan(100);
  expect(visit.after).toEqual(visit.before);
  expect(visit.after).toMatchObject({ query: 8, panel: "steps", changes: visit.cut!.changes });
  expect(visit.anew!.shown).toBe(visit.cut!.weight);
}

for (const { name, command, missing } of browserPrograms)
  test(name, async ({ skip }) => {
    if (!command) return skip(missing);
    expectWhole(await inProgram(command, server.address, visited()));
  });
