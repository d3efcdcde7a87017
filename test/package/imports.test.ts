import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import vm from "node:vm";
import { build, type Format, type Platform } from "esbuild";
import { beforeAll, expect, test } from "vitest";
import { parseAst } from "vitest/node";
import { builtPackage } from "../support/built-package.ts";

// Nothing happens when heed is imported: addresses are made, and the platform is asked, when something is called.
const root = fileURLToPath(new URL("../..", import.meta.url));
const dist = join(root, "dist");
const embedded = join(root, "models/all-MiniLM-L6-v2");

beforeAll(builtPackage);

/** What a module may not ask of its platform while it is imported. */
const asked = new Set(
  "process Buffer require createRequire document window self navigator location customElements fetch Worker Blob setTimeout setInterval console performance crypto caches URL TextDecoder TextEncoder WebAssembly SharedArrayBuffer".split(
    " ",
  ),
);

interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** What a module names while it is imported: what stands outside of functions, and of what a class makes later. */
function namedAtOnce(node: Node): string[] {
  if (/Function|MethodDefinition/.test(node.type)) return [];
  if (node.type === "PropertyDefinition" && !node.static) return [];
  if (/^(Import|Export(All|Named))Declaration$/.test(node.type) && !node.declaration) return [];
  // `typeof x != "undefined" && new x()` goes without what is not there.
  if (node.type === "LogicalExpression" && node.operator === "&&") {
    const { left, right } = node as unknown as Record<string, Node>;
    const guarded = ((left!.left as Node | undefined)?.argument as Node | undefined)?.name;
    return [...namedAtOnce(left!), ...namedAtOnce(right!).filter((name) => name !== guarded)];
  }
  if (node.type === "MetaProperty") return ["import.meta"];
  if (node.type === "UnaryExpression" && node.operator === "typeof") return [];
  if (node.type === "Identifier")
    return asked.has(node.name as string) ? [node.name as string] : [];
  const isName = (key: string) =>
    (key === "property" || key === "key") && !node.computed && node.type !== "ImportExpression";
  return Object.entries(node)
    .filter(([key]) => !isName(key))
    .flatMap(([, value]) => (Array.isArray(value) ? value : [value]))
    .filter((value): value is Node => typeof value?.type === "string")
    .flatMap(namedAtOnce);
}

const named = (code: string) => namedAtOnce(parseAst(code) as unknown as Node);

test("what is named at once is seen, what is named later is not", () => {
  expect(named(`const a = new URL("x", import.meta.url);`)).toEqual(["URL", "import.meta"]);
  expect(
    named(`class A { static a = process.env; b = fetch("x"); c() { return fetch("x"); } }`),
  ).toEqual(["process"]);
  expect(named(`const a = typeof fetch != "undefined" && new fetch(location);`)).toEqual([
    "location",
  ]);
  expect(named(`export const later = () => new URL("x", import.meta.url); a.location;`)).toEqual(
    [],
  );
});

test("no module of the package asks anything of its platform when it is imported", () => {
  const modules = readdirSync(dist, { recursive: true, encoding: "utf8" })
    // The explorer is a page, and no module of the package; live/ has scripts that a page begins with.
    .filter((file) => file.endsWith(".js") && !/^(cli[/\\]|web[/\\]|live[/\\]|heed\.)/.test(file))
    .map((file) => join(dist, file));
  expect(modules.length).toBeGreaterThan(100);
  const found = [...modules, join(embedded, "carried.js")].flatMap((file) =>
    named(readFileSync(file, "utf8")).map((name) => `${file}: ${name}`),
  );
  expect(found).toEqual([]);
});

const entries: Readonly<Record<string, string>> = {
  heed: join(dist, "browser.js"),
  "heed/worker": join(dist, "worker.browser.js"),
  "heed/analysis": join(dist, "analysis/index.js"),
  "heed/training": join(dist, "training/index.js"),
  "heed/views": join(dist, "views/index.js"),
  "heed/model": join(embedded, "carried.js"),
};

async function bundled(entry: string, format: Format, platform: Platform): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format,
    platform,
    globalName: format === "iife" ? "heed" : undefined,
    write: false,
    logLevel: "silent",
  });
  return outputFiles[0]!.text;
}

test.each(Object.keys(entries))(
  "%s is imported where there is nothing but the language",
  async (name) => {
    const context = vm.createContext({});
    vm.runInContext(await bundled(entries[name]!, "iife", "browser"), context);
    expect(vm.runInContext("Object.keys(heed).length", context)).toBeGreaterThan(0);
  },
);

test("heed/elements is imported where there is no document", async () => {
  for (const file of ["views/page/elements.js", "live.js"]) {
    const elements = await import(pathToFileURL(join(dist, file)).href);
    expect(Object.keys(elements).length).toBeGreaterThan(0);
  }
});

test("a page's script without an address of its own says what to do about the embedded model", async () => {
  const context = vm.createContext({
    URL,
    TextEncoder,
    TextDecoder,
    AbortSignal,
    WebAssembly,
    atob,
    navigator: {},
  });
  const heed = await bundled(entries.heed!, "iife", "browser");
  const model = await bundled(entries["heed/model"]!, "iife", "browser");
  vm.runInContext(`${heed}; var { load } = heed; ${model}; var embedded = heed.default;`, context);
  await expect(vm.runInContext("load()", context)).rejects.toThrow(
    'import embedded from "heed/model"; await load(embedded)',
  );
  await expect(vm.runInContext("load(embedded)", context)).rejects.toThrow(
    'this bundle does not know where it lies (import.meta.url is empty in iife and CommonJS bundles and in inlined workers), so its files cannot be found beside it. Serve the folder node_modules/heed/models and give its address: load("/models/all-MiniLM-L6-v2/")',
  );
});

test.each([
  ["cjs", "index.js"],
  ["esm", "index.js"],
  ["cjs", "index.node.js"],
  ["esm", "index.node.js"],
] as const)(
  "a bundle for Node (%s) of %s runs a folder, and says what it lacks",
  async (format, entry) => {
    const folder = mkdtempSync(join(tmpdir(), "heed-bundle-"));
    const file = join(folder, format === "cjs" ? "heed.cjs" : "heed.mjs");
    // What CommonJS packages inside ask for by require, an ES module has to be given.
    const banner = `import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);\n`;
    const code = await bundled(join(dist, entry), format, "node");
    writeFileSync(file, format === "cjs" ? code : banner + code);
    const script = `import(${JSON.stringify(pathToFileURL(file).href)}).then(async ({ load }) => {
    console.log(await load().catch(({ message }) => message));
    const model = await load(${JSON.stringify(embedded)});
    const run = await model.run("The cat sat.", { read: ["final"] });
    console.log(run.tokens.length);
    await model.dispose();
  });`;
    const printed = execFileSync(process.execPath, ["-e", script], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    expect(printed).toMatch(
      /^load: the model that comes with heed is not .*import embedded from "heed\/model"; await load\(embedded\).*\n1\n$/,
    );
  },
);
