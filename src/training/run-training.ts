import type { Batch } from "./batch.ts";
import type { Filming } from "./film/filming.ts";
import type { StepResult, Trainer } from "./trainer.ts";

/** What a training does from its first step to its last. */
export interface TrainingRun {
  readonly trainer: Trainer;
  /** Steps in all. */
  readonly steps: number;
  /** Steps that another trainer made before: a film counts on from there. 0 if not given. */
  readonly before?: number;
  /** The batch of a step, counted from 1. */
  batch(step: number): Batch;
  /** Examples that no step sees; undefined where there are none. */
  heldOut(): readonly Batch[];
  /** Steps between evaluations. */
  readonly evaluateEvery: number;
  readonly film?: Filming;
  /** Steps that get a frame, counted as `batch` counts. */
  readonly frames?: readonly number[];
  /** Steps between checkpoints. */
  readonly saveEvery?: number;
  /** Writes a checkpoint of the trainer as it is. */
  readonly save?: () => Promise<void>;
  /** Awaited behind each step: there a worker hears what is asked of it meanwhile. */
  readonly between?: () => Promise<void>;
  readonly signal?: AbortSignal;
  /** Called after every step. */
  readonly onProgress?: (progress: TrainingProgress) => void;
}

/** How far a training has come. */
export interface TrainingProgress extends StepResult {
  readonly steps: number;
  /** What was last found on examples that no step sees. */
  readonly evaluation?: HeldOut;
  /** Whether that is of this step. */
  readonly isEvaluated: boolean;
}

/** How a model does on examples that no step sees. */
export interface HeldOut {
  readonly loss: number;
  /** Share of answers that are right. */
  readonly accuracy: number;
  readonly answers: number;
}

/** Evaluates a model on batches; undefined for none. */
export async function evaluated(
  trainer: Trainer,
  batches: readonly Batch[],
): Promise<HeldOut | undefined> {
  let [loss, right, answers] = [0, 0, 0];
  for (const batch of batches) {
    const found = await trainer.evaluate(batch);
    loss += found.loss * found.answers;
    right += found.right;
    answers += found.answers;
  }
  if (answers === 0) return undefined;
  return { loss: loss / answers, accuracy: right / answers, answers };
}

/**
 * Trains to the last step, evaluating, filming and saving on the way; gives what the last evaluation found. Stopped by its signal it ends
 * between two steps, saved where it can be, and throws the signal's reason.
 */
export async function runTraining(run: TrainingRun): Promise<HeldOut | undefined> {
  const { trainer, steps, before = 0, film, frames = [], evaluateEvery, saveEvery, signal } = run;
  const due = new Set(frames);
  let last: HeldOut | undefined;
  const evaluate = async () => {
    last = await evaluated(trainer, run.heldOut());
    return last;
  };
  const frame = async (step: number, loss: number) =>
    film?.frame({ step: before + step, loss: last?.loss ?? loss, accuracy: last?.accuracy ?? 0 });
  if (film && trainer.step === 0 && due.has(0)) {
    await evaluate();
    await frame(0, 0);
  }
  while (trainer.step < steps) {
    if (signal?.aborted) {
      await run.save?.();
      signal.throwIfAborted();
    }
    const result = await trainer.train(run.batch(trainer.step + 1));
    const { step } = result;
    film?.loss(before + step, result.loss);
    const isEvaluated = step % evaluateEvery === 0 || step === steps || due.has(step);
    if (isEvaluated) await evaluate();
    if (due.has(step)) await frame(step, result.loss);
    run.onProgress?.({ ...result, steps, evaluation: last, isEvaluated });
    await run.between?.();
    if (saveEvery !== undefined && step % saveEvery === 0 && step < steps) await run.save?.();
  }
  if (!last) await evaluate();
  await run.save?.();
  return last;
}
