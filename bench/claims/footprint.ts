import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { LAYER_WEIGHTS, LAYERS } from "../bert-shape.ts";
import { atMost, type Claim } from "../claim.ts";

/** Peak memory of a process that loads BERT-base's layers and runs 128 tokens, against the bytes of its weights. */
export const footprint: Claim = {
  name: "footprint",
  title: "peak memory, BERT-base shape",
  async measure() {
    const child = fileURLToPath(new URL("../footprint-child.ts", import.meta.url));
    const { stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", child], {
      encoding: "utf8",
    });
    const peak = Number(stdout) * 1024;
    if (!peak) throw new Error(`bench: the process that loads gave nothing: ${stderr}`);
    const bytes = 4 * LAYERS * LAYER_WEIGHTS;
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
