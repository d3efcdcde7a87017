import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeBertCheckpoint } from "../bert-checkpoint.ts";
import { atMost, type Claim } from "../claim.ts";
import { randomText } from "../texts.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Makes 987 tokens. */
const WORDS = 793;
const ROUNDS = 3;

/** `heed … --out page.html` for a long text on BERT-base's shape: the page's size, the process's peak memory and its time. */
export const page: Claim = {
  name: "page",
  title: "a page of 987 tokens, BERT-base shape",
  async measure() {
    const checkpoint = await writeBertCheckpoint({ positions: 1024, isReader: true });
    const folder = mkdtempSync(join(tmpdir(), "heed-bench-page-"));
    const file = join(folder, "page.html");
    try {
      const runs = Array.from({ length: ROUNDS }, () => written(checkpoint.folder, file));
      const least = (of: (run: (typeof runs)[number]) => number) => Math.min(...runs.map(of));
      const size = statSync(file).size / 1e6;
      const peak = least(({ peak }) => peak) / 1e9;
      const seconds = least(({ seconds }) => seconds);
      return [
        { label: "file", ours: size, unit: "MB", ...atMost(size, 12) },
        { label: "peak RSS", ours: peak, unit: "GB", ...atMost(peak, 1.2) },
        { label: "time", ours: seconds, unit: "s", ...atMost(seconds, 5) },
      ];
    } finally {
      rmSync(folder, { recursive: true });
      await checkpoint.remove();
    }
  },
};

function written(model: string, file: string) {
  const peaks = `process.on("exit", () => process.stderr.write("peak " + /VmHWM:\\s*(\\d+)/.exec(require("fs").readFileSync("/proc/self/status", "utf8"))[1]))`;
  const preload = `data:text/javascript,${encodeURIComponent(`import { createRequire } from "node:module"; const require = createRequire(${JSON.stringify(import.meta.url)}); ${peaks}`)}`;
  const started = performance.now();
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      ...["--import", preload],
      "dist/cli/main.js",
      ...["-", "--model", model, "--format", "html", "--out", file],
    ],
    { cwd: root, encoding: "utf8", input: randomText(WORDS, 1) },
  );
  const seconds = (performance.now() - started) / 1000;
  const peak = /peak (\d+)$/.exec(stderr)?.[1];
  if (status !== 0 || peak === undefined)
    throw new Error(`bench: the page was not written (${status}): ${stderr}`);
  return { seconds, peak: Number(peak) * 1024 };
}
