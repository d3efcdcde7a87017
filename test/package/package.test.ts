import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { publint } from "publint";
import { beforeAll, expect, test } from "vitest";
import { builtPackage } from "../support/built-package.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** The files that would be published, laid out as an install lays them out. */
let installed = "";
let files: string[] = [];

beforeAll(async () => {
  await builtPackage();
  const [packed] = JSON.parse(
    execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }),
  );
  files = packed.files.map(({ path }: { path: string }) => path);
  const modules = join(mkdtempSync(join(tmpdir(), "heed-package-")), "node_modules");
  installed = join(modules, "heed");
  for (const file of files) {
    mkdirSync(join(installed, file, ".."), { recursive: true });
    cpSync(join(root, file), join(installed, file));
  }
  const names = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
  for (const name of names.filter((name) => existsSync(join(root, "node_modules", name)))) {
    mkdirSync(join(modules, name, ".."), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(modules, name));
  }
});

test("holds what it needs and nothing else", () => {
  expect(files).toContain("dist/index.js");
  expect(files).toContain("dist/index.d.ts");
  expect(files).toEqual(expect.arrayContaining(["dist/heed.bundle.js", "dist/heed.bundle.jsx"]));
  expect(files.filter((file) => file.startsWith("models/") && /weights|part/.test(file))).toEqual([
    "models/all-MiniLM-L6-v2/model.part-1.bin",
    "models/all-MiniLM-L6-v2/model.part-2.bin",
    "models/all-MiniLM-L6-v2/model.part-3.bin",
    "models/all-MiniLM-L6-v2/model.safetensors.parts.json",
    "models/heed-stories/model.part-1.bin",
    "models/heed-stories/model.safetensors.parts.json",
  ]);
  const stories = files.filter((file) => file.startsWith("models/heed-stories/"));
  const bytes = stories.reduce((sum, file) => sum + statSync(join(installed, file)).size, 0);
  expect(bytes).toBeLessThan(6_000_000);
  expect(files).toContain("NOTICE");
  expect(
    files.filter((file) => /^(src|test|scripts|bench|examples)\/|\.test\./.test(file)),
  ).toEqual([]);
});

test("every file is below 20 MB, which hosts take, and the weights are in it once", () => {
  const sizes = files.map((file) => statSync(join(installed, file)).size);
  expect(Math.max(...sizes)).toBeLessThan(20_000_000);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(78_000_000);
});

test("publint finds nothing wrong", async () => {
  const { messages } = await publint({ pkgDir: root, level: "warning", strict: true });
  expect(messages).toEqual([]);
});

test("runs once installed: the command line and the library", () => {
  const options = { cwd: join(installed, "../.."), encoding: "utf8" } as const;
  const text = execFileSync(
    process.execPath,
    [join(installed, manifest.bin.heed), "The cat sat on the mat because it was tired."],
    options,
  );
  expect(text).toContain('"it" looks at "cat": 0.71 in L5H11');
  const code = `import { load } from "heed"; const model = await load(); const run = await model.run("The cat sat."); console.log(run.output.sentence.shape.join());`;
  expect(execFileSync(process.execPath, ["--input-type=module", "-e", code], options)).toBe(
    "1,384\n",
  );
});

/** The scripts that a process of Node has opened. */
function openedBy(...words: string[]): string[] {
  const covered = mkdtempSync(join(tmpdir(), "heed-files-"));
  execFileSync(process.execPath, words, {
    cwd: join(installed, "../.."),
    env: { ...process.env, NODE_V8_COVERAGE: covered },
  });
  const scripts = readdirSync(covered).flatMap((file) => {
    const { result } = JSON.parse(readFileSync(join(covered, file), "utf8"));
    return (result as { url: string }[]).map(({ url }) => url);
  });
  rmSync(covered, { recursive: true });
  return [...new Set(scripts)].filter((url) => url.startsWith("file:"));
}

const runs = (code: string) => ["--input-type=module", "-e", code];

const ofNode = Object.entries<Record<string, string>>(manifest.exports).filter(
  ([, { node }]) => node !== undefined,
);

test.each(ofNode)("%s has the same names for Node as for all others", async (entry, places) => {
  const named = async (file: string) => Object.keys(await import(join(installed, file))).sort();
  expect(await named(places.node!), entry).toEqual(await named(places.default!));
});

test("what is imported in Node opens few files", () => {
  expect(ofNode.length).toBe(8);
  const most = new Map([
    ["heed", 16],
    ["heed/views", 14],
    ["heed/worker", 14],
    ["heed/export", 14],
  ]);
  for (const [entry, files] of most) {
    const opened = openedBy(...runs(`import ${JSON.stringify(entry)};`));
    const own = opened.filter((url) => /\/heed\/dist\//.test(url));
    expect(own.length, own.join("\n")).toBeGreaterThan(0);
    expect(own.length, own.join("\n")).toBeLessThanOrEqual(files);
  }
});

test("importing sets up neither a segmenter nor tables of emoji, for which Node reads tables", () => {
  const names = Object.keys(manifest.exports).filter(
    (name) => !/json|model|stories|bundle/.test(name),
  );
  const entries = names.map((name) => JSON.stringify(name.replace(".", "heed")));
  expect(entries).toContain('"heed/views"');
  const code = `Intl.Segmenter = class { constructor() { throw new Error("a segmenter is made"); } };
    const Pattern = RegExp;
    globalThis.RegExp = function (source, flags) {
      if (flags?.includes("v")) throw new Error("a table is made");
      return Pattern(source, flags);
    };
    for (const entry of [${entries}]) await import(entry); console.log("imported");`;
  const options = { cwd: join(installed, "../.."), encoding: "utf8" } as const;
  expect(execFileSync(process.execPath, runs(code), options)).toBe("imported\n");
});

test("a class is the same in every entry of Node, and behind a port", () => {
  const code = `import { InputError, load, Run } from "heed";
    import { readAttention as fromFile } from "heed/export";
    import { readAttention as fromPage } from "heed/elements";
    import { attentionDistance } from "heed/analysis";
    import { configOf } from "heed/training";
    import { pngNode } from "heed/views";
    import { unpack } from "heed/explore";
    import { loadInWorker, serve } from "heed/worker";
    const asked = [[fromFile, 5], [fromPage, 5], [attentionDistance, 5], [configOf, 5], [pngNode, "x"], [unpack, "x"], [serve, "x"]];
    const refused = asked.map(([ask, what]) => {
      try { ask(what) } catch (error) { return error instanceof InputError }
    });
    const { port1, port2 } = new MessageChannel();
    serve(load, port1);
    const model = await loadInWorker(port2);
    const run = await model.run("The cat sat.", { read: ["layers.3.weights"] });
    console.log(refused.join(), run instanceof Run);
    process.exit();`;
  const options = { cwd: join(installed, "../.."), encoding: "utf8" } as const;
  const expected = `${Array(7).fill(true).join()} true\n`;
  expect(execFileSync(process.execPath, runs(code), options)).toBe(expected);
});

test("to print attention the command line opens few files, and none of the packages that it holds", () => {
  const opened = openedBy(
    join(installed, manifest.bin.heed),
    "The cat sat on the mat because it was tired.",
  );
  expect(opened.some((url) => url.endsWith("dist/cli/main.js"))).toBe(true);
  expect(
    opened.filter((url) => url.includes("/node_modules/") && !/koffi|\/heed\//.test(url)),
  ).toEqual([]);
  expect(opened.length, opened.join("\n")).toBeLessThanOrEqual(12);
});

test("the model that writes stories is carried as a module too", () => {
  const options = { cwd: join(installed, "../.."), encoding: "utf8" } as const;
  const code = `import { load } from "heed"; import stories from "heed/stories"; const model = await load(stories); const { rows } = await model.generate(["The cat sat on the mat because it was tired. Who was tired?"], { maxNewTokens: 5, doSample: false }); console.log(rows[0].text.trim());`;
  expect(execFileSync(process.execPath, ["--input-type=module", "-e", code], options)).toBe(
    "The cat was tired.\n",
  );
});

test("the model is carried as a module, in Node too", () => {
  const options = { cwd: join(installed, "../.."), encoding: "utf8" } as const;
  const code = `import { load } from "heed"; import embedded from "heed/model"; const model = await load(embedded); const run = await model.run("The cat sat on the mat because it was tired.", { read: ["layers.3.weights"] }); console.log(run.weight("L3H1", "it", "cat").toFixed(2));`;
  expect(execFileSync(process.execPath, ["--input-type=module", "-e", code], options)).toBe(
    "0.49\n",
  );
});

const everywhere = `import { load, type LoadOptions, type Model, type Run } from "heed";
import embedded from "heed/model";
import stories from "heed/stories";
import { embedded as inOneFile } from "heed/bundle";
import * as analysis from "heed/analysis";
import * as views from "heed/views";
export const run: Promise<Run> = load().then((model) => model.run("a", { read: ["final"] }));
export const carried: Promise<Model>[] = [load(embedded), load(stories), load(inOneFile), load("owner/name", { token: "a", cache: "check" })];
export const options: LoadOptions = { revision: "main", onDownload: ({ received }) => received };
// @ts-expect-error a number is no source
export const wrong = load(5);
export { analysis, views };
`;
const inPages = `import * as elements from "heed/elements";
export { elements };
export const given = (files: FileList, drop: DragEvent, folder: FileSystemDirectoryHandle, handles: FileSystemFileHandle[], entry: FileSystemEntry, entries: FileSystemEntry[]) =>
  [files, [...files], files[0]!, drop.dataTransfer!, drop.dataTransfer!.items, drop.dataTransfer!.files, folder, handles, entry, entries, new URL("https://a/b/")].map((source) => load(source));
`;
const inWorkers = `export const chosen = (files: File[], folder: FileSystemDirectoryHandle) => [load(files), load(folder, { token: "a" })];
`;

test.for([
  ["node16", "node16", ["ES2022", "DOM", "DOM.Iterable"], inPages],
  ["nodenext", "nodenext", ["ES2024"], ""],
  ["bundler", "esnext", ["ES2022", "DOM", "DOM.Iterable"], inPages],
  ["bundler", "esnext", ["ES2022", "WebWorker"], inWorkers],
  ["bundler", "preserve", ["ES2022"], ""],
] as const)(
  "its types hold under the strictest settings: %s, %s, %s",
  ([moduleResolution, module, lib, code]) => {
    const folder = join(installed, "../..");
    writeFileSync(join(folder, "consumer.mts"), everywhere + code);
    const compilerOptions = {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
      module,
      moduleResolution,
      target: "es2022",
      lib,
      typeRoots: [join(root, "node_modules/@types")],
      types: lib.some((name) => name === "WebWorker") ? [] : ["node"],
    };
    const settings = JSON.stringify({ compilerOptions, files: ["consumer.mts"] });
    writeFileSync(join(folder, "tsconfig.json"), settings);
    const compiler = join(root, "node_modules/typescript/bin/tsc");
    const compile = spawnSync(process.execPath, [compiler, "-p", folder], { encoding: "utf8" });
    expect(compile.stdout).toBe("");
    expect(compile.status).toBe(0);
  },
);

test("a browser bundle reaches no module of Node", async () => {
  const { metafile } = await build({
    entryPoints: [join(root, "src/browser.ts")],
    bundle: true,
    format: "esm",
    platform: "browser",
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  const outside = Object.values(metafile.outputs).flatMap(({ imports }) =>
    imports.filter(({ external }) => external),
  );
  expect(outside).toEqual([]);
  const nodeFiles = Object.keys(metafile.inputs).filter((file) => file.endsWith(".node.ts"));
  expect(nodeFiles).toEqual([]);
});
