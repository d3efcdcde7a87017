import type { ImageInput } from "../../images/image.ts";
import type { LoadedModel } from "../../models/loaded-model.ts";

/** One question of a tasks.json, and what Python's pipeline answered. */
export interface TaskCase {
  /** "text-classification", "sentence-embedding", … */
  readonly task: string;
  readonly input: unknown;
  readonly options: Readonly<Record<string, unknown>>;
  readonly expected: unknown;
}

/** How far an answer is from the recorded one. */
export interface TaskDifference {
  /** The task and its input, shortened. */
  readonly name: string;
  /** The largest difference of a score; of vectors, of its share of their length; 1 where labels, words or ids differ. */
  readonly difference: number;
  readonly allowed: number;
  readonly passed: boolean;
  /** What was expected and what came, where a number does not say it. */
  readonly reason?: string;
}

/** What lies beside a tasks.json. */
export interface TaskFiles {
  /** A picture of the folder. Throws InputError where there is none of this name. */
  image(name: string): Promise<ImageInput>;
}

/** Answers a case and compares. Throws what the task throws. */
export type TaskCheck = (
  model: LoadedModel,
  given: TaskCase,
  files: TaskFiles,
) => Promise<Omit<TaskDifference, "name" | "passed">>;

/** Scores agree within this, vectors within this share of their length. */
export const taskTolerance = 1e-5;
