// Bundles the explorer (web/) over what tsc built: a folder that any server can serve, from any sub-path.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { embeddedModels } from "./embedded-models.mjs";
import { importedBy, joinedInto } from "./joined-chunks.mjs";
import { importedLater, laterOutside } from "./live-imports.mjs";
import { minifiedStyles } from "./minified-styles.mjs";
import { namedByContent } from "./named-by-content.mjs";
import { root } from "./setup.mjs";

const web = join(root, "web");
const banner =
  "/* with lit-html: Copyright 2017 Google LLC, SPDX-License-Identifier: BSD-3-Clause */";
const target = ["chrome111", "firefox114", "safari16.4"];

/** Files of a carried model lie in a folder beside the app's. */
const modelsBeside = {
  name: "models-beside",
  setup({ onLoad }) {
    for (const { name, beside } of embeddedModels)
      onLoad({ filter: new RegExp(`models[/\\\\]${name}[/\\\\]carried\\.jsx?$`) }, ({ path }) => ({
        contents: readFileSync(path, "utf8").replaceAll('new URL("./', `new URL("../${beside}/`),
        loader: "js",
      }));
  },
};

/** The page's script stays a file of its own for the one that begins a site. */
const mainBeside = {
  name: "main-beside",
  setup({ onResolve }) {
    onResolve({ filter: /\/main\.ts$/ }, ({ kind }) =>
      kind === "dynamic-import" ? { path: "./main.js", external: true } : undefined,
    );
  },
};

/** What the carrying modules name by address, and films, and where each lies beside a page. */
export function filesBeside() {
  return embeddedModels.flatMap(({ name, beside }) => {
    const folder = join(root, "models", name);
    return readdirSync(folder)
      .filter((file) => file.endsWith(".bin") || file === "LICENSE" || file === "film.json")
      .sort()
      .map((file) => ({ file: join(folder, file), beside: `${beside}/${file}` }));
  });
}

/**
 * All scripts and style sheets, by name: a version of the app lies in a folder of its own, so that no two are ever mixed. Those of the page are
 * bundled apart from those of its worker: a chunk for both would bring the page much that only the worker runs.
 */
async function bundleApp(site) {
  const bundles = [
    await joinedInto("main.js", await bundle(["main.ts", "page.css"]), banner),
    await joinedInto("engine-worker.js", await bundle(["engine-worker.ts"]), banner),
    ...(site ? [await bundle(["site/start.ts"])] : []),
  ];
  return oneFolder(bundles, ["main.js", "engine-worker.js", "start.js"]);
}

/** Bundles side by side: a script that several of them have is there once. */
function oneFolder(bundles, entries) {
  const names = new Map();
  const named = bundles.map((one) => namedByContent(one, entries, names));
  return {
    files: new Map(named.flatMap(({ files }) => [...files])),
    outputs: Object.assign({}, ...named.map(({ outputs }) => outputs)),
  };
}

async function bundle(entries) {
  const options = {
    absWorkingDir: root,
    outdir: join(root, "app"),
    bundle: true,
    format: "esm",
    minify: true,
    keepNames: true,
    charset: "utf8",
    legalComments: "none",
    target,
    // Of heed, what tsc made for browsers.
    conditions: ["browser"],
    plugins: [
      minifiedStyles(/(\/web\/.*\.ts|\/dist\/views\/page\/(base|components)\/.*\.js)$/, target),
      modelsBeside,
      mainBeside,
    ],
  };
  const files = entries.map((entry) => join(web, entry));
  const later = await importedLater(files, options);
  const { outputFiles, metafile } = await build({
    ...options,
    entryPoints: files.map((file) => ({ in: file, out: basename(file).replace(/\.\w+$/, "") })),
    splitting: true,
    banner: { js: banner },
    metafile: true,
    write: false,
    plugins: [laterOutside((file) => !later.has(file)), ...options.plugins],
  });
  return {
    files: new Map(
      outputFiles.map(({ path, contents }) => [basename(path), Buffer.from(contents)]),
    ),
    outputs: metafile.outputs,
  };
}

function indexPage(folder, start, { files, outputs, policy }) {
  const preloaded = [...importedBy("main.js", outputs)].filter((name) => name !== start);
  const head = [
    `<meta http-equiv="Content-Security-Policy" content="${policy.join("; ")}">`,
    `<link rel="icon" type="image/svg+xml" href="./${folder}/icon.svg">`,
    ...preloaded.map((name) => `<link rel="modulepreload" href="./${folder}/${name}">`),
    ...(files.has("recorded.bin")
      ? [`<link rel="preload" as="fetch" crossorigin href="./${folder}/recorded.bin">`]
      : []),
  ];
  return readFileSync(join(web, "index.html"), "utf8")
    .replace("./page.css", `./${folder}/page.css`)
    .replace("./main.ts", `./${folder}/${start}`)
    .replace(/(<meta charset[^>]*>)/, `$1\n    ${head.join("\n    ")}`);
}

/** One script that stands alone. */
async function bundleServiceWorker(site) {
  const { outputFiles } = await build({
    entryPoints: [join(web, "site/service-worker.ts")],
    bundle: true,
    minify: true,
    format: "iife",
    target,
    define: { site: JSON.stringify(site) },
    write: false,
  });
  return outputFiles[0].contents;
}

/** A name for what files hold, in order. */
export function versionOf(contents) {
  const hash = createHash("sha256");
  for (const content of contents) hash.update(content);
  return hash.digest("hex").slice(0, 12);
}

/** The runs that `npm run build` has recorded, as the package carries them. */
export function recordedRuns() {
  const web = join(root, "dist/web");
  const folder = join(
    web,
    readdirSync(web).find((name) => name.startsWith("app-")),
  );
  const names = readdirSync(folder).filter((name) => /^recorded.*\.bin$/.test(name));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name))]));
}

/**
 * Writes the app into a folder, which is emptied first. `site` adds what a static host needs: a service worker that keeps the app and the
 * model's files named there. Returns the bytes of every file by its name.
 */
export async function buildWeb(outdir, { recorded, site } = {}) {
  // Of what tsc made, which is there only once heed is built.
  const { pagePolicy } = await import("../dist/explore/page-policy.js");
  const bundled = { ...(await bundleApp(site)), policy: pagePolicy };
  const { files } = bundled;
  files.set("icon.svg", readFileSync(join(web, "icon.svg")));
  for (const [name, bytes] of Object.entries(recorded ?? {})) files.set(name, bytes);
  const names = [...files.keys()].sort();
  const start = site ? "start.js" : "main.js";
  // Whatever changes the page changes its version: its scripts, and the page that names them.
  const draft = indexPage("app", start, bundled);
  const version = versionOf([draft, ...names.flatMap((name) => [name, files.get(name)])]);
  const folder = `app-${version}`;
  const written = new Map(names.map((name) => [`${folder}/${name}`, files.get(name)]));
  written.set("index.html", Buffer.from(indexPage(folder, start, bundled)));
  if (site) {
    const kept = ["./", ...names.map((name) => `${folder}/${name}`)];
    written.set("service-worker.js", await bundleServiceWorker({ version, files: kept, ...site }));
  }
  rmSync(outdir, { recursive: true, force: true });
  for (const [name, content] of written) {
    mkdirSync(dirname(join(outdir, name)), { recursive: true });
    writeFileSync(join(outdir, name), content);
  }
  saySizes(relative(root, outdir), bundled);
  return new Map([...written].map(([name, content]) => [name, content.length]));
}

const kilobytes = (bytes) => `${Math.ceil(bytes / 1000)} kB`;

/** What a visitor waits for, and what all of it takes. */
function saySizes(place, { files, outputs }) {
  const sum = (names) => {
    const contents = [...names].map((name) => files.get(name));
    const packed = contents.reduce((total, content) => total + gzipSync(content).length, 0);
    const bytes = contents.reduce((total, content) => total + content.length, 0);
    return `${kilobytes(bytes)}, ${kilobytes(packed)} packed`;
  };
  const page = new Set([...importedBy("main.js", outputs), "page.css"]);
  const lines = [
    ["the page", sum(page)],
    ["its engine", sum(importedBy("engine-worker.js", outputs))],
    ["all scripts", sum([...files.keys()].filter((name) => name.endsWith(".js")))],
  ];
  if (files.has("recorded.bin")) lines.push(["the recorded run", sum(["recorded.bin"])]);
  for (const [what, size] of lines) console.log(`${place}: ${what} ${size}`);
}
