import { previousToken, repeatedSequence, sorting } from "./symbols.ts";
import type { TrainingTask } from "./task.ts";
import { tinyWorldTask } from "./tiny-world.ts";

/** The tasks that come with heed. */
export const trainingTasks: readonly TrainingTask[] = [
  tinyWorldTask,
  previousToken,
  repeatedSequence,
  sorting,
];
