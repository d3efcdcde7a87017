import { cpSync } from "node:fs";
import { build } from "esbuild";

await build({
  entryPoints: ["src/main.js", "src/worker.js"],
  bundle: true,
  splitting: true,
  format: "esm",
  minify: true,
  outdir: "dist",
});
cpSync("index.html", "dist/index.html");
// esbuild leaves `new URL("…", import.meta.url)` as it is: the model's files have to lie beside what it built.
cpSync("node_modules/heed/models/all-MiniLM-L6-v2", "dist", {
  recursive: true,
  filter: (file) => !/\.\w+$/.test(file) || file.endsWith(".bin"),
});
