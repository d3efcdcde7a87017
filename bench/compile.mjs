import { readFile } from "node:fs/promises";
import { register } from "node:module";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";

// tsx keeps every function's name by a call at each place where one is made, which a build does not: a third of a sentence's time.
if (!import.meta.url.includes("?hook")) register(`${import.meta.url}?hook`);

/** Node's hook: TypeScript compiled as the build compiles it. */
export async function load(url, context, next) {
  if (!url.startsWith("file:") || !url.endsWith(".ts")) return next(url, context);
  const sourcefile = fileURLToPath(url);
  const { code } = await transform(await readFile(sourcefile, "utf8"), {
    loader: "ts",
    format: "esm",
    target: "node20",
    sourcefile,
    sourcemap: "inline",
  });
  return { format: "module", source: code, shortCircuit: true };
}
