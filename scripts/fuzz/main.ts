// Mutated files by the million: `npm run fuzz` (all kinds), `npm run fuzz -- tokenizer --count 10000`, `--only 123` one again with its
// error. Each mutant is made by its number alone; what was done is kept for each commit, so that a campaign goes on where it ended.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { build } from "esbuild";
import { attack } from "./attack.ts";
import { targets } from "./targets.ts";

/** A mutant that takes longer than this hangs. */
const MOST_MS = 5_000;
/** What a thread may take besides the files it was given. */
const MOST_MEGABYTES = 1_500;
const root = fileURLToPath(new URL("../..", import.meta.url));

interface Tally {
  done: number;
  read: number;
  refused: number;
  wrong: { number: number; message: string }[];
  slowest: number;
  /** The most memory of the process, in bytes. */
  memory: number;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: "string", default: "1000000" },
    only: { type: "string" },
    state: { type: "string", default: join(root, "node_modules/.cache/heed-fuzz") },
  },
});
const unknown = positionals.filter((name) => !(name in targets));
if (unknown.length > 0)
  throw new Error(`fuzz: there is no ${unknown[0]}; there are ${Object.keys(targets).join(", ")}`);
const names = positionals.length > 0 ? positionals : Object.keys(targets);
const shares = names.reduce((sum, name) => sum + targets[name]!.share, 0);

if (values.only !== undefined) {
  for (const name of names)
    process.stdout.write(
      `${name} ${values.only}: ${JSON.stringify(await attack(targets[name]!.make(), Number(values.only)), null, 1)}\n`,
    );
} else {
  const state = openState();
  const script = await bundledWorker();
  for (const name of names) {
    const count = Math.ceil((Number(values.count) * targets[name]!.share) / shares);
    await campaign(name, count, state, script);
  }
  report(state);
  process.exitCode = names.some((name) => state.tallies[name]!.wrong.length > 0) ? 1 : 0;
}

/** The worker as one file of JavaScript: threads do not read TypeScript. */
async function bundledWorker(): Promise<string> {
  // Beside the packages it imports, wherever the counts are kept.
  const outfile = join(root, "node_modules/.cache/heed-fuzz-worker.mjs");
  const here = new URL("./targets.ts", import.meta.url).href;
  await build({
    entryPoints: [fileURLToPath(new URL("./worker.ts", import.meta.url))],
    outfile,
    bundle: true,
    packages: "external",
    format: "esm",
    platform: "node",
    define: { "import.meta.url": JSON.stringify(here) },
  });
  return outfile;
}

interface State {
  readonly file: string;
  readonly commit: string;
  readonly tallies: Record<string, Tally>;
}

function openState(): State {
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], {
    cwd: root,
    encoding: "utf8",
  }).trim();
  mkdirSync(values.state, { recursive: true });
  const file = join(values.state, `${commit}.json`);
  return { file, commit, tallies: existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {} };
}

async function campaign(
  name: string,
  count: number,
  { file, tallies }: State,
  script: string,
): Promise<void> {
  tallies[name] ??= { done: 0, read: 0, refused: 0, wrong: [], slowest: 0, memory: 0 };
  const tally = tallies[name];
  while (tally.done < count) {
    const end = await thread(script, name, tally, count, () =>
      writeFileSync(file, JSON.stringify(tallies)),
    );
    if (end !== undefined) {
      tally.wrong.push(end);
      tally.done = end.number + 1;
      process.stderr.write(`${name} ${end.number}: ${end.message}\n`);
    }
    writeFileSync(file, JSON.stringify(tallies));
  }
}

/** Runs one thread until it is done or ended by a mutant, which is told. */
function thread(script: string, name: string, tally: Tally, to: number, save: () => void) {
  return new Promise<{ number: number; message: string } | undefined>((resolve, reject) => {
    const at = new Int32Array(new SharedArrayBuffer(16));
    Atomics.store(at, 0, tally.done);
    Atomics.store(at, 1, (Date.now() + 60_000) % 2 ** 31);
    const before = { ...tally };
    const worker = new Worker(script, {
      workerData: { name, from: tally.done, to, at },
      resourceLimits: { maxOldGenerationSizeMb: MOST_MEGABYTES },
    });
    const count = () => {
      tally.read = before.read + Atomics.load(at, 2);
      tally.refused = before.refused + Atomics.load(at, 3);
    };
    const finish = (message?: string) => {
      clearInterval(watch);
      count();
      resolve(message === undefined ? undefined : { number: Atomics.load(at, 0), message });
    };
    const watch = setInterval(async () => {
      if ((Date.now() % 2 ** 31) - Atomics.load(at, 1) < MOST_MS) return;
      // First what it did: ended, it would count as done.
      finish(`takes longer than ${MOST_MS} ms`);
      await worker.terminate();
    }, 500);
    worker.on("message", ({ wrong, done, slowest, memory }) => {
      if (wrong) {
        tally.wrong.push(wrong);
        process.stderr.write(`${name} ${wrong.number}: ${wrong.message}\n`);
        return;
      }
      tally.done = done;
      tally.slowest = Math.max(tally.slowest, slowest);
      tally.memory = Math.max(tally.memory, memory);
      count();
      save();
      if (done % 10_000 === 0 || done === to) process.stderr.write(`${name}: ${done} of ${to}\n`);
    });
    const begins = Atomics.load(at, 1);
    worker.on("error", (error) => {
      if (Atomics.load(at, 1) === begins) reject(error);
      finish(error.message);
    });
    worker.on("exit", () => finish());
  });
}

function report({ commit, tallies }: State): void {
  const rows = Object.entries(tallies).map(
    ([name, { done, read, refused, wrong, slowest, memory }]) =>
      `${name.padEnd(12)} ${String(done).padStart(9)} ${String(read).padStart(9)} ${String(refused).padStart(9)} ${String(wrong.length).padStart(6)} ${slowest.toFixed(0).padStart(10)} ${(memory / 1e6).toFixed(0).padStart(8)}`,
  );
  process.stdout.write(
    `commit ${commit}, Node ${process.version}\n${"kind".padEnd(12)} ${"mutants".padStart(9)} ${"read".padStart(9)} ${"refused".padStart(9)} ${"wrong".padStart(6)} ${"slowest ms".padStart(10)} ${"peak MB".padStart(8)}\n${rows.join("\n")}\n`,
  );
}
