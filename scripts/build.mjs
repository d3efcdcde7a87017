// Builds dist/ from src/ with tsc, the command line as one file, what carries the embedded model through bundlers, and the explorer.
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { build } from "esbuild";
import { buildWeb } from "./build-web.mjs";
import { root, run } from "./setup.mjs";

rmSync(join(root, "dist"), { recursive: true, force: true });
run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"]);

const folder = join(root, "dist/cli");

/** Kernels stay files of their own: a processor needs one of the four, and Node would read all. */
const kernelsOutside = {
  name: "kernels-outside",
  setup({ onResolve }) {
    onResolve(
      { filter: /generated\/(avx512|avx2|relaxed|wasm)\.generated\.js$/ },
      ({ path, resolveDir }) => ({
        path: relative(folder, join(resolveDir, path)).replaceAll("\\", "/"),
        external: true,
      }),
    );
  },
};

/**
 * The command line in as many files as it is imported in parts: what every command needs is one, and what few need is not read by the others. As
 * the compiler leaves them there are some 270, which take Node a third of its start to find and open. Packages stay outside.
 */
async function bundleCommandLine() {
  const { outputFiles } = await build({
    entryPoints: [join(folder, "main.js")],
    outdir: folder,
    bundle: true,
    splitting: true,
    packages: "external",
    format: "esm",
    platform: "node",
    target: "node20",
    minifyWhitespace: true,
    plugins: [kernelsOutside],
    // Files beside the package are looked for from dist/, where the compiler has the modules that ask.
    banner: { js: 'const placeInDist=new URL("../heed.js",import.meta.url).href;' },
    define: { "import.meta.url": "placeInDist" },
    write: false,
  });
  rmSync(folder, { recursive: true });
  mkdirSync(folder);
  for (const { path, contents } of outputFiles) writeFileSync(path, contents);
  chmodSync(join(folder, "main.js"), 0o755);
}

await bundleCommandLine();
await import("./carry-model.mjs");
const { recordRuns } = await import("./record-runs.mjs");
await buildWeb(join(root, "dist/web"), { recorded: await recordRuns() });
