// Builds dist/ from src/ with tsc, the command line as one file, what carries the embedded model through bundlers, and the explorer.
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { build } from "esbuild";
import { buildWeb } from "./build-web.mjs";
import { root, run } from "./setup.mjs";

rmSync(join(root, "dist"), { recursive: true, force: true });
run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"]);

/** Kernels stay files of their own: a processor needs one of the four, and Node would read all. */
const kernelsOutside = {
  name: "kernels-outside",
  setup({ onResolve }) {
    onResolve(
      { filter: /generated\/(avx512|avx2|relaxed|wasm)\.generated\.js$/ },
      ({ path, resolveDir }) => ({
        path: `./${relative(join(root, "dist"), join(resolveDir, path)).replaceAll("\\", "/")}`,
        external: true,
      }),
    );
  },
};

/** The command line in one file: Node takes a third of its start to find and open some 270 of them. Packages stay outside. */
async function bundleCommandLine() {
  const folder = join(root, "dist/cli");
  const main = join(folder, "main.js");
  await build({
    entryPoints: [main],
    outfile: join(root, "dist/heed.cli.js"),
    bundle: true,
    packages: "external",
    format: "esm",
    platform: "node",
    target: "node20",
    minifyWhitespace: true,
    plugins: [kernelsOutside],
  });
  rmSync(folder, { recursive: true });
  mkdirSync(folder);
  writeFileSync(main, '#!/usr/bin/env node\nimport "../heed.cli.js";\n');
  chmodSync(main, 0o755);
}

await bundleCommandLine();
await import("./carry-model.mjs");
const { recordRuns } = await import("./record-runs.mjs");
await buildWeb(join(root, "dist/web"), { recorded: await recordRuns() });
