import type { EffectOptions } from "../analysis/interventions/effect.ts";
import type { ExperimentFile } from "../analysis/interventions/experiment.ts";
import type { OtherInput } from "../analysis/interventions/intervention.ts";
import {
  type ExperimentResult,
  type RunnableExperiment,
  runExperiment,
} from "../analysis/interventions/run-experiment.ts";
import { openedInput, Subject } from "../analysis/interventions/subject.ts";
import type { AudioInput } from "../audio/audio.ts";
import { InputError } from "../errors/errors.ts";
import type { ImageInput } from "../images/image.ts";
import type { Model } from "../model.ts";
import { idsOf } from "./input/text-input.ts";
import { type KeptCells, openCells } from "./kept-cells.ts";
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

/** Throws InputError where a model does not read what an experiment is given. */
export function expectReader(model: Model, input: OtherInput): void {
  const sound = typeof input === "object" && "sound" in input ? input.sound : undefined;
  if (sound !== undefined || model.audio) expectTexts(model, sound);
}

/** The texts of an input, for headings. */
export function titlesOf({ tokenizer }: Pick<Model, "tokenizer">, input: OtherInput): string[] {
  if (typeof input === "string") return [input];
  if ("image" in input) return [input.image];
  if ("sound" in input) return [input.sound, ...(input.target === undefined ? [] : [input.target])];
  if ("ids" in input)
    return [input.ids, ...(input.decoderIds ? [input.decoderIds] : [])].map(
      (ids) => tokenizer?.decode(ids) ?? ids.join(" "),
    );
  return [input.text, "pair" in input ? input.pair : input.target];
}

/** How an experiment is carried out by a command. */
interface CarryingOut {
  /** Whether gradients foretell one change beside what is found. */
  readonly foretell?: boolean | undefined;
  /** Where the finished cells of a grid are kept until it is whole. */
  readonly cells?: string | undefined;
  /** Writes what was found. */
  readonly deliver: (result: ExperimentResult) => Promise<void>;
}

/**
 * Carries an experiment out, with its progress on a terminal's stderr. A grid that was stopped goes on from the cells that were kept, which
 * stay until what was found is written. Throws InputError where Ctrl-C stops it, which says where they are.
 */
export async function carriedOut(
  subject: Subject,
  file: ExperimentFile & RunnableExperiment,
  { foretell = false, cells, deliver }: CarryingOut,
): Promise<void> {
  const kept =
    cells !== undefined && file.do.kind === "grid"
      ? await openCells(cells, subject, file)
      : undefined;
  const finished = kept?.finished ?? [];
  if (kept && finished.length > 0) warn(`goes on from ${counted(finished.length)} in ${kept.file}`);
  const progress = progressLine();
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  if (file.do.kind === "grid") process.once("SIGINT", stop);
  let done = 0;
  try {
    const result = await runExperiment(subject.followed({ signal: stopping.signal }), file, {
      onProgress: progress.show,
      foretell,
      finished,
      signal: stopping.signal,
      onCell: (cell) => {
        kept?.keep(cell);
        done += 1;
      },
    });
    progress.end();
    process.off("SIGINT", stop);
    endPhase("run");
    await deliver(result);
    kept?.remove();
  } catch (error) {
    if (error !== stopping.signal.reason || !stopping.signal.aborted) throw error;
    throw new InputError(stoppedText(Math.max(done, finished.length), kept));
  } finally {
    progress.end();
    process.off("SIGINT", stop);
    kept?.close();
  }
}

function stoppedText(done: number, kept: KeptCells | undefined): string {
  return kept
    ? `stopped: ${counted(done)} ${done === 1 ? "is" : "are"} kept in ${kept.file}. The same command goes on from there`
    : `stopped after ${counted(done)}, and nothing is kept. With --save FILE or --out FILE what is finished stays beside it, and the same command goes on`;
}

function counted(cells: number): string {
  return cells === 1 ? "1 finished cell" : `${cells} finished cells`;
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
