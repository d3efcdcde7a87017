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
import type { ExperimentFile } from "../analysis/interventions/experiment.ts";
import type { GridCell, GridPlan } from "../analysis/interventions/grid.ts";
import type { OtherInput } from "../analysis/interventions/intervention.ts";
import { finalSite, type Subject } from "../analysis/interventions/subject.ts";
import { isObject, parseJson } from "../checkpoint/json/strict-json.ts";
import { CheckpointError, InputError } from "../errors/errors.ts";
import { warn } from "./terminal/warnings.ts";

const format = "cells of a grid";

/** What cells belong to: an experiment, and the vectors it begins from, which are another model's if its weights are. */
interface Owner {
  readonly heed: typeof format;
  readonly model: string;
  readonly vectors: string;
  readonly experiment: object;
}

/** The file that finished cells of a grid are kept in, a line each, until the grid is whole. */
export interface KeptCells {
  readonly file: string;
  /** Cells that an earlier run finished. */
  readonly finished: readonly GridCell[];
  /** Keeps one more; cells that were there already, and numbers that JSON has not, are left out. */
  keep(cell: GridCell): void;
  /** Closes the file; whole grids need it no more. */
  close(): void;
  remove(): void;
}

/** The file of a grid's cells: beside the experiment's own file, else beside what is written. */
export function cellsFile(...besides: readonly (string | undefined)[]): string | undefined {
  const beside = besides.find((one) => one !== undefined && one !== "-");
  return beside === undefined ? undefined : `${beside}.cells`;
}

/**
 * Opens the file in which a grid's cells are kept, with those that are there. Throws InputError where it holds cells of another experiment
 * or model, or is no such file; where it cannot be written that is said, and nothing is kept.
 */
export async function openCells(
  file: string,
  subject: Subject,
  experiment: ExperimentFile,
): Promise<KeptCells | undefined> {
  const owner: Owner = {
    heed: format,
    model: subject.model.label,
    vectors: await vectorsOf(subject, experiment.do as GridPlan),
    experiment: inOrder(contentOf(experiment)) as object,
  };
  const [finished, bytes] = existsSync(file) ? readCells(file, owner) : [[], 0];
  let handle: number;
  try {
    handle = openSync(file, "a");
    // A run that was ended in the middle of a line leaves a half of it.
    truncateSync(file, bytes);
    if (bytes === 0) writeSync(handle, `${JSON.stringify(owner)}\n`);
  } catch (error) {
    warn(`${file}: finished cells cannot be kept there (${(error as Error).message})`);
    return undefined;
  }
  const known = new Set(finished);
  let isOpen = true;
  return {
    file,
    finished,
    keep(cell) {
      if (!known.has(cell) && cell.values.every(Number.isFinite))
        writeSync(handle, `${JSON.stringify(cell)}\n`);
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

/** The cells of a file, and how many of its bytes are whole lines. */
function readCells(file: string, owner: Owner): readonly [GridCell[], number] {
  const text = readFileSync(file, "utf8");
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const [first, ...lines] = whole.split("\n").slice(0, -1);
  if (first === undefined) {
    if (text === "" || JSON.stringify(owner).startsWith(text)) return [[], 0];
    throw new InputError(`${file}: holds no cells of a grid. ${anew(file)}`);
  }
  expectOwner(file, parsed(file, first, 1), owner);
  const cells = lines.map((line, n) => parsed(file, line, n + 2));
  const wrong = cells.findIndex((cell) => !isCell(cell));
  if (wrong >= 0) throw new InputError(`${file}, line ${wrong + 2}: is no cell. ${anew(file)}`);
  return [cells as GridCell[], Buffer.byteLength(whole)];
}

function parsed(file: string, line: string, number: number): unknown {
  try {
    return parseJson(line, `${file}, line ${number}`);
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    throw new InputError(`${error.message}. ${anew(file)}`);
  }
}

/** Throws InputError for cells that belong to something else. */
function expectOwner(file: string, found: unknown, owner: Owner): void {
  if (!isObject(found) || found.heed !== format)
    throw new InputError(`${file}: holds no cells of a grid. ${anew(file)}`);
  const isSame = JSON.stringify(found.experiment) === JSON.stringify(owner.experiment);
  if (isSame && found.vectors === owner.vectors) return;
  const whose =
    found.model !== owner.model
      ? `another model, ${found.model}, and this is ${owner.model}`
      : isSame
        ? `${owner.model} with other weights, an input whose file has changed, or another backend`
        : "another experiment";
  throw new InputError(`${file}: holds cells of ${whose}; they are not mixed. ${anew(file)}`);
}

function anew(file: string): string {
  return `Delete ${file} to begin anew`;
}

function isCell(value: unknown): value is GridCell {
  if (!isObject(value)) return false;
  const { layer, head, word, values } = value;
  const isPlace = (place: unknown) => place === undefined || Number.isInteger(place);
  return (
    Number.isInteger(layer) &&
    isPlace(head) &&
    isPlace(word) &&
    Array.isArray(values) &&
    values.every((number) => Number.isFinite(number))
  );
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

/** A checksum of the last vectors of the text, and of the other texts, pictures and sounds whose numbers are taken. */
async function vectorsOf(subject: Subject, { change }: GridPlan): Promise<string> {
  const { model } = subject;
  const sites = [finalSite(model), "decoder.final"].filter((site) => model.sites.has(site));
  const runs = [await subject.clean(sites)];
  for (const other of takenFrom(change)) runs.push(await subject.runOf(other, sites));
  const digest = createHash("sha256");
  for (const { trace } of runs)
    for (const site of sites) {
      const { buffer, byteOffset, byteLength } = trace.get(site).data;
      digest.update(new Uint8Array(buffer, byteOffset, byteLength));
    }
  return digest.digest("hex");
}

/** Whose numbers a change takes; of texts to be averaged what the experiment says is all, so only files are asked. */
function takenFrom(change: GridPlan["change"]): readonly OtherInput[] {
  if (change.kind === "transplant") return [change.from];
  if (typeof change.by === "string") return [];
  const others = "mean" in change.by ? change.by.mean : change.by.resample;
  if (typeof others === "string") return [];
  return others.filter((one) => typeof one === "object" && ("image" in one || "sound" in one));
}
