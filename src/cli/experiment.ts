import type { EffectOptions } from "../analysis/interventions/effect.ts";
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

/** Carries an experiment out, with its progress on a terminal's stderr. */
export async function carriedOut(
  subject: Subject,
  file: RunnableExperiment,
  foretell = false,
): Promise<ExperimentResult> {
  const progress = progressLine();
  try {
    return await runExperiment(subject, file, { onProgress: progress.show, foretell });
  } finally {
    progress.end();
  }
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
