import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { atMost, type Claim, type Row } from "../claim.ts";
import { interleave, type Times, timed } from "../timing.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const TEXT = "The cat sat on the mat because it was tired.";
const FINDING = '"it" looks at "cat"';
const ROUNDS = 8;

/** From a process's start to its end, the attention of the model that comes with heed printed in between. */
export const start: Claim = {
  name: "start",
  title: "process start to printed attention, embedded model",
  async measure() {
    // The first one sets up and builds, should that be missing.
    const printed = viaNpm().stdout;
    const built = viaNode().stdout;
    if (!built.includes(FINDING) || !printed.endsWith(built))
      throw new Error(`bench: expected ${FINDING} on both sides, got ${built}\nand ${printed}`);
    const times = await interleave(
      { node: () => timed(() => viaNode()), npm: () => timed(() => viaNpm()) },
      ROUNDS,
    );
    const row = (label: string, { min, median }: Times, goal: number, more = ""): Row => ({
      label,
      ours: min,
      unit: "ms",
      ...atMost(min, goal),
      note: `median ${median.toFixed(0)} ms${more}`,
    });
    return [
      row('node dist/cli/main.js "…"', times.node, 400, `; ${fastestPhases()}`),
      row('npm start -- "…"', times.npm, 1000),
    ];
  },
};

function viaNode(...flags: readonly string[]) {
  return finished(process.execPath, ["dist/cli/main.js", TEXT, ...flags]);
}

function viaNpm() {
  return finished("npm", ["start", "--", TEXT]);
}

function finished(command: string, words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(command, words, { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`bench: ${command} ended with ${status}: ${stderr}`);
  return { stdout, stderr };
}

/** What --timing says in the fastest of some runs. */
function fastestPhases(): string {
  const runs = Array.from({ length: ROUNDS }, () => {
    const { stderr } = viaNode("--timing");
    const found = /timing: .* in all (\d+) ms/.exec(stderr);
    if (!found) throw new Error(`bench: --timing said ${stderr}`);
    return { line: found[0], total: Number(found[1]) };
  });
  return runs.sort((a, b) => a.total - b.total)[0]!.line;
}
