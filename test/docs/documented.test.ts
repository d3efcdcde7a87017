import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { entries, namesOf, textOf } from "../support/public-names.ts";

// What `npm run docs` asks of every public name, without its compiler: a doc comment.
const root = fileURLToPath(new URL("../..", import.meta.url));
const { exports }: { exports: Record<string, Record<string, string> | string> } = JSON.parse(
  readFileSync(join(root, "package.json"), "utf8"),
);

test("every source that people import is an entry of the API reference", () => {
  const imported = Object.values(exports).flatMap((entry) =>
    typeof entry === "object" && entry["heed/source"] ? [join(root, entry["heed/source"])] : [],
  );
  expect(imported.length).toBeGreaterThan(7);
  expect(
    imported.filter((file) => !entries.includes(file.replace("worker.node", "worker.browser"))),
  ).toEqual([]);
});

test("every public name has a doc comment: what it is, its shapes and units, what it throws", () => {
  const names = entries.flatMap(namesOf);
  expect(names.length).toBeGreaterThan(500);
  const bare = names.filter(({ file, name }) => {
    const text = textOf(file);
    const at = text.search(
      new RegExp(
        `^export (?:abstract |async )*(?:interface|type|class|function\\*?|const) ${name}\\b`,
        "m",
      ),
    );
    return !/\*\/\s*$/.test(text.slice(0, at));
  });
  expect(bare.map(({ file, name }) => `${relative(root, file)}: ${name}`)).toEqual([]);
});

test("what is kept out of the API reference by name is still there", () => {
  const { intentionallyNotExported }: { intentionallyNotExported: string[] } = JSON.parse(
    readFileSync(join(root, "scripts/api/typedoc.json"), "utf8"),
  );
  const gone = intentionallyNotExported.filter((place) => {
    const [file, name] = place.split(":") as [string, string];
    const path = join(root, file);
    return (
      !existsSync(path) ||
      !new RegExp(`\\b(?:type|class|interface) ${name}\\b`).test(readFileSync(path, "utf8"))
    );
  });
  expect(gone).toEqual([]);
});
