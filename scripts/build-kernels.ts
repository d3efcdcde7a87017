import { writeFileSync } from "node:fs";
import { sources } from "../src/backends/cpu/kernels/all.ts";
import { targets } from "../src/backends/cpu/language/instruction.ts";
import { assembleWasm, assembleX86 } from "./assemble.ts";

const folder = new URL("../src/backends/cpu/generated/", import.meta.url);
const header = "// Written by `npm run kernels`; do not edit.\n";

/** The generated files, by name: what `npm run kernels` writes and a test compares. */
export async function generatedFiles(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const name of ["avx512", "avx2"] as const) {
    const { bytes, entries } = assembleX86(targets[name]);
    files.set(
      `${name}.generated.ts`,
      `${header}export const entries = ${JSON.stringify(entries)} as const;\n` +
        `export const bytes =\n  ${JSON.stringify(Buffer.from(bytes).toString("base64"))};\n`,
    );
  }
  for (const name of ["wasm", "relaxed"] as const) {
    const bytes = await assembleWasm(targets[name]);
    files.set(
      `${name}.generated.ts`,
      `${header}export const bytes =\n  ${JSON.stringify(Buffer.from(bytes).toString("base64"))};\n`,
    );
  }
  const layouts = Object.fromEntries(
    Object.values(sources).map(({ name, fields, floats }) => [name, { fields, floats }]),
  );
  files.set(
    "layouts.generated.ts",
    `${header}export const layouts = ${JSON.stringify(layouts)} as const;\n`,
  );
  return files;
}

if (process.argv[1] === new URL(import.meta.url).pathname)
  for (const [name, text] of await generatedFiles()) {
    writeFileSync(new URL(name, folder), text);
    console.log(`${name}: ${(text.length / 1024).toFixed(0)} KiB`);
  }
