import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { EMBEDDINGS, LAYER_WEIGHTS, LAYERS, WIDTH } from "../bert-shape.ts";
import { atMost, type Claim } from "../claim.ts";

/** Peak memory of a process that loads BERT-base and runs 128 tokens, against the bytes of its weights. */
export const footprint: Claim = {
  name: "footprint",
  title: "peak memory, BERT-base shape",
  async measure() {
    const child = fileURLToPath(new URL("../footprint-child.ts", import.meta.url));
    // Bundled first: a compiler in the process would be measured too.
    const outfile = fileURLToPath(
      new URL("../../node_modules/.cache/heed-bench/footprint-child.mjs", import.meta.url),
    );
    const platform = { platform: "node", format: "esm", packages: "external" } as const;
    await build({ entryPoints: [child], outfile, bundle: true, ...platform });
    const { stdout, stderr } = spawnSync(process.execPath, [outfile], { encoding: "utf8" });
    const peak = Number(stdout) * 1024;
    if (!peak) throw new Error(`bench: the process that loads gave nothing: ${stderr}`);
    const bytes = 4 * (LAYERS * LAYER_WEIGHTS + EMBEDDINGS * WIDTH);
    return [
      {
        label: "peak RSS ÷ bytes of the weights",
        ours: peak / 2 ** 20,
        rival: bytes / 2 ** 20,
        unit: "MiB",
        ...atMost(peak / bytes, 1.4),
      },
    ];
  },
};
