import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const src = fileURLToPath(new URL("../src", import.meta.url));

/** Each folder imports only from those before it; analysis and views know nothing of each other. */
const order = [
  "errors",
  "checkpoint",
  "tokens",
  "images",
  "audio",
  "tensor",
  "backends",
  "probe",
  "attention",
  "families",
  "models",
  "tasks",
  "worker",
  "analysis",
  "export",
  "training",
  "views",
  "explore",
  "cli",
];
const strangers: readonly (readonly [string, string])[] = [
  ["images", "tokens"],
  ["audio", "tokens"],
  ["tensor", "audio"],
  ["tensor", "images"],
  ["tensor", "tokens"],
  ["tensor", "checkpoint"],
  ["views", "analysis"],
  ["views", "tasks"],
  ["views", "training"],
  ["views", "models"],
  ["views", "checkpoint"],
];
const longest = 400;
/** A folder with more files than this is asked whether it is one thing. */
const mostFiles = 25;
/** Files with a limit of their own. */
const limits: Readonly<Record<string, number>> = { "attention/attend.ts": 60 };

const files = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
  .map((file) => file.replaceAll("\\", "/"));

/** The folder a file is in; entries at the top (index, load) may import everything. */
function folderOf(file: string): string | undefined {
  const [folder, ...rest] = file.split("/");
  return rest.length > 0 ? folder : undefined;
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(src, file), "utf8");
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1]!);
}

function localImports(file: string): string[] {
  return importsOf(file)
    .filter((name) => name.startsWith("."))
    .map((name) => relative(src, join(src, file, "..", name)).replaceAll("\\", "/"));
}

test("folders import only from those before them", () => {
  const wrong = files.flatMap((file) => {
    const from = folderOf(file);
    if (from === undefined) return [];
    return localImports(file)
      .map((target) => ({ target, to: folderOf(target) }))
      .filter(({ target, to }) => !mayImport(from, to, target))
      .map(({ target }) => `${file} imports ${target}`);
  });
  expect(wrong).toEqual([]);
});

function mayImport(from: string, to: string | undefined, target: string): boolean {
  if (to === undefined) return from === "cli" && ["load.node.ts", "model.ts"].includes(target);
  if (strangers.some(([a, b]) => a === from && b === to)) return false;
  return order.indexOf(to) <= order.indexOf(from);
}

test("every folder has its place in the order", () => {
  const folders = new Set(files.map(folderOf).filter((folder) => folder !== undefined));
  expect([...folders].filter((folder) => !order.includes(folder))).toEqual([]);
});

test("node:* is imported in *.node.ts and cli/ only", () => {
  const wrong = files
    .filter((file) => !file.endsWith(".node.ts") && folderOf(file) !== "cli" && file !== "index.ts")
    .filter((file) =>
      importsOf(file).some((name) => name.startsWith("node:") || /\.node\.ts$/.test(name)),
    );
  expect(wrong).toEqual([]);
});

test("folders stay one thing", () => {
  const counts = new Map<string, number>();
  for (const file of files) {
    const folder = dirname(file);
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  expect([...counts].filter(([, count]) => count > mostFiles)).toEqual([]);
});

test("files stay short", () => {
  const long = files
    .filter((file) => !file.includes(".generated."))
    .map((file) => ({
      file,
      lines: readFileSync(join(src, file), "utf8").trimEnd().split("\n").length,
    }))
    .filter(({ file, lines }) => lines > (limits[file] ?? longest));
  expect(long).toEqual([]);
});

test("no file imports itself by a circle, types included", () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(" → "));
    if (done.has(file) || path.includes(file)) return;
    for (const target of localImports(file)) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  expect(circles).toEqual([]);
});
