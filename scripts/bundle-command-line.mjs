// Puts the command line together as few files: what the compiler leaves are some 300, which take Node a third of its start to find and open.
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import {
  forNode,
  kernelsOutside,
  packagesOutside,
  widthsLater,
  withCommon,
} from "./bundle-parts.mjs";

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
    ...forNode,
    minify: true,
    // Files beside the package are looked for from dist/, where the compiler has the modules that ask; packages in CommonJS ask for Node's own.
    banner: {
      js: 'import{createRequire as requireFrom}from"node:module";const placeInDist=new URL("../heed.js",import.meta.url).href;const require=requireFrom(placeInDist);',
    },
    define: { "import.meta.url": "placeInDist" },
  };
  const outside = [widthsLater, packagesOutside(inside), kernelsOutside(folder)];
  const { metafile } = await build({ ...settings, plugins: outside });
  const later = new Set(
    Object.values(metafile.outputs)
      .map(({ entryPoint }) => entryPoint && resolve(dist, entryPoint))
      .filter((path) => path && path !== entry),
  );
  const { outputFiles } = await build({
    ...settings,
    plugins: [withCommon(dist, (path) => (later.has(path) ? usual : undefined)), ...outside],
  });
  rmSync(folder, { recursive: true });
  mkdirSync(folder);
  for (const { path, contents } of outputFiles) writeFileSync(path, contents);
  chmodSync(entry, 0o755);
}
