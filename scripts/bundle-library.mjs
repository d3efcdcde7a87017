// Puts together what Node imports of heed: what the compiler leaves are 289 files for `import "heed"`, beside three of packages, and to find them takes most of its time.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { build } from "esbuild";
import {
  forNode,
  kernelsOutside,
  packagesOutside,
  widthsLater,
  withCommon,
} from "./bundle-parts.mjs";

/** What package.json names for Node, by what the compiler made of it. They lie in dist/ as that does: addresses beside them stay true. */
const entries = {
  "index.js": "index.node",
  "analysis/index.js": "analysis.node",
  "export/index.js": "export.node",
  "training/index.js": "training.node",
  "views/index.js": "views.node",
  "explore/index.js": "explore.node",
  "worker.node.js": "worker.node",
  "views/page/elements.js": "elements.node",
  "live.js": "live.node",
};

/** What is imported without a model, too, and would have to read all that loads one. */
const apart = ["export/index.js", "views/index.js", "worker.node.js", "views/page/elements.js"];

/** Packages that the library needs at once: each costs Node files more, and little is used of them. NOTICE names their licences. */
const inside = ["fastest-levenshtein", "fflate", "string-width", "valibot"];

/**
 * Bundles the entries of the library for Node, beside what the compiler made, which bundlers for browsers take apart. One build makes all: what two
 * entries share is there once, so that a class is the same in both. Nothing is shortened, since stacks name what is in there.
 */
export async function bundleLibrary(dist) {
  const settings = {
    entryPoints: Object.entries(entries).map(([file, out]) => ({ in: join(dist, file), out })),
    outdir: dist,
    chunkNames: "node/[name]-[hash]",
    absWorkingDir: dist,
    ...forNode,
    legalComments: "none",
    // Its entry for Node looks for threads when it is imported; heed asks for none.
    alias: { fflate: "fflate/browser" },
  };
  const outside = [
    widthsLater,
    packagesOutside([...inside, settings.alias.fflate]),
    kernelsOutside(join(dist, "node")),
  ];
  const { metafile } = await build({ ...settings, plugins: outside });
  const alone = new Set(["index.js", ...apart].map((file) => join(dist, file)));
  const others = new Set(
    Object.values(metafile.outputs)
      .map(({ entryPoint }) => entryPoint && resolve(dist, entryPoint))
      .filter((path) => path && !alone.has(path)),
  );
  const withLoad = withCommon(dist, (path) => (others.has(path) ? ["index.js"] : undefined));
  const { outputFiles } = await build({ ...settings, plugins: [withLoad, ...outside] });
  for (const { path, contents } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, contents);
  }
}
