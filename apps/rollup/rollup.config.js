import { readdirSync, readFileSync } from "node:fs";
import nodeResolve from "@rollup/plugin-node-resolve";

const model = "node_modules/heed/models/all-MiniLM-L6-v2";

/** Rollup leaves `new URL("…", import.meta.url)` as it is: the model's files have to lie beside what it built. */
const besideIt = {
  name: "beside-it",
  generateBundle() {
    const emit = (fileName, path) =>
      this.emitFile({ type: "asset", fileName, source: readFileSync(path) });
    emit("index.html", "index.html");
    for (const file of readdirSync(model).filter((name) => name.endsWith(".bin")))
      emit(file, `${model}/${file}`);
  },
};

export default {
  input: ["src/main.js", "src/worker.js"],
  output: { dir: "dist", chunkFileNames: "[name]-[hash].js" },
  plugins: [nodeResolve({ browser: true }), besideIt],
};
