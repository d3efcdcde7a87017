import { InputError } from "../errors/errors.ts";
import { expectKeys } from "../errors/options.ts";
import { makeRandom } from "../tasks/sampling.ts";
import { type Batch, batchOf } from "./batch.ts";
import { configOf, type ModelShape, type TrainedFamily } from "./model-shape.ts";
import { type ModelFiles, newModel } from "./new-model.ts";
import type { Split, TrainingTask } from "./tasks/task.ts";
import { wordIds, wordTokenizer } from "./word-tokenizer.ts";

/** The files of a new model that can learn a task: its shape is the task's, unless said otherwise. */
export async function taskModel(
  task: TrainingTask,
  options: { readonly shape?: Partial<ModelShape>; readonly seed?: number } = {},
): Promise<ModelFiles> {
  expectKeys(options, { shape: true, seed: true }, "taskModel");
  const { shape = {}, seed = 0 } = options;
  const family = taskFamily(task, shape.family);
  const { layers, heads, width, positions } = { ...task.recipe, ...defined(shape) };
  const vocabulary = 5 + task.words.length;
  const ids = { begin: wordIds.begin, end: wordIds.end, padding: wordIds.padding };
  const config = configOf({ ...shape, family, layers, heads, width, positions }, vocabulary, ids);
  return newModel(config, { seed, others: wordTokenizer(task.words) });
}

/** The family that learns a task. Throws InputError for one that cannot. */
export function taskFamily(task: TrainingTask, family?: TrainedFamily): TrainedFamily {
  const own = family ?? task.families[0]!;
  if (!task.families.includes(own))
    throw new InputError(
      `train: ${own} cannot learn the task "${task.name}" as it is put; ${task.families.join(", ")} can`,
    );
  return own;
}

/** Batch `number` of a task: the same seed and number draw the same examples everywhere, in whatever order they are asked for. */
export function taskBatch(
  task: TrainingTask,
  { family, seed, number, count, split = "learned" }: TaskBatch,
): Batch {
  const random = makeRandom(seed, 2 * number + (split === "learned" ? 0 : 1));
  const examples = Array.from({ length: count }, () => task.example(random, split, family));
  return batchOf(examples, wordIds.padding);
}

/** Which batch of a task: the same numbers draw the same examples. */
export interface TaskBatch {
  readonly family: TrainedFamily;
  readonly seed: number;
  readonly number: number;
  /** Examples in it. */
  readonly count: number;
  readonly split?: Split;
}

function defined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}
