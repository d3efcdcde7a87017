import type { TrainingProgress } from "../../../training/run-training.ts";
import type { TrainingJob } from "./job.ts";

/** Redrawn so often at most. */
const pause = 100;

/** One line on stderr that follows a training; a pipe gets a line an evaluation. */
export function trainingProgress({ chance }: Pick<TrainingJob, "chance">) {
  const { stderr } = process;
  const started = performance.now();
  let first: number | undefined;
  let shown = 0;
  let isOpen = false;
  return {
    show(progress: TrainingProgress): void {
      first ??= progress.step - 1;
      const now = performance.now();
      const each = (now - started) / (progress.step - first);
      const line = progressLine(progress, { chance, each });
      if (!stderr.isTTY) {
        if (progress.isEvaluated) stderr.write(`${line}\n`);
        return;
      }
      if (now - shown < pause && !progress.isEvaluated) return;
      shown = now;
      const width = Math.max(20, (stderr.columns || 80) - 1);
      stderr.write(`\r${line.slice(0, width).padEnd(width)}`);
      isOpen = true;
    },
    end(): void {
      if (isOpen) stderr.write("\n");
      isOpen = false;
    },
  };
}

/** "step 120 of 450  loss 0.312  right 0.94 (guessing 0.50)  12 ms a step  4 s left" */
export function progressLine(
  { step, steps, loss, evaluation }: TrainingProgress,
  { chance, each }: { readonly chance: number | undefined; readonly each: number },
): string {
  const guessing = chance === undefined ? "" : ` (guessing ${chance.toFixed(2)})`;
  const right = evaluation ? `right ${evaluation.accuracy.toFixed(3)}${guessing}` : undefined;
  return [
    `step ${step} of ${steps}`,
    `loss ${loss.toFixed(3)}`,
    ...(right ? [right] : []),
    `${each < 10 ? each.toFixed(1) : Math.round(each)} ms a step`,
    `${timeText(((steps - step) * each) / 1000)} left`,
  ].join("  ");
}

/** 75 → "1 min 15 s" */
export function timeText(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
