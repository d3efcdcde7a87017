// Random checkpoints against PyTorch: `HEED_PYTORCH=…/python npm run fuzz:pytorch` (all families, 40 cases each), `-- falcon --count 200`,
// `--seed 2` for others, `--only 17` one again with its sites, its folder kept. A number makes the same case always; what was done is
// kept for each commit, so that a campaign goes on where it ended.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readTrace } from "../../src/checkpoint/trace-file.ts";
import { CheckpointError, ConfigError, InputError } from "../../src/errors/errors.ts";
import { load } from "../../src/load.node.ts";
import { type SiteDifference, verifyTrace } from "../../src/tasks/verify.ts";
import { judge, readDouble, toldBy } from "./referee.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const script = fileURLToPath(new URL("./pytorch/cases.py", import.meta.url));

interface Tally {
  done: number;
  passed: number;
  /** Compared, on both backends together. */
  sites: number;
  /** The largest difference, as a share of what is allowed. */
  worst: number;
  /** What heed said, and to how many. */
  refused: Record<string, number>;
  /** Cases that transformers itself does not run. */
  invalid: Record<string, number>;
  failed: { number: number; message: string }[];
  /** Beyond what is allowed, by rounding alone: what double precision says of each. */
  rounding: { number: number; message: string }[];
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: "string", default: "40" },
    seed: { type: "string", default: "1" },
    only: { type: "string" },
    state: { type: "string", default: join(root, "node_modules/.cache/heed-fuzz-pytorch") },
  },
});
const python = process.env.HEED_PYTORCH;
if (!python)
  throw new Error(
    "fuzz:pytorch: HEED_PYTORCH must name a Python with torch and transformers (bench/README.md)",
  );
const names =
  positionals.length > 0
    ? positionals
    : execFileSync(python, [script, "--families"], { encoding: "utf8" }).trim().split("\n");
mkdirSync(values.state, { recursive: true });
const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], {
  cwd: root,
  encoding: "utf8",
}).trim();

if (values.only !== undefined) {
  for (const name of names) {
    const tally = await campaign(name, Number(values.only), Number(values.only) + 1);
    report({ [name]: tally });
  }
} else {
  const tallies: Record<string, Tally> = {};
  for (const name of names) {
    const file = join(values.state, `${commit}-${values.seed}-${name}.json`);
    const start: Tally = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : nothing();
    tallies[name] = await campaign(name, start.done, Number(values.count), start, (tally) =>
      writeFileSync(file, JSON.stringify(tally)),
    );
  }
  report(tallies);
  process.exitCode = names.some((name) => tallies[name]!.failed.length > 0) ? 1 : 0;
}

function nothing(): Tally {
  return {
    done: 0,
    passed: 0,
    sites: 0,
    worst: 0,
    refused: {},
    invalid: {},
    failed: [],
    rounding: [],
  };
}

/** Has Python write the cases from one number to another, and compares each as it comes. */
async function campaign(
  name: string,
  from: number,
  to: number,
  tally = nothing(),
  save: (tally: Tally) => void = () => {},
): Promise<Tally> {
  if (from >= to) return tally;
  const home = join(values.state, "cases");
  const writer = spawn(python!, [script, name, String(from), String(to), home, values.seed], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<number | null>((resolve) => writer.on("exit", resolve));
  for await (const line of createInterface({ input: writer.stdout })) {
    const { number, folder, invalid } = JSON.parse(line);
    if (invalid !== undefined) count(tally.invalid, invalid);
    else await compare(name, number, folder, tally);
    tally.done = number + 1;
    save(tally);
  }
  const code = await ended;
  if (code !== 0) throw new Error(`fuzz:pytorch: ${name}: Python ended with ${code}`);
  return tally;
}

async function compare(name: string, number: number, folder: string, tally: Tally): Promise<void> {
  try {
    const recorded = readTrace(readFileSync(join(folder, "trace.safetensors")), folder);
    let rounding: string | undefined;
    for (const backend of ["reference", "auto"] as const) {
      const model = await load(folder, { backend });
      try {
        const sites = await verifyTrace(model, recorded);
        tally.sites += sites.length;
        for (const { difference, allowed } of sites)
          if (allowed > 0) tally.worst = Math.max(tally.worst, difference / allowed);
        const wrong = sites.filter(({ passed }) => !passed);
        if (wrong.length > 0) {
          const message = `${model.backend}: ${wrong.length} of ${sites.length}: ${told(wrong[0]!)}`;
          writeDouble(name, number);
          const judged = await judge(model, recorded, wrong, readDouble(folder));
          if (!judged.every(({ isRounding }) => isRounding)) throw new Error(message);
          rounding = `${message}; ${toldBy(judged)}`;
        }
        if (model.unused.length > 0)
          throw new Error(`nothing uses ${model.unused.slice(0, 3).join(", ")}`);
      } finally {
        await model.dispose();
      }
    }
    if (rounding === undefined) tally.passed++;
    else tally.rounding.push({ number, message: rounding });
  } catch (error) {
    const message = String((error as Error).message);
    const isRefusal =
      error instanceof ConfigError ||
      error instanceof InputError ||
      error instanceof CheckpointError;
    if (isRefusal) count(tally.refused, message.replace(/[^ ]*\/cases\/[^ :]*:? ?/g, ""));
    else {
      tally.failed.push({ number, message });
      process.stderr.write(`${name} ${number}: ${message}\n`);
      return;
    }
  }
  if (values.only === undefined) rmSync(folder, { recursive: true });
}

/** The case once more, with its sites in double precision. */
function writeDouble(name: string, number: number): void {
  const home = join(values.state, "cases");
  const range = [String(number), String(number + 1)];
  execFileSync(python!, [script, name, ...range, home, values.seed, "--double"], {
    stdio: ["ignore", "ignore", "ignore"],
  });
}

function told({ site, difference, allowed, at, expected, got, reason }: SiteDifference): string {
  return reason
    ? `${site}: ${reason}`
    : `${site} is ${difference.toExponential(1)} off, allowed ${allowed.toExponential(1)}, at [${at}]: ${got}, PyTorch ${expected}`;
}

function count(counts: Record<string, number>, message: string): void {
  counts[message] = (counts[message] ?? 0) + 1;
}

function report(tallies: Record<string, Tally>): void {
  const sum = (counts: Record<string, number>) => Object.values(counts).reduce((a, b) => a + b, 0);
  const right = (value: string | number, width: number) => String(value).padStart(width);
  const rows = Object.entries(tallies).map(
    ([name, { done, passed, sites, worst, rounding, refused, invalid, failed }]) =>
      `${name.padEnd(14)}${right(done, 7)}${right(passed, 8)}${right(sites, 9)}${right((worst * 1e-4).toExponential(0), 9)}${right(rounding.length, 10)}${right(sum(refused), 9)}${right(sum(invalid), 9)}${right(failed.length, 8)}`,
  );
  const head = `${"family".padEnd(14)}${right("cases", 7)}${right("passed", 8)}${right("sites", 9)}${right("worst", 9)}${right("rounding", 10)}${right("refused", 9)}${right("invalid", 9)}${right("failed", 8)}`;
  const said = Object.entries(tallies).flatMap(([name, tally]) => [
    ...(["refused", "invalid"] as const).flatMap((kind) =>
      Object.entries(tally[kind]).map(
        ([message, times]) => `${name}, ${kind} ${times}: ${message}`,
      ),
    ),
    ...tally.rounding.map(({ number, message }) => `${name} ${number}, rounding: ${message}`),
  ]);
  process.stdout.write(
    `commit ${commit}, seed ${values.seed}\n${head}\n${rows.join("\n")}\n\n${said.join("\n")}\n`,
  );
}
