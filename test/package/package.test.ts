import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { publint } from "publint";
import { beforeAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** The files that would be published, laid out as an install lays them out. */
let installed = "";
let files: string[] = [];

beforeAll(() => {
  execFileSync(process.execPath, [
    "-e",
    `import(${JSON.stringify(join(root, "scripts/setup.mjs"))}).then(({ setUp }) => setUp())`,
  ]);
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
  expect(files).toContain("models/all-MiniLM-L6-v2/model.safetensors");
  expect(files).toContain("NOTICE");
  expect(
    files.filter((file) => /^(src|test|scripts|bench|examples)\/|\.test\./.test(file)),
  ).toEqual([]);
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

test("its types hold under the strictest settings", () => {
  const folder = join(installed, "../..");
  const code = `import { load, type Run } from "heed";
import * as analysis from "heed/analysis";
import * as elements from "heed/elements";
import * as views from "heed/views";
export const run: Promise<Run> = load().then((model) => model.run("a", { read: ["final"] }));
export { analysis, elements, views };`;
  writeFileSync(join(folder, "consumer.mts"), code);
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
    module: "nodenext",
    target: "es2024",
    typeRoots: [join(root, "node_modules/@types")],
    types: ["node"],
  };
  const settings = JSON.stringify({ compilerOptions, files: ["consumer.mts"] });
  writeFileSync(join(folder, "tsconfig.json"), settings);
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const compile = spawnSync(process.execPath, [compiler, "-p", folder], { encoding: "utf8" });
  expect(compile.stdout).toBe("");
  expect(compile.status).toBe(0);
});

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
