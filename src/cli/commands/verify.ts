import { existsSync, statSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseJson } from "../../checkpoint/json/strict-json.ts";
import { readTrace } from "../../checkpoint/trace-file.ts";
import { HeedError, InputError } from "../../errors/errors.ts";
import { pictureTypes } from "../../families/pictures/types.ts";
import { load } from "../../load.node.ts";
import type { LoadOptions } from "../../models/load.ts";
import { verifyTrace } from "../../tasks/verify.ts";
import type { ImageDifference } from "../../tasks/verify-images.ts";
import type { TaskDifference } from "../../tasks/verify-tasks/task-case.ts";
import { paint } from "../../views/text/terminal.ts";
import { hasPassed, type VerifiedCase, verifyText } from "../../views/text/verify.ts";
import type { ModelOptions } from "../loading.ts";
import { type ModelJson, modelJson } from "../model-json.ts";
import { type FormatOptions, formatOf } from "../options/format.ts";
import { refuseIdle } from "../options/idle-options.ts";
import { deliver, json } from "../output.ts";
import { terminalOf } from "../terminal/terminal.ts";
import { imageReportText, verifyImageFolder } from "./verify-images.ts";
import { taskReportText, verifyTaskFolder } from "./verify-tasks.ts";
import { type TokenReport, tokenReportText, verifyTokens } from "./verify-tokens.ts";

export interface VerifyOptions extends ModelOptions, FormatOptions {
  readonly tolerance?: string;
  readonly all?: boolean;
}

interface FolderReport {
  readonly folder: string;
  /** Of a folder with a trace or answers; null where it could not be loaded. */
  readonly model?: ModelJson | null;
  readonly trace?: VerifiedCase;
  readonly tokens?: readonly TokenReport[];
  readonly images?: readonly ImageDifference[];
  readonly tasks?: readonly TaskDifference[];
  /** Why its tokens, its pictures or its answers could not be compared. */
  readonly errors: readonly string[];
}

const traceFile = "trace.safetensors";
const casesFile = "cases.jsonl";
const imagesFile = "index.json";
const tasksFile = "tasks.json";

/** `heed verify FOLDER…`: a checkpoint against a recorded trace, a tokenizer against recorded cases, images against recorded pixels, answers against recorded ones. Exit code 0 only if all agree. */
export async function verify(folders: readonly string[], options: VerifyOptions): Promise<void> {
  const format = formatOf(options, ["text", "json"] as const);
  const tolerance = toleranceOf(options.tolerance);
  const places = await expand(folders);
  const isTraced = places.some((folder) => existsSync(join(folder, traceFile)));
  const isAnswered = places.some((folder) => existsSync(join(folder, tasksFile)));
  const ofPictures = new Set<string>();
  for (const folder of places) if (await holdsPictures(folder)) ofPictures.add(folder);
  refuseIdle("verify", { ...options, format }, [
    isTraced && "a recorded trace",
    isAnswered && "recorded answers",
    ofPictures.size > 0 && "recorded pictures",
  ]);
  refuseIdle("load", options);
  const reports: FolderReport[] = [];
  for (const folder of places)
    reports.push(
      await verifyFolder(folder, tolerance, {
        ...options,
        imageBackend: ofPictures.has(folder) ? options.imageBackend : undefined,
      }),
    );
  const passed = reports.every(hasAgreed);
  const content =
    format === "json" ? json({ passed, tolerance, reports }) : reportText(reports, options);
  await deliver(content, options, format);
  if (!passed) process.exitCode = 1;
}

function toleranceOf(text = "1e-4"): number {
  const tolerance = Number(text);
  if (!Number.isFinite(tolerance) || tolerance < 0)
    throw new InputError(`--tolerance ${text}: needs a number from 0, such as 1e-4`);
  return tolerance;
}

function hasAgreed({ trace, tokens = [], images = [], tasks = [], errors }: FolderReport): boolean {
  if (errors.length > 0) return false;
  const isSame = tokens.every(({ total, agreeing }) => agreeing === total);
  const isNear = [...images, ...tasks].every(({ passed }) => passed);
  return (!trace || hasPassed(trace)) && isSame && isNear;
}

/** A folder without anything recorded stands for the folders in it that have something. */
async function expand(folders: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const folder of folders) {
    if (!existsSync(folder)) throw new InputError(`verify: there is no folder ${folder}`);
    if (!statSync(folder).isDirectory())
      throw new InputError(`verify: ${folder} is a file. Name the folder it is in`);
    if (isRecorded(folder)) {
      found.push(folder);
      continue;
    }
    const entries = await readdir(folder, { withFileTypes: true });
    const inner = entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(folder, entry.name))
      .filter(isRecorded)
      .sort();
    if (inner.length === 0)
      throw new InputError(
        `verify: ${folder} has neither ${traceFile} (a recorded forward pass) nor ${casesFile} (recorded tokens) nor ${imagesFile} (recorded pixels) nor ${tasksFile} (recorded answers), and no folder in it has`,
      );
    found.push(...inner);
  }
  return found;
}

/** Whether a folder has pixels, or answers about pictures, to compare with: what an image backend has a hand in. */
async function holdsPictures(folder: string): Promise<boolean> {
  if (existsSync(join(folder, imagesFile))) return true;
  const config = join(folder, "config.json");
  if (!existsSync(join(folder, tasksFile)) || !existsSync(config)) return false;
  const parsed = parseJson(await readFile(config, "utf8"), config);
  const { model_type: type } = (parsed ?? {}) as { readonly model_type?: unknown };
  return pictureTypes.includes(String(type));
}

function isRecorded(folder: string): boolean {
  return [traceFile, casesFile, imagesFile, tasksFile].some((file) =>
    existsSync(join(folder, file)),
  );
}

async function verifyFolder(
  folder: string,
  tolerance: number,
  options: VerifyOptions,
): Promise<FolderReport> {
  const has = (file: string) => existsSync(join(folder, file));
  const errors: string[] = [];
  const attempt = async <T>(check: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await check();
    } catch (error) {
      if (!(error instanceof HeedError)) throw error;
      errors.push(error.message);
      return undefined;
    }
  };
  const given = options as LoadOptions;
  const answered = has(tasksFile)
    ? await attempt(() => verifyTaskFolder(folder, given))
    : undefined;
  return {
    folder,
    ...(has(tasksFile) && { model: answered?.model ?? null, tasks: answered?.tasks }),
    ...(has(traceFile) ? await verifyModel(folder, tolerance, options) : {}),
    tokens: has(casesFile) ? await attempt(() => verifyTokens(folder)) : undefined,
    images: has(imagesFile)
      ? await attempt(() => verifyImageFolder(folder, given.imageBackend))
      : undefined,
    errors,
  };
}

async function verifyModel(
  folder: string,
  tolerance: number,
  options: VerifyOptions,
): Promise<{ readonly model: ModelJson | null; readonly trace: VerifiedCase }> {
  try {
    const place = join(folder, traceFile);
    const recorded = readTrace(await readFile(place), place);
    const { backend, dtype } = options as LoadOptions;
    const model = await load(folder, { backend, dtype });
    try {
      const sites = await verifyTrace(model, recorded, { tolerance, place });
      return { model: modelJson(model, options), trace: { name: folder, sites } };
    } finally {
      await model.dispose();
    }
  } catch (error) {
    if (!(error instanceof HeedError)) throw error;
    return { model: null, trace: { name: folder, sites: [], error: error.message } };
  }
}

function reportText(reports: readonly FolderReport[], { all }: VerifyOptions): string {
  const terminal = terminalOf(process.stdout);
  const traces = reports.flatMap(({ trace }) => (trace ? [trace] : []));
  const isFull = all ?? traces.length === 1;
  return [
    ...(traces.length > 0 ? [verifyText(traces, terminal, { isFull }).trimEnd()] : []),
    ...reports.flatMap(({ folder, tokens }) =>
      tokens ? [tokenReportText(folder, tokens, terminal)] : [],
    ),
    ...reports.flatMap(({ folder, images }) =>
      images ? [imageReportText(folder, images, terminal)] : [],
    ),
    ...reports.flatMap(({ folder, tasks }) =>
      tasks ? [taskReportText(folder, tasks, terminal)] : [],
    ),
    ...reports.flatMap(({ folder, errors }) =>
      errors.map(
        (error) => `${paint("FAIL", { strong: true, tone: "bad" }, terminal)}  ${folder}: ${error}`,
      ),
    ),
  ].join("\n\n");
}
