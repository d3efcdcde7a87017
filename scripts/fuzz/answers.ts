// Random answers against Python's pipelines and generate: `HEED_PYTORCH=…/python npm run fuzz:answers` (texts, pictures and chances, 300
// checkpoints each), `-- texts --count 50`, `--seed 2` for others, `--only 17` one again, its folder kept. A number makes the same case always.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { HeedError } from "../../src/errors/errors.ts";
import { readImage } from "../../src/images/read-image.node.ts";
import { load } from "../../src/load.node.ts";
import type { LoadOptions } from "../../src/models/load.ts";
import { readTaskCases, verifyTasks } from "../../src/tasks/verify-tasks/verify-tasks.ts";
import { processed } from "../../src/tasks/writing/processors.ts";
import { settingsOf } from "../../src/tasks/writing/settings.ts";
import { logSoftmax, warped } from "../../src/tasks/writing/warpers.ts";

const script = fileURLToPath(new URL("./answers/cases.py", import.meta.url));
const cache = fileURLToPath(
  new URL("../../node_modules/.cache/heed-fuzz-answers", import.meta.url),
);
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: "string", default: "300" },
    seed: { type: "string", default: "1" },
    only: { type: "string" },
    state: { type: "string", default: cache },
  },
});
const python = process.env.HEED_PYTORCH;
if (!python)
  throw new Error(
    "fuzz:answers: HEED_PYTORCH must name a Python with torch and transformers (bench/README.md)",
  );

/** What came of one answer: how far it is, or what heed said instead. */
interface Compared {
  readonly difference: number;
  readonly allowed: number;
  readonly reason?: string;
}

interface Tally {
  checkpoints: number;
  answers: number;
  agree: number;
  worst: number;
  readonly differ: string[];
  /** What Python itself refuses, and to how many. */
  readonly refused: Record<string, number>;
}

/** One step of a generation, as chances.py records it. */
interface Step {
  readonly columns: readonly number[];
  readonly real: readonly number[];
  readonly read: readonly number[];
  readonly promptColumns: number;
  readonly capacity: number;
  readonly logits: readonly number[];
  /** Log-probabilities; null for −∞. */
  readonly scores: readonly (number | null)[];
}

const kinds = positionals.length > 0 ? positionals : ["texts", "pictures", "chances"];
let failures = 0;
for (const kind of kinds) {
  const tally = await campaign(kind);
  failures += tally.differ.length;
  const refused = Object.entries(tally.refused).sort((a, b) => b[1] - a[1]);
  process.stdout.write(
    `${kind}, seed ${values.seed}: ${tally.checkpoints} checkpoints, ${tally.answers} answers, ${tally.agree} agree, the largest difference ${tally.worst.toExponential(1)}; ${tally.differ.length} differ\n${refused.map(([message, times]) => `  Python refuses ${times}: ${message}\n`).join("")}`,
  );
}
process.exitCode = failures > 0 ? 1 : 0;

/** Has Python write checkpoints with its answers, and compares each as it comes. */
async function campaign(kind: string): Promise<Tally> {
  const tally: Tally = { checkpoints: 0, answers: 0, agree: 0, worst: 0, differ: [], refused: {} };
  const [from, to] =
    values.only === undefined
      ? [0, Number(values.count)]
      : [Number(values.only), Number(values.only) + 1];
  const home = join(values.state, "cases");
  mkdirSync(home, { recursive: true });
  const writer = spawn(python!, [script, kind, String(from), String(to), home, values.seed], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<number | null>((resolve) => writer.on("exit", resolve));
  for await (const line of createInterface({ input: writer.stdout })) {
    // Training a tokenizer leaves empty lines.
    if (!line.startsWith("{")) continue;
    const { number, folder, family, answers, refused, asked } = JSON.parse(line);
    tally.checkpoints++;
    for (const message of refused) tally.refused[message] = (tally.refused[message] ?? 0) + 1;
    if (answers === 0) {
      if (folder !== undefined) rmSync(folder, { recursive: true });
      continue;
    }
    const found = await compared(kind, folder, asked);
    const wrong = found.filter(({ difference, allowed }) => !(difference <= allowed));
    tally.answers += found.length;
    tally.agree += found.length - wrong.length;
    for (const { difference, allowed } of found)
      if (difference <= allowed) tally.worst = Math.max(tally.worst, difference);
    for (const { difference, reason } of wrong) {
      const said = `${kind} ${number} (${family}): ${reason ?? `${difference.toExponential(1)} off`}`;
      tally.differ.push(said);
      process.stderr.write(`${said}\n`);
    }
    if (values.only === undefined) rmSync(folder, { recursive: true });
  }
  const code = await ended;
  if (code !== 0) throw new Error(`fuzz:answers: Python ended with ${code} over ${kind}`);
  return tally;
}

async function compared(
  kind: string,
  folder: string,
  asked: LoadOptions,
): Promise<readonly Compared[]> {
  try {
    return kind === "chances" ? await chancesOf(folder) : await answersOf(folder, asked);
  } catch (error) {
    if (!(error instanceof HeedError)) throw error;
    return [{ difference: 1, allowed: 0, reason: error.message }];
  }
}

async function answersOf(folder: string, asked: LoadOptions): Promise<readonly Compared[]> {
  const place = join(folder, "tasks.json");
  const cases = readTaskCases(readFileSync(place, "utf8"), place);
  const model = await load(folder, { ...asked, onWarning: () => {} });
  try {
    const image = async (name: string) => readImage(join(folder, name));
    const found = await verifyTasks(model, cases, { image }, place);
    return found.map((one, index) => ({
      ...one,
      reason: `${one.reason ?? one.difference.toExponential(1)} with ${JSON.stringify(cases[index]!.options)} of ${JSON.stringify(cases[index]!.input)}`,
    }));
  } finally {
    await model.dispose();
  }
}

/** Log-probabilities of every step: the same tokens are left, and each within 1e-5. */
async function chancesOf(folder: string): Promise<readonly Compared[]> {
  const read = (name: string) => JSON.parse(readFileSync(join(folder, name), "utf8"));
  const generationConfig = existsSync(join(folder, "generation_config.json"))
    ? read("generation_config.json")
    : {};
  const settings = settingsOf({
    options: {},
    generationConfig,
    config: read("config.json"),
    endId: undefined,
    label: "the checkpoint",
  });
  return (read("steps.json") as Step[]).map((step) => {
    const ids = step.columns.filter((_, column) => step.real[column] !== 0);
    const { columns, promptColumns, capacity } = step;
    const past = { columns, ids, promptColumns, read: step.read };
    const scores = processed(Float32Array.from(step.logits), past, settings, capacity);
    // Beams keep a token beside each end.
    const least = settings.numBeams > 1 ? settings.endIds.length + 1 : 1;
    const got = logSoftmax(warped(scores, settings, least));
    let difference = 0;
    for (const [id, score] of step.scores.entries()) {
      const expected = score ?? -Infinity;
      if (got[id] !== expected)
        difference = Math.max(
          difference,
          Math.abs(got[id]! - expected) / Math.max(1, Math.abs(expected)),
        );
    }
    const kept = (of: (number | null)[]) =>
      of.filter((one) => one !== null && one > -Infinity).length;
    return {
      difference,
      allowed: 1e-5,
      reason: `${difference.toExponential(1)} off, ${kept([...got])} tokens left, ${kept([...step.scores])} in Python, with ${JSON.stringify(generationConfig)} behind ${step.columns.length} of ${capacity}`,
    };
  });
}
