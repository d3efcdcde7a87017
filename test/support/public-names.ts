import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { entryPoints }: { entryPoints: string[] } = JSON.parse(
  readFileSync(join(root, "scripts/api/typedoc.json"), "utf8"),
);

/** Every source that people import from, Node's and browsers'. */
export const entries: readonly string[] = entryPoints.map((file) =>
  join(root, "scripts/api", file),
);

const texts = new Map<string, string>();

/** A source's text. */
export function textOf(file: string): string {
  const known = texts.get(file) ?? readFileSync(file, "utf8");
  texts.set(file, known);
  return known;
}

/** Public names and the files that declare them, wherever an entry has them from. */
export function namesOf(entry: string): { file: string; name: string }[] {
  const text = textOf(entry);
  const declared = [
    ...text.matchAll(
      /^export (?:abstract |async )*(?:interface|type|class|function\*?|const) (\w+)/gm,
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
