// Writes what a package needs to carry the embedded models through bundlers, beside the models' own files: their weights in
// parts, and the modules `heed/model` and `heed/stories`; and all of heed in one file, for pages without a bundler.
import { createHash } from "node:crypto";
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { embeddedModels } from "./embedded-models.mjs";
import { root } from "./setup.mjs";

const [{ name: first }] = embeddedModels;
const weights = "model.safetensors";
/** Below 20 MB, which hosts of packages and of pages take. */
const PART_BYTES = 16_000_000;
/** Smaller files travel inside the module. */
const TEXT_BYTES = 4096;
const part = /^model\.part-\d+\.bin$/;
/** What a model runs on; the recorded trace is for `heed verify`, and tokenizer.json has the vocabulary. */
const carriedFile = (file) =>
  part.test(file) || (file.endsWith(".json") && !/^(package|film|training)/.test(file));

function writeParts(folder) {
  for (const file of readdirSync(folder).filter((file) => part.test(file)))
    rmSync(join(folder, file));
  const bytes = readFileSync(join(folder, weights));
  const count = Math.ceil(bytes.length / PART_BYTES);
  const parts = Array.from({ length: count }, (_, index) => `model.part-${index + 1}.bin`);
  for (const [index, file] of parts.entries())
    writeFileSync(join(folder, file), bytes.subarray(index * PART_BYTES, (index + 1) * PART_BYTES));
  writeFileSync(join(folder, `${weights}.parts.json`), `${JSON.stringify({ parts })}\n`);
}

/** One file as a line of the module. */
function carried(folder, file) {
  const path = join(folder, file);
  const bytes = statSync(path).size;
  if (bytes < TEXT_BYTES)
    return `    ${JSON.stringify(file)}: ${JSON.stringify(readFileSync(path, "utf8"))},`;
  // A bundler makes a module of a .json; a .bin it leaves as it is.
  const beside = `${basename(file).replace(/\.\w+$/, "")}.bin`;
  if (beside !== file) copyFileSync(path, join(folder, beside));
  const sha256 = createHash("sha256").update(readFileSync(path)).digest("hex");
  const address = `new URL("./${beside}", import.meta.url)`;
  return `    ${JSON.stringify(file)}: { bytes: ${bytes}, sha256: "${sha256}", address: () => ${address} },`;
}

/** As .js and as .jsx: Vite up to 7 bundles the .js files of packages while it serves, and loses what lies beside them. */
function writeModule({ name, entry }, folder) {
  const files = readdirSync(folder, { recursive: true })
    .map((file) => file.replaceAll("\\", "/"))
    .filter(carriedFile)
    .sort();
  const module = `const model = {\n  name: "${name}",\n  files: {\n${files.map((file) => carried(folder, file)).join("\n")}\n  },\n};\nexport default model;\n`;
  for (const ending of ["js", "jsx"]) writeFileSync(join(folder, `carried.${ending}`), module);
  writeFileSync(
    join(folder, "carried.d.ts"),
    `import type { CarriedModel } from "../../dist/checkpoint/given/carried.js";

/** The model that comes with heed, ${name}, for \`load\` in a bundle: \`import embedded from "${entry}"; await load(embedded)\`. */
declare const embedded: CarriedModel;
export default embedded;
`,
  );
}

/** All of heed and where the embedded model lies, in one file that a page can import as it is. */
async function writeBundle() {
  const contents = `export * from "./browser.js"; export * from "./worker.browser.js"; export { default as embedded } from "../models/${first}/carried.js";`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: join(root, "dist") },
    bundle: true,
    format: "esm",
    minify: true,
    keepNames: true,
    target: "es2022",
    write: false,
  });
  const code = outputFiles[0].text.replaceAll('new URL("./', `new URL("../models/${first}/`);
  writeFileSync(join(root, "dist/heed.bundle.js"), code);
  // As with the module above, Vite leaves what is asked of a .jsx where it lies.
  writeFileSync(join(root, "dist/heed.bundle.jsx"), `export * from "./heed.bundle.js";\n`);
  writeFileSync(
    join(root, "dist/heed.bundle.d.ts"),
    `export * from "./browser.js";\nexport * from "./worker.browser.js";\nexport { default as embedded } from "../models/${first}/carried.js";\n`,
  );
}

/** Live elements for a page without a bundler: one script that defines them, and beside it the worker that models run in. */
async function writeLive() {
  const contents = `import { defineLiveElements } from "./live.js"; defineLiveElements(); export * from "./live.js";`;
  const scripts = {
    heed: { stdin: { contents, resolveDir: join(root, "dist") } },
    "live-worker.browser": { entryPoints: [join(root, "dist/live-worker.browser.js")] },
  };
  for (const [file, entry] of Object.entries(scripts)) {
    const { outputFiles } = await build({
      ...entry,
      bundle: true,
      format: "esm",
      minify: true,
      keepNames: true,
      target: "es2022",
      conditions: ["browser"],
      write: false,
    });
    const parts = /new URL\("\.\/(?=[\w.-]+\.bin")/g;
    const code = outputFiles[0].text.replace(parts, `new URL("../../models/${first}/`);
    mkdirSync(join(root, "dist/live"), { recursive: true });
    writeFileSync(join(root, `dist/live/${file}.js`), code);
  }
}

for (const model of embeddedModels) {
  const folder = join(root, "models", model.name);
  writeParts(folder);
  writeModule(model, folder);
}
await writeBundle();
await writeLive();
