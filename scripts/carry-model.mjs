// Writes what a package needs to carry the embedded model through bundlers: its weights in parts, beside the whole, and
// the module `heed/model` into dist/embedded/.
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./setup.mjs";

const name = "all-MiniLM-L6-v2";
const folder = join(root, "models", name);
const weights = "model.safetensors";
/** Below 20 MB, which hosts of packages and of pages take. */
const PART_BYTES = 16_000_000;
/** Smaller files travel inside the module. */
const TEXT_BYTES = 4096;
/** What a model does not run on: its vocabulary is in tokenizer.json, its recorded trace is for `heed verify`. */
const left = ["LICENSE", "ORIGIN.md", "trace.safetensors", "vocab.txt", weights];

/** The parts' names, in order. */
function writeParts() {
  const bytes = readFileSync(join(folder, weights));
  const count = Math.ceil(bytes.length / PART_BYTES);
  return Array.from({ length: count }, (_, index) => {
    const file = `model.part-${index + 1}.bin`;
    writeFileSync(join(folder, file), bytes.subarray(index * PART_BYTES, (index + 1) * PART_BYTES));
    return file;
  });
}

/** One file as a line of the module. */
function carried(file) {
  const path = join(folder, file);
  const bytes = statSync(path).size;
  if (bytes < TEXT_BYTES)
    return `    ${JSON.stringify(file)}: ${JSON.stringify(readFileSync(path, "utf8"))},`;
  const address = `new URL("../../models/${name}/${file}", import.meta.url)`;
  return `    ${JSON.stringify(file)}: { bytes: ${bytes}, address: () => ${address} },`;
}

for (const file of readdirSync(folder).filter((file) => /\.part-\d+\.bin$/.test(file)))
  rmSync(join(folder, file));
writeFileSync(
  join(folder, `${weights}.parts.json`),
  `${JSON.stringify({ parts: writeParts() })}\n`,
);
const files = readdirSync(folder, { recursive: true })
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => !left.includes(file) && statSync(join(folder, file)).isFile())
  .sort();

mkdirSync(join(root, "dist/embedded"), { recursive: true });
writeFileSync(
  join(root, "dist/embedded/model.js"),
  `const model = {\n  name: "${name}",\n  files: {\n${files.map(carried).join("\n")}\n  },\n};\nexport default model;\n`,
);
writeFileSync(
  join(root, "dist/embedded/model.d.ts"),
  `import type { CarriedModel } from "../checkpoint/given/carried.js";

/** The model that comes with heed, ${name}, for \`load\` in a bundle: \`import model from "heed/model"; await load(model)\`. */
declare const model: CarriedModel;
export default model;
`,
);
