// Puts the command line together as few files: what the compiler leaves are some 300, which take Node a third of its start to find and open.
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { build } from "esbuild";

/** What `heed "…"` comes to need, in parts, on the model that comes with heed; of it all but a little is what every command needs that loads one. */
const usual = ["cli/commands/look.js", "cli/commands/look-text.js", "families/encoders/bert.js"];

/** Packages that every start needs: each costs Node several files more, and of valibot little is used. NOTICE names their licences. */
const inside = ["commander", "fastest-levenshtein", "string-width", "valibot"];

/**
 * Bundles `dist`/cli in the place of what the compiler has there: what every command needs in one file, what the usual one needs in another, and
 * what few need in files of their own, which are read when they are asked for. To compile all in one file, of which a command needs a quarter,
 * would take a tenth of a start.
 */
export async function bundleCommandLine(dist) {
  const folder = join(dist, "cli");
  const entry = join(folder, "main.js");
  const settings = {
    entryPoints: [entry],
    outdir: folder,
    absWorkingDir: dist,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    minify: true,
    // Files beside the package are looked for from dist/, where the compiler has the modules that ask; packages in CommonJS ask for Node's own.
    banner: {
      js: 'import{createRequire as requireFrom}from"node:module";const placeInDist=new URL("../heed.js",import.meta.url).href;const require=requireFrom(placeInDist);',
    },
    define: { "import.meta.url": "placeInDist" },
    metafile: true,
    write: false,
  };
  const outside = [packagesOutside(), kernelsOutside(folder)];
  const { metafile } = await build({ ...settings, plugins: outside });
  const later = Object.values(metafile.outputs)
    .map(({ entryPoint }) => entryPoint && resolve(dist, entryPoint))
    .filter((path) => path && path !== entry);
  const { outputFiles } = await build({
    ...settings,
    plugins: [withUsual(dist, new Set(later)), ...outside],
  });
  rmSync(folder, { recursive: true });
  mkdirSync(folder);
  for (const { path, contents } of outputFiles) writeFileSync(path, contents);
  chmodSync(entry, 0o755);
}

function packagesOutside() {
  return {
    name: "packages-outside",
    setup({ onResolve }) {
      onResolve({ filter: /^[^./]/ }, ({ path, importer }) => {
        const isOfHeed = !importer.includes("node_modules");
        return isOfHeed && !inside.includes(path) ? { path, external: true } : undefined;
      });
    },
  };
}

/** Kernels stay files of their own: a processor needs one of the four, and Node would read all. */
function kernelsOutside(folder) {
  return {
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
}

/** Whatever is read later imports what is usual: what the same files import esbuild puts into one. */
function withUsual(dist, later) {
  return {
    name: "with-usual",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^usual:$/ }, () => ({ path: "usual", namespace: "usual" }));
      onLoad({ filter: /.*/, namespace: "usual" }, () => ({
        contents: usual.map((path, n) => `export * as part${n} from "usual:${path}";`).join("\n"),
      }));
      onResolve({ filter: /^usual:./ }, ({ path }) => ({
        path: join(dist, path.slice("usual:".length)),
      }));
      onLoad({ filter: /\.js$/ }, ({ path }) =>
        later.has(path)
          ? { contents: `${readFileSync(path, "utf8")}\nimport "usual:";`, loader: "js" }
          : undefined,
      );
    },
  };
}
