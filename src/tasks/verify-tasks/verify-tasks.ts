import { CheckpointError } from "../../errors/errors.ts";
import { nearest } from "../../errors/nearest.ts";
import type { LoadedModel } from "../../models/loaded-model.ts";
import { classificationChecks } from "./classification.ts";
import { sentencesChecks } from "./sentences.ts";
import type { TaskCase, TaskCheck, TaskDifference } from "./task-case.ts";
import { writingChecks } from "./writing.ts";

const checks: Readonly<Record<string, TaskCheck>> = {
  ...classificationChecks,
  ...sentencesChecks,
  ...writingChecks,
};

/** The cases of a tasks.json. Throws CheckpointError for another file. */
export function readTaskCases(text: string, place: string): readonly TaskCase[] {
  let parsed: { readonly format?: unknown; readonly cases?: unknown };
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new CheckpointError(`${place} is not JSON: ${(error as Error).message}`);
  }
  if (parsed?.format !== "heed-tasks-1" || !Array.isArray(parsed.cases))
    throw new CheckpointError(
      `${place}: the format is ${JSON.stringify(parsed?.format)}, needs "heed-tasks-1" and a list of cases`,
    );
  return parsed.cases;
}

/** Every case answered by the model and compared with what was recorded. Throws CheckpointError for a task heed does not know. */
export async function verifyTasks(
  model: LoadedModel,
  cases: readonly TaskCase[],
  place = "tasks.json",
): Promise<TaskDifference[]> {
  const found: TaskDifference[] = [];
  for (const [index, given] of cases.entries()) {
    const check = Object.hasOwn(checks, given.task) ? checks[given.task] : undefined;
    if (!check)
      throw new CheckpointError(
        `${place}: case ${index} is a "${given.task}", which heed does not know${nearest(given.task, Object.keys(checks))}`,
      );
    const { difference, allowed, reason } = await check(model, given);
    const text = JSON.stringify(given.input);
    const name = `${given.task} ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`;
    found.push({ name, difference, allowed, passed: difference <= allowed, reason });
  }
  return found;
}
