/**
 * Models that learn: new ones and loaded ones, whole or in part, on tasks whose answer shows in their attention, with a film of every head.
 *
 *     const files = await taskModel(tinyWorldTask, { seed: 1 });
 *     const model = await load(memorySource(files, "tiny world"), { dtype: "f32" });
 *     const trainer = await model.trainer({ steps: 500, rate: 2e-3 });
 *     for (let step = 1; step <= 500; step++)
 *       await trainer.train(taskBatch(tinyWorldTask, { family: "bert", seed: 1, number: step, count: 64 }));
 *     await model.run("the cat sat on the mat because it was tired .");
 *
 * @module heed/training
 */

export { memorySource } from "../checkpoint/memory.ts";
export { type Batch, batchOf, type Example } from "./batch.ts";
export type { DropHeads } from "./drop-heads.ts";
export {
  type Film,
  type FilmDirection,
  type FilmFrame,
  type FilmHead,
  type FilmMeasure,
  filmFormat,
} from "./film/film.ts";
export { Filming, type FilmOptions, type FrameFacts, frameSteps } from "./film/filming.ts";
export type { LearnedPart, Master } from "./learned-part.ts";
export type { LowRank } from "./learned-parts.ts";
export {
  configOf,
  type ModelShape,
  type SpecialIds,
  type TrainedFamily,
  trainedFamilies,
} from "./model-shape.ts";
export { type ModelFiles, newModel } from "./new-model.ts";
export {
  evaluated,
  type HeldOut,
  runTraining,
  type TrainingProgress,
  type TrainingRun,
} from "./run-training.ts";
export { rateAt, type Schedule } from "./schedule.ts";
export { previousToken, repeatedSequence, sorting } from "./tasks/symbols.ts";
export {
  idsOf,
  type Probe,
  type ProbeLink,
  type Question,
  type QuestionForm,
  questionExample,
  type Random,
  type Recipe,
  type Split,
  type TrainingTask,
} from "./tasks/task.ts";
export { trainingTasks } from "./tasks/tasks.ts";
export { type TinySentence, tinySentence, tinyWorld, tinyWorldTask } from "./tasks/tiny-world.ts";
export { textIds, textTokenizer } from "./text-tokenizer.ts";
export { type TextBatches, type TextModel, textBatches } from "./texts.ts";
export { type TaskBatch, taskBatch, taskFamily, taskModel } from "./train-task.ts";
export { type Evaluation, type StepResult, Trainer, type TrainerOptions } from "./trainer.ts";
export type { TrainingState } from "./training-state.ts";
export { wordIds, wordTokenizer } from "./word-tokenizer.ts";
