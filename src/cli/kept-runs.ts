import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { defaultMetrics } from "../analysis/interventions/default-metrics.ts";
import type { ExperimentFile } from "../analysis/interventions/experiment.ts";
import type { OtherInput } from "../analysis/interventions/intervention.ts";
import { resolveMetric } from "../analysis/interventions/metric.ts";
import type { FinishedRuns } from "../analysis/interventions/row-numbers.ts";
import { stackChanged } from "../analysis/interventions/run-experiment.ts";
import { finalSite, type Subject } from "../analysis/interventions/subject.ts";
import { isObject, parseJson } from "../checkpoint/json/strict-json.ts";
import { CheckpointError, InputError, SiteError } from "../errors/errors.ts";
import { warn } from "./terminal/warnings.ts";
import { version } from "./version.ts";

const format = "runs of an experiment";

/** What runs belong to: an experiment as one heed carries it out, and the numbers it begins from, which are others if the weights are. */
interface Owner {
  readonly heed: typeof format;
  readonly version: string;
  readonly model: string;
  readonly begins: string;
  readonly experiment: object;
}

/** The file that finished runs of an experiment are kept in, a line each, until it is whole. */
export interface KeptRuns extends FinishedRuns {
  readonly file: string;
  /** How many runs an earlier command finished, and how many are finished by now. */
  readonly before: number;
  readonly count: number;
  /** Closes the file; an experiment whose result is written needs it no more. */
  close(): void;
  remove(): void;
}

/** The file of an experiment's runs: beside its own file, else beside what is written. */
export function runsFile(...besides: readonly (string | undefined)[]): string | undefined {
  const beside = besides.find((one) => one !== undefined && one !== "-");
  return beside === undefined ? undefined : `${beside}.runs`;
}

/**
 * Opens the file in which an experiment's runs are kept, with those that are there. Throws InputError where it holds runs of another experiment
 * or model, or is no such file; where it cannot be written that is said, and nothing is kept.
 */
export async function openRuns(
  file: string,
  subject: Subject,
  experiment: ExperimentFile,
): Promise<KeptRuns | undefined> {
  const owner: Owner = {
    heed: format,
    version,
    model: subject.model.label,
    begins: await beginningOf(subject, experiment),
    experiment: inOrder(contentOf(experiment)) as object,
  };
  const [runs, bytes] = existsSync(file) ? readRuns(file, owner) : [[], 0];
  let handle: number;
  try {
    handle = openSync(file, "a");
    // A command that was ended in the middle of a line leaves a half of it.
    truncateSync(file, bytes);
    if (bytes === 0) writeSync(handle, `${JSON.stringify(owner)}\n`);
  } catch (error) {
    warn(`${file}: finished runs cannot be kept there (${(error as Error).message})`);
    return undefined;
  }
  const known = new Map(runs);
  let isOpen = true;
  return {
    file,
    before: known.size,
    get count() {
      return known.size;
    },
    get: (name) => known.get(name),
    set(name, numbers) {
      known.set(name, numbers);
      writeSync(handle, `${JSON.stringify([name, numbers.map(written)])}\n`);
    },
    close() {
      if (isOpen) closeSync(handle);
      isOpen = false;
    },
    remove() {
      rmSync(file, { force: true });
    },
  };
}

type NamedRun = readonly [name: string, numbers: readonly number[]];

/** Numbers that JSON has not are kept by their names: a vector of zeros has no angle. */
function written(number: number): number | string {
  return Number.isFinite(number) ? number : String(number);
}

/** The runs of a file, and how many of its bytes are whole lines. */
function readRuns(file: string, owner: Owner): readonly [NamedRun[], number] {
  const text = readFileSync(file, "utf8");
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const [first, ...lines] = whole.split("\n").slice(0, -1);
  if (first === undefined) {
    if (text === "" || JSON.stringify(owner).startsWith(text)) return [[], 0];
    throw new InputError(`${file}: holds no runs of an experiment. ${anew(file)}`);
  }
  expectOwner(file, parsed(file, first, 1), owner);
  const runs = lines.map((line, n) => {
    const run = runOf(parsed(file, line, n + 2));
    if (!run) throw new InputError(`${file}, line ${n + 2}: is no run. ${anew(file)}`);
    return run;
  });
  return [runs, Buffer.byteLength(whole)];
}

function parsed(file: string, line: string, number: number): unknown {
  try {
    return parseJson(line, `${file}, line ${number}`);
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    throw new InputError(`${error.message}. ${anew(file)}`);
  }
}

/** Throws InputError for runs that belong to something else. */
function expectOwner(file: string, found: unknown, owner: Owner): void {
  if (!isObject(found) || found.heed !== format)
    throw new InputError(`${file}: holds no runs of an experiment. ${anew(file)}`);
  const isSame = JSON.stringify(found.experiment) === JSON.stringify(owner.experiment);
  if (isSame && found.begins === owner.begins && found.version === owner.version) return;
  const whose =
    found.model !== owner.model
      ? `another model, ${found.model}, and this is ${owner.model}`
      : !isSame
        ? "another experiment"
        : found.version !== owner.version
          ? `heed ${found.version}, and this is ${owner.version}`
          : `${owner.model} with other weights, an input whose file has changed, or another backend`;
  throw new InputError(`${file}: holds runs of ${whose}; they are not mixed. ${anew(file)}`);
}

function anew(file: string): string {
  return `Delete ${file} to begin anew`;
}

function runOf(value: unknown): NamedRun | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [name, kept] = value;
  if (typeof name !== "string" || !Array.isArray(kept)) return undefined;
  const isNumber = (one: unknown) =>
    typeof one === "number" || (typeof one === "string" && written(Number(one)) === one);
  return kept.every(isNumber) ? [name, kept.map(Number)] : undefined;
}

/** An experiment without the name of its model, whose vectors say more. */
function contentOf({ model: _, ...content }: ExperimentFile): object {
  return content;
}

/** The same value with its names in one order, since files are written by hand too. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (!isObject(value)) return value;
  const names = Object.keys(value).filter((name) => value[name] !== undefined);
  return Object.fromEntries(names.sort().map((name) => [name, inOrder(value[name])]));
}

/**
 * A checksum of what an experiment begins from: the last vectors of its text, and of those whose numbers are taken or that are files, and its
 * metrics without a change, in which a model's head is.
 */
async function beginningOf(subject: Subject, experiment: ExperimentFile): Promise<string> {
  const { model } = subject;
  const { metrics, do: what } = experiment;
  const sites = [finalSite(model), "decoder.final"].filter((site) => model.sites.has(site));
  const runs = [await subject.clean(sites)];
  for (const other of othersIn([what, metrics])) runs.push(await subject.runOf(other, sites));
  const digest = createHash("sha256");
  const take = ({ buffer, byteOffset, byteLength }: Float32Array | Float64Array) =>
    digest.update(new Uint8Array(buffer, byteOffset, byteLength));
  for (const { trace } of runs) for (const site of sites) take(trace.get(site).data);
  take(Float64Array.from(await metricsBefore(subject, experiment)));
  return digest.digest("hex");
}

/** The metrics of an experiment's text without a change; none where its first text lacks the word, and is left out. */
async function metricsBefore(
  subject: Subject,
  { metrics, word, do: what }: ExperimentFile,
): Promise<number[]> {
  const stack = what.kind === "matter" ? what.stack : stackChanged(what);
  try {
    const found: number[] = [];
    for (const metric of metrics ?? (await defaultMetrics(subject, { word, stack })))
      found.push((await resolveMetric(subject, metric)).clean);
    return found;
  } catch (error) {
    if (!(error instanceof InputError || error instanceof SiteError)) throw error;
    return [];
  }
}

/** The inputs in an experiment whose numbers are taken one by one, and all pictures and sounds; of other texts what it says is all. */
function othersIn(value: unknown): readonly OtherInput[] {
  if (Array.isArray(value)) return value.flatMap(othersIn);
  if (!isObject(value)) return [];
  if ("image" in value || "sound" in value) return [value as unknown as OtherInput];
  const { from, ...others } = value;
  return [
    ...(from === undefined ? [] : [from as OtherInput]),
    ...Object.values(others).flatMap(othersIn),
  ];
}
