// What bundles for Node have in common.
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";

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

const segmenter = "const segmenter = new Intl.Segmenter();";

/** string-width makes its segmenter when it is imported, for which Node reads tables for some 20 ms, and needs it for few texts. */
export const segmenterLater = {
  name: "segmenter-later",
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]string-width[/\\]index\.js$/ }, ({ path }) => {
      const code = readFileSync(path, "utf8");
      if (!code.includes(segmenter))
        throw new Error(`${path}: expected ${segmenter}; see what it does now when it is imported`);
      const later =
        "let made; const segmenter = { segment: (text) => (made ??= new Intl.Segmenter()).segment(text) };";
      return { contents: code.replace(segmenter, later), loader: "js" };
    });
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
