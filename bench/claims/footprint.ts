import { spawnSync } from "node:child_process";
import { writeBertCheckpoint } from "../bert-checkpoint.ts";
import { bundled } from "../bundled.ts";
import { atMost, type Claim } from "../claim.ts";

const ROUNDS = 5;

/** Peak memory of processes that load a checkpoint of BERT-base's shape and run 128 tokens, against the bytes of its weights. */
export const footprint: Claim = {
  name: "footprint",
  title: "peak memory, BERT-base shape",
  async measure() {
    const outfile = await bundled("footprint-child");
    const checkpoint = await writeBertCheckpoint();
    try {
      const { folder, bytes } = checkpoint;
      const f32 = measured(outfile, folder, "f32");
      const half = measured(outfile, folder, "half");
      return [
        {
          label: "peak RSS ÷ bytes of the weights",
          ours: f32.median / 2 ** 20,
          rival: bytes / 2 ** 20,
          unit: "MiB",
          ...atMost(f32.median / bytes, 1.4),
          note: `median of ${ROUNDS} processes, ${mib(f32.least)} to ${mib(f32.most)} MiB, loaded in ${f32.loading} ms; half: ${mib(half.median)} MiB, ${half.loading} ms`,
        },
      ];
    } finally {
      await checkpoint.remove();
    }
  },
};

/** Peaks in bytes, and the shortest loading in milliseconds. */
function measured(script: string, folder: string, dtype: "f32" | "half") {
  const runs = Array.from({ length: ROUNDS }, () => peakOf(script, folder, dtype));
  const peaks = runs.map(({ peak }) => peak).sort((a, b) => a - b);
  return {
    least: peaks[0]!,
    median: peaks[Math.floor(ROUNDS / 2)]!,
    most: peaks[ROUNDS - 1]!,
    loading: Math.min(...runs.map(({ loading }) => loading)),
  };
}

function peakOf(script: string, folder: string, dtype: string) {
  const { stdout, stderr } = spawnSync(process.execPath, [script, folder, dtype], {
    encoding: "utf8",
  });
  const [kib, loading] = stdout.trim().split(" ").map(Number);
  if (!kib || !loading) throw new Error(`bench: the process that loads gave nothing: ${stderr}`);
  return { peak: kib * 1024, loading };
}

const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
