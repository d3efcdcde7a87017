import { existsSync } from "node:fs";
import { InputError } from "../errors/errors.ts";
import { type EmbeddedModel, embeddedModels, load } from "../load.node.ts";
import type { Model } from "../model.ts";
import type { LoadOptions } from "../models/load.ts";
import { refuseIdle } from "./options/idle-options.ts";
import { formatBytes } from "./output.ts";
import { themeAnswered } from "./terminal/theme.ts";
import { warn } from "./terminal/warnings.ts";

export interface ModelOptions {
  readonly model?: string;
  readonly revision?: string;
  readonly type?: string;
  readonly headClass?: string;
  readonly tower?: string;
  readonly base?: string;
  readonly withoutAdapter?: boolean;
  readonly sourceLanguage?: string;
  readonly imageBackend?: string;
  readonly targetLanguage?: string;
  readonly backend?: string;
  readonly dtype?: string;
  readonly timing?: boolean;
}

const started = performance.now() - process.uptime() * 1000;
const phases: { readonly name: string; readonly at: number }[] = [];

/** Notes that a phase has ended, for --timing. */
export function endPhase(name: string): void {
  phases.push({ name, at: performance.now() });
}

/** Says on stderr how long each phase took, in milliseconds from the process's start; the last one ends here. */
export function sayTiming(): void {
  endPhase("print");
  let before = started;
  const parts = phases.map(({ name, at }) => {
    const text = `${name} ${Math.round(at - before)} ms`;
    before = at;
    return text;
  });
  process.stderr.write(`timing: ${parts.join(", ")}; in all ${Math.round(before - started)} ms\n`);
}

/** What a command gives its model to read: of a model of two towers that one is loaded. */
export type Reads = "texts" | "images" | "both";

const towers: Readonly<Record<string, Reads>> = { text: "texts", vision: "images", both: "both" };

/** Loads the model a command was given; progress and warnings go to stderr. */
export async function loadModel(given: ModelOptions, usual: Reads = "texts"): Promise<Model> {
  refuseIdle("load", given);
  const { tower } = given;
  if (tower !== undefined && !Object.hasOwn(towers, tower))
    throw new InputError(`--tower ${tower}: there are ${Object.keys(towers).join(", ")}`);
  const reads = tower === undefined ? usual : towers[tower]!;
  const { model, revision, type, headClass, base, withoutAdapter, backend, dtype } = given;
  const { sourceLanguage, targetLanguage, imageBackend } = given;
  endPhase("start");
  const progress = downloadProgress();
  const options: LoadOptions = {
    revision,
    type,
    headClass,
    reads: reads === "both" ? undefined : reads,
    base: await namedModel(base, "--base"),
    adapter: withoutAdapter ? false : undefined,
    sourceLanguage,
    targetLanguage,
    imageBackend: imageBackend as LoadOptions["imageBackend"],
    backend: backend as LoadOptions["backend"],
    dtype: dtype as LoadOptions["dtype"],
    onDownload: progress.show,
    onWarning: warn,
  };
  const loaded = await load(await namedModel(model), options).finally(progress.end);
  await themeAnswered();
  endPhase("load");
  if (tower !== undefined && !(reads === "both" ? loaded.towers : isTower(loaded, tower)))
    throw new InputError(
      `--tower ${tower}: ${loaded.label} (${loaded.type}) has no towers, as clip and siglip do. Leave it out`,
    );
  return loaded;
}

function isTower({ type }: Model, tower: string): boolean {
  return type.endsWith(`_${tower}_model`);
}

const writer: EmbeddedModel = "heed-stories";

/** The same for a command that needs words out: where no model was given, the one of those that come with heed which writes. */
export async function loadWriter(given: ModelOptions, reads?: Reads): Promise<Model> {
  if (given.model !== undefined) return loadModel(given, reads);
  refuseIdle("load", given);
  warn(`no --model is given: ${writer} answers, which comes with heed`);
  return loadModel({ ...given, model: writer }, reads);
}

/** A name of the table of models stands for its hub id, which is said; anything else is what it is. */
export async function namedModel<M extends string | undefined>(
  model: M,
  option = "--model",
): Promise<M | string> {
  const isEmbedded = embeddedModels.some((name) => name === model);
  if (model === undefined || isEmbedded || !/^[a-z0-9.-]+$/i.test(model) || existsSync(model))
    return model;
  const { presets } = await import("../models/presets/presets.ts");
  const preset = presets.find(({ name }) => name === model.toLowerCase());
  if (!preset) return model;
  if (!preset.hub)
    throw new InputError(
      `${option} ${model}: ${preset.title} is not public, so it cannot run. heed plan ${model} counts it`,
    );
  warn(`${model} is ${preset.hub} on the hub`);
  return preset.hub;
}

/** One line on stderr that follows a download; a pipe gets a line for each file instead. */
export function downloadProgress() {
  const { stderr } = process;
  const files = new Map<string, number>();
  let isOpen = false;
  return {
    show({ file, received, total }: { file: string; received: number; total: number }) {
      const isNew = !files.has(file);
      files.set(file, received);
      if (stderr.isTTY) {
        const width = Math.max(20, (stderr.columns || 80) - 1);
        const line = `${file}  ${formatBytes(received)} of ${formatBytes(total)}`;
        stderr.write(`\r${line.slice(0, width).padEnd(width)}`);
        isOpen = true;
      } else if (isNew) stderr.write(`fetching ${file} (${formatBytes(total)})\n`);
    },
    end() {
      if (isOpen) stderr.write("\n");
      isOpen = false;
    },
  };
}
