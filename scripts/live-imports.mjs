// Which import() of a script can ever run: esbuild makes a script of each that it reads, also of those in functions that it leaves out.
import { build } from "esbuild";

/** What an import begins with that stays outside of a bundle: its file follows. */
const outside = "outside:";

/**
 * The files that `entries` import when they run, and that those import in turn, each by an `import()` that is left once everything is out
 * that nobody uses. `options` are esbuild's, as the bundle has them.
 */
export async function importedLater(entries, options) {
  const known = new Set();
  let next = entries;
  while (next.length > 0) {
    const { metafile } = await build({
      ...options,
      entryPoints: next.map((file, index) => ({ in: file, out: String(index) })),
      splitting: false,
      metafile: true,
      write: false,
      plugins: [laterOutside(() => true), ...options.plugins],
    });
    next = Object.values(metafile.outputs)
      .flatMap(({ imports }) => imports.map(({ path }) => path))
      .filter((path) => path.startsWith(outside))
      .map((path) => path.slice(outside.length))
      .filter((file, index, all) => !known.has(file) && all.indexOf(file) === index);
    for (const file of next) known.add(file);
  }
  return known;
}

/** esbuild's plugin by which a file that is imported when a script runs is no part of the bundle, where `isOutside` says so of it. */
export function laterOutside(isOutside) {
  return {
    name: "later-outside",
    setup({ onResolve, resolve }) {
      onResolve({ filter: /.*/ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
        if (kind !== "dynamic-import" || pluginData === outside) return undefined;
        const found = await resolve(path, { kind, importer, resolveDir, pluginData: outside });
        if (found.external || found.errors.length > 0 || !isOutside(found.path)) return found;
        return { path: `${outside}${found.path}`, external: true };
      });
    },
  };
}
