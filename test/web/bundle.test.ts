import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { importedLater } from "../../scripts/live-imports.mjs";
import { namedByContent } from "../../scripts/named-by-content.mjs";
import { builtSite, packagedApp } from "./support/built-app.ts";

// The page's scripts: none is there twice, none takes another's name, and none is there for nothing.

const named = /"\.\/([^"/]+\.js)"/g;

/** What lies in a built app's folder, scripts by name. */
function scriptsOf(folder: string): Map<string, string> {
  const app = readdirSync(folder).find((name) => name.startsWith("app-"))!;
  const names = readdirSync(join(folder, app)).filter((name) => name.endsWith(".js"));
  return new Map(names.map((name) => [name, readFileSync(join(folder, app, name), "utf8")]));
}

for (const [what, built, entry] of [
  ["the package's page", packagedApp, "main.js"],
  ["the site", async () => (await builtSite()).folder, "start.js"],
] as const)
  test(`${what}: every script is there once, and is reached from the first`, async () => {
    const scripts = scriptsOf(await built());
    expect(new Set(scripts.values()).size).toBe(scripts.size);
    const reached = new Set<string>([entry]);
    for (const name of reached) {
      const text = scripts.get(name);
      expect(text, `${name} is imported and not there`).toBeDefined();
      for (const [, other] of text!.matchAll(named)) reached.add(other!);
    }
    expect([...scripts.keys()].filter((name) => !reached.has(name))).toEqual([]);
  });

/** A bundle of one entry and one part, which is called the same in all. */
function bundleOf(entry: string, part: string) {
  const files = { [entry]: `import("./part-AAAAAAAA.js")`, "part-AAAAAAAA.js": part };
  return {
    files: new Map(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)])),
    outputs: {},
  };
}

test("parts of two bundles share a name exactly when they hold the same", () => {
  const namesOf = (...parts: readonly [string, string]) => {
    const names = new Map<string, string>();
    const bundles = parts.map((part, index) =>
      namedByContent(bundleOf(`${index}.js`, part), [`${index}.js`], names),
    );
    return bundles.map(({ files }, index) => {
      const name = [...files.keys()].find((one) => one !== `${index}.js`)!;
      expect(String(files.get(`${index}.js`))).toBe(`import("./${name}")`);
      return name;
    });
  };
  const [same, again] = namesOf("export const a = 1;", "export const a = 1;");
  expect(same).toBe(again);
  const [one, other] = namesOf(
    `import { a } from "./0.js"; a();`,
    `import { a } from "./1.js"; a();`,
  );
  expect(one).not.toBe(other);
});

test("a part's name changes with what it imports, in a circle too", () => {
  const nameOf = (end: string) => {
    const texts = {
      "a-AAAAAAAA.js": `import "./b-BBBBBBBB.js";`,
      "b-BBBBBBBB.js": `import("./a-AAAAAAAA.js"); ${end}`,
    };
    const files = new Map(
      Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)] as const),
    );
    return [...namedByContent({ files, outputs: {} }, [], new Map()).files.keys()];
  };
  const [first, second] = [nameOf("1;"), nameOf("2;")];
  expect(first).toEqual(nameOf("1;"));
  expect(first[0]).toMatch(/^a-/);
  expect(first[0]).not.toBe(second[0]);
  expect(first[1]).not.toBe(second[1]);
});

test("an import() in what nobody calls brings no script", async () => {
  const folder = mkdtempSync(join(tmpdir(), "heed-imports-"));
  try {
    const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
    write("main.js", `import { used } from "./both.js"; used();`);
    write(
      "both.js",
      `export const used = () => import("./later.js"); export const unused = () => import("./never.js");`,
    );
    write("later.js", `import("./later-still.js");`);
    write("later-still.js", "globalThis.ran = true;");
    write("never.js", "globalThis.ran = false;");
    const options = { bundle: true, format: "esm", outdir: folder, plugins: [] } as const;
    const found = await importedLater([join(folder, "main.js")], { ...options, plugins: [] });
    expect([...found]).toEqual([join(folder, "later.js"), join(folder, "later-still.js")]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
