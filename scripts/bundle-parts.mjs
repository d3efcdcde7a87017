// What bundles for Node have in common.
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** How modules that the compiler made are put together for Node, of which esbuild says what is in which file. */
export const forNode = {
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  metafile: true,
  write: false,
};

/** Packages inside of a bundle are those named; all others Node finds as without a bundle. */
export function packagesOutside(inside) {
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

/** Kernels stay files of their own: a processor needs one of the four, and Node would read all. `folder` is where scripts lie that ask for them. */
export function kernelsOutside(folder) {
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

/** string-width sets up tables of emoji and a segmenter when it is imported, which takes Node 10 to 30 ms, and few texts need them: it runs when it is called. */
export const widthsLater = {
  name: "widths-later",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^string-width$/ }, ({ path, namespace, resolveDir }) =>
      namespace === "later" ? undefined : { path, namespace: "later", pluginData: resolveDir },
    );
    onLoad({ filter: /.*/, namespace: "later" }, ({ path, pluginData }) => ({
      contents: `export default (...given) => require("${path}").default(...given);`,
      resolveDir: pluginData,
    }));
  },
};

/** Files that are asked for apart import a part with what they have in common, which esbuild then puts into one file. `filesOf(path)` says what that is. */
export function withCommon(dist, filesOf) {
  return {
    name: "with-common",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^common:/ }, ({ path }) => ({
        path: path.slice("common:".length),
        namespace: "common",
      }));
      onLoad({ filter: /.*/, namespace: "common" }, ({ path }) => ({
        contents: path
          .split(",")
          .map((file, n) => `export * as part${n} from "./${file}";`)
          .join("\n"),
        resolveDir: dist,
      }));
      onLoad({ filter: /\.js$/ }, ({ path }) => {
        const files = filesOf(path);
        return files && { contents: withImport(path, files), loader: "js" };
      });
    },
  };
}

function withImport(path, files) {
  return `${readFileSync(path, "utf8")}\nimport "common:${files.join()}";`;
}
