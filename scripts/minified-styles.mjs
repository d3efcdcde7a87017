// Style sheets within the code of elements, minified as scripts are: an esbuild plugin.
import { readFile } from "node:fs/promises";
import { transformSync } from "esbuild";

/** For files whose path matches, TypeScript or JavaScript; a sheet that is put together while it runs stays as it is. */
export function minifiedStyles(filter, target) {
  return {
    name: "minified-styles",
    setup({ onLoad }) {
      onLoad({ filter }, async ({ path }) => {
        const text = await readFile(path, "utf8");
        const contents = text.replace(/css`([^`]*)`/g, (whole, style) => {
          if (style.includes("${")) return whole;
          const { code } = transformSync(style, { loader: "css", minify: true, target });
          return `css\`${code.trim()}\``;
        });
        return { contents, loader: path.endsWith("ts") ? "ts" : "js" };
      });
    },
  };
}
