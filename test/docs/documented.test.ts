import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

// What `npm run docs` asks of every public name, without its compiler: a doc comment.
const root = fileURLToPath(new URL("../..", import.meta.url));
const { entryPoints }: { entryPoints: string[] } = JSON.parse(
  readFileSync(join(root, "scripts/api/typedoc.json"), "utf8"),
);
const { exports }: { exports: Record<string, Record<string, string> | string> } = JSON.parse(
  readFileSync(join(root, "package.json"), "utf8"),
);

const texts = new Map<string, string>();

function textOf(file: string): string {
  const known = texts.get(file) ?? readFileSync(file, "utf8");
  texts.set(file, known);
  return known;
}

/** Public names and the files that declare them, wherever an entry has them from. */
function namesOf(entry: string): { file: string; name: string }[] {
  const text = textOf(entry);
  const declared = [
    ...text.matchAll(
      /^export (?:abstract |async )*(?:interface|type|class|function|const) (\w+)/gm,
    ),
  ].map(([, name]) => ({ file: entry, name: name! }));
  const passedOn = [
    ...text.matchAll(/^export (?:type )?(\*|\{[^}]*\}) from "(\.[^"]+)"/gm),
  ].flatMap(([, names, from]) => {
    const all = namesOf(join(dirname(entry), from!));
    if (names === "*") return all;
    const chosen = new Set([...names!.matchAll(/(?:type )?(\w+)(?: as \w+)?/g)].map((n) => n[1]!));
    return all.filter(({ name }) => chosen.has(name));
  });
  return [...declared, ...passedOn];
}

test("every source that people import is an entry of the API reference", () => {
  const read = entryPoints.map((file) => join(root, "scripts/api", file));
  const imported = Object.values(exports).flatMap((entry) =>
    typeof entry === "object" && entry["heed/source"] ? [join(root, entry["heed/source"])] : [],
  );
  expect(imported.length).toBeGreaterThan(7);
  expect(
    imported.filter((file) => !read.includes(file.replace("worker.node", "worker.browser"))),
  ).toEqual([]);
});

test("every public name has a doc comment: what it is, its shapes and units, what it throws", () => {
  const names = entryPoints.flatMap((file) => namesOf(join(root, "scripts/api", file)));
  expect(names.length).toBeGreaterThan(500);
  const bare = names.filter(({ file, name }) => {
    const text = textOf(file);
    const at = text.search(
      new RegExp(
        `^export (?:abstract |async )*(?:interface|type|class|function|const) ${name}\\b`,
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
