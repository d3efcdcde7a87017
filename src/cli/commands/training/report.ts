import { visible } from "../../../errors/visible.ts";
import type { Film } from "../../../training/film/film.ts";
import type { HeldOut } from "../../../training/run-training.ts";
import type { Trainer } from "../../../training/trainer.ts";
import { headLines, modelText } from "./drawn-film.ts";
import type { TrainingJob } from "./job.ts";
import { timeText } from "./progress.ts";
import type { TrainingSettings } from "./settings.ts";

/** What is known when a training has ended. */
export interface TrainedReport {
  readonly job: TrainingJob;
  readonly settings: TrainingSettings;
  readonly trainer: Trainer;
  readonly film: Film;
  readonly found: HeldOut | undefined;
  readonly seconds: number;
  /** The step it went on from. */
  readonly first: number;
  readonly out: string | undefined;
}

/** What a training came to, for a person. */
export function trainingText({
  job,
  trainer,
  film,
  found,
  seconds,
  first,
  out,
}: TrainedReport): string {
  const { chance, guess, title } = job;
  const numbers = trainer.trained.toLocaleString("en-US");
  const steps = `${(trainer.step - first).toLocaleString("en-US")} steps`;
  const lines = [
    title,
    "",
    `model     ${modelText(film.model)}; ${numbers} numbers learned in ${steps}, ${timeText(seconds)}`,
  ];
  if (found) {
    const guessing = chance === undefined ? "" : `; guessing ${guess}: ${chance.toFixed(3)}`;
    lines.push(
      `held out  ${found.accuracy.toFixed(3)} right of ${found.answers.toLocaleString("en-US")} answers${guessing}`,
      `          loss ${found.loss.toFixed(3)} nats`,
    );
  } else lines.push("held out  nothing: the texts are too short to keep a part of them");
  for (const [n, text] of headLines(film).entries())
    lines.push(`${n ? "         " : "heads    "} ${text}`);
  const words = job.probes[0]?.text ?? "";
  lines.push(
    out === undefined
      ? "kept      nowhere: --out names a folder for it, --film a file for its film"
      : `kept      ${out}: heed "${words}" --model ${out}`,
  );
  return visible(`${lines.join("\n")}\n`);
}
