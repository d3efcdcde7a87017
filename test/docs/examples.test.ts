import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { carryOut, pageHome } from "../support/carry-out.ts";
import type { PageResult } from "../support/page-child.ts";

// Every example does what its first line says: it prints, or writes the file that is named there.
const folder = fileURLToPath(new URL("../../examples", import.meta.url));
const names = readdirSync(folder).filter((name) => name.endsWith(".ts"));
const results = new Map<string, PageResult>();
let home = "";

beforeAll(async () => {
  home = pageHome();
  const jobs = names.map((name) => ({ file: pathToFileURL(join(folder, name)).href }));
  for (const [number, result] of (await carryOut(home, jobs)).entries())
    results.set(names[number]!, result);
});

afterAll(() => rmSync(home, { recursive: true }));

test.each(names)("%s does what its first line says", (name) => {
  const source = readFileSync(join(folder, name), "utf8");
  const [, written] = /^\/\/ (?:Prints .+\.|Writes ([\w-]+\.\w+): .+\.)$/m.exec(
    source.slice(0, source.indexOf("\n")),
  )!;
  const { code, stdout, stderr } = results.get(name)!;
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  if (written) {
    expect(stdout).toContain(`wrote ${written}`);
    expect(existsSync(join(home, written)), written).toBe(true);
  } else expect(stdout.trim()).not.toBe("");
  // What an example of the library prints stands at its end.
  const said = [...source.matchAll(/^\/\/ → (.+)$/gm)].map(([, line]) => line);
  if (said.length > 0) expect(stdout.trimEnd().split("\n")).toEqual(said);
});

test("every example is in their list, with its first line", () => {
  const list = readFileSync(join(folder, "README.md"), "utf8");
  const missing = names.filter((name) => !list.includes(`[${name}](${name})`));
  expect(missing).toEqual([]);
});
