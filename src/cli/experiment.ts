import { basename } from "node:path";
import type { EffectOptions } from "../analysis/interventions/effect.ts";
import type { ExperimentFile } from "../analysis/interventions/experiment.ts";
import type { OtherInput } from "../analysis/interventions/intervention.ts";
import type { NumbersOptions } from "../analysis/interventions/row-numbers.ts";
import { openedInput, Subject } from "../analysis/interventions/subject.ts";
import type { AudioInput } from "../audio/audio.ts";
import { InputError } from "../errors/errors.ts";
import type { ImageInput } from "../images/image.ts";
import type { Model } from "../model.ts";
import { sharedName } from "../models/short-name.ts";
import { idsOf } from "./input/text-input.ts";
import { type KeptRuns, openRuns } from "./kept-runs.ts";
import { endPhase } from "./loading.ts";
import { expectTexts } from "./named.ts";
import { warn } from "./terminal/warnings.ts";

/** A subject of the command line: pictures and sounds are files. */
export async function subjectOf(model: Model, input: OtherInput): Promise<Subject> {
  const openSound = async (file: string): Promise<AudioInput> =>
    (await import("../audio/read-audio.node.ts")).readAudio(file);
  const openImage = async (file: string): Promise<ImageInput> =>
    (await import("../images/read-image.node.ts")).readImage(file);
  const openers = { openImage, openSound };
  return new Subject(model, await openedInput(input, openers), { ...openers, onWarning: warn });
}

/** An input of the command line with what the decoder reads beside it: beside ids its own, from the one it begins with on. */
export function besideDecoder(input: OtherInput, decoder: string | undefined): OtherInput {
  if (decoder === undefined) return input;
  if (typeof input === "string") return { text: input, target: decoder };
  if ("ids" in input) return { ...input, decoderIds: idsOf(decoder, "--decoder") };
  if ("sound" in input) return { ...input, target: decoder };
  throw new InputError(
    "image" in input
      ? "--decoder does nothing with a picture: a picture is read alone"
      : "--pair and --decoder contradict each other: an experiment's input is one text, beside which stands a second, or what the decoder reads. Leave out one of them",
  );
}

/** An experiment as what it found names it: models and files without their places on this machine, which the file of --save keeps as they were typed. */
export function sharedExperiment(file: ExperimentFile): ExperimentFile {
  const places = new Set(["image", "sound"]);
  const shared = (value: unknown, key = ""): unknown => {
    if (typeof value === "string") return places.has(key) ? sharedName(value) : value;
    if (Array.isArray(value)) return value.map((one) => shared(one));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([own, one]) => [own, shared(one, own)]));
  };
  const { model } = file;
  return {
    ...(shared(file) as ExperimentFile),
    ...(model && {
      model: {
        ...model,
        name: sharedName(model.name),
        ...(model.base !== undefined && { base: sharedName(model.base) }),
      },
    }),
  };
}

/** Throws InputError where a model does not read what an experiment is given. */
export function expectReader(model: Model, input: OtherInput): void {
  const sound = typeof input === "object" && "sound" in input ? input.sound : undefined;
  if (sound !== undefined || model.audio) expectTexts(model, sound);
}

/** The texts of an input, for headings. */
export function titlesOf({ tokenizer }: Pick<Model, "tokenizer">, input: OtherInput): string[] {
  if (typeof input === "string") return [input];
  if ("image" in input) return [basename(input.image)];
  if ("sound" in input)
    return [basename(input.sound), ...(input.target === undefined ? [] : [input.target])];
  if ("ids" in input)
    return [input.ids, ...(input.decoderIds ? [input.decoderIds] : [])].map(
      (ids) => tokenizer?.decode(ids) ?? ids.join(" "),
    );
  return [input.text, "pair" in input ? input.pair : input.target];
}

/** How an experiment is carried out by a command. */
export interface CarryingOut<Result, Delivered = void> {
  /** Where finished runs are kept until what was found is written. */
  readonly runs?: string | undefined;
  /** Writes the experiment's own file, once runs that stand beside it are known to be its own. */
  readonly save?: (() => Promise<void>) | undefined;
  /** What is said of one that is stopped where nothing is kept; how to have it kept if not given. */
  readonly unkept?: string;
  /** What is counted while it runs, "runs" if not given. */
  readonly counted?: string;
  /** Finds what the experiment asks. */
  readonly find: (
    options: Required<Pick<NumbersOptions, "finished" | "onProgress" | "signal">>,
  ) => Promise<Result>;
  /** Writes what was found. */
  readonly deliver: (result: Result) => Promise<Delivered>;
}

/**
 * Carries an experiment out, with its progress on a terminal's stderr. One that was stopped goes on from the runs that were kept, which stay
 * until what was found is written. Throws InputError where Ctrl-C stops it, which says where they are.
 */
export async function carriedOut<Result, Delivered>(
  subject: Subject,
  file: ExperimentFile,
  { runs, save, counted, find, deliver, unkept: reason }: CarryingOut<Result, Delivered>,
): Promise<Delivered> {
  const kept = runs === undefined ? undefined : await openRuns(runs, subject, file);
  await save?.();
  if (kept && kept.before > 0) warn(`goes on from ${runsSaid(kept.before)} in ${kept.file}`);
  const progress = progressLine(counted);
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  process.once("SIGINT", stop);
  const unkept = new Map<string, readonly number[]>();
  try {
    const result = await find({
      finished: kept ?? unkept,
      onProgress: progress.show,
      signal: stopping.signal,
    });
    progress.end();
    process.off("SIGINT", stop);
    endPhase("run");
    const delivered = await deliver(result);
    kept?.remove();
    return delivered;
  } catch (error) {
    if (error !== stopping.signal.reason || !stopping.signal.aborted) throw error;
    throw new InputError(stoppedText(kept, unkept.size, reason));
  } finally {
    progress.end();
    process.off("SIGINT", stop);
    kept?.close();
  }
}

function stoppedText(
  kept: KeptRuns | undefined,
  unkept: number,
  because = "nothing is kept. With --save FILE or --out FILE what is finished stays beside it, and the same command goes on",
): string {
  return kept
    ? `stopped: ${runsSaid(kept.count)} ${kept.count === 1 ? "is" : "are"} kept in ${kept.file}. The same command goes on from there`
    : `stopped after ${runsSaid(unkept)}, and ${because}`;
}

function runsSaid(runs: number): string {
  return runs === 1 ? "1 finished run" : `${runs} finished runs`;
}

/** One line on a terminal's stderr: how many runs of all are done; of short work nothing is shown. */
export function progressLine(what = "runs"): {
  show: NonNullable<EffectOptions["onProgress"]>;
  end(): void;
} {
  const started = performance.now();
  const quiet = 1000;
  let isOpen = false;
  return {
    show(done, all) {
      if (!process.stderr.isTTY || performance.now() - started < quiet) return;
      process.stderr.write(`\r${done} of ${all} ${what}`);
      isOpen = true;
    },
    end() {
      if (isOpen) process.stderr.write("\r\u001b[K");
      isOpen = false;
    },
  };
}
