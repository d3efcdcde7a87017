import type { EffectOptions } from "../analysis/interventions/effect.ts";
import type { OtherInput } from "../analysis/interventions/intervention.ts";
import {
  type ExperimentResult,
  type RunnableExperiment,
  runExperiment,
} from "../analysis/interventions/run-experiment.ts";
import { Subject } from "../analysis/interventions/subject.ts";
import type { ImageInput } from "../images/image.ts";
import type { Model } from "../model.ts";
import { warn } from "./terminal/warnings.ts";

/** A subject of the command line: pictures are files. */
export async function subjectOf(model: Model, input: OtherInput): Promise<Subject> {
  const openImage = async (file: string): Promise<ImageInput> =>
    (await import("../images/read-image.node.ts")).readImage(file);
  const opened =
    typeof input === "string" || "text" in input
      ? input
      : "ids" in input
        ? [[...input.ids]]
        : await openImage(input.image);
  return new Subject(model, opened, { openImage, onWarning: warn });
}

/** The texts of an input, for headings. */
export function titlesOf({ tokenizer }: Pick<Model, "tokenizer">, input: OtherInput): string[] {
  if (typeof input === "string") return [input];
  if ("image" in input) return [input.image];
  if ("ids" in input) return [tokenizer?.decode(input.ids) ?? input.ids.join(" ")];
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
