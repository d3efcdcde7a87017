import { parseJson } from "../../checkpoint/json/strict-json.ts";
import { CheckpointError, HeedError } from "../../errors/errors.ts";
import { nearest } from "../../errors/nearest.ts";
import type { LoadedModel } from "../../models/loaded-model.ts";
import { classificationChecks } from "./classification.ts";
import { sentencesChecks } from "./sentences.ts";
import type { TaskCase, TaskCheck, TaskDifference, TaskFiles } from "./task-case.ts";
import { writingChecks } from "./writing.ts";

const checks: Readonly<Record<string, TaskCheck>> = {
  ...classificationChecks,
  ...sentencesChecks,
  ...writingChecks,
};

/** The cases of a tasks.json. Throws CheckpointError for another file. */
export function readTaskCases(text: string, place: string): readonly TaskCase[] {
  const parsed = parseJson(text, place) as { format?: unknown; cases?: unknown } | null;
  if (parsed?.format !== "heed-tasks-1" || !Array.isArray(parsed.cases))
    throw new CheckpointError(
      `${place}: the format is ${JSON.stringify(parsed?.format)}, needs "heed-tasks-1" and a list of cases`,
    );
  if (parsed.cases.length === 0) throw new CheckpointError(`${place} holds no cases`);
  for (const [index, given] of parsed.cases.entries())
    if (typeof given !== "object" || given === null || typeof given.task !== "string")
      throw new CheckpointError(
        `${place}: case ${index} needs a task, an input and what is expected`,
      );
  return parsed.cases.map((given) => ({ ...given, options: given.options ?? {} }));
}

/** Every case answered by the model and compared with what was recorded. Throws CheckpointError for a task heed does not know; a case that a task refuses has failed. */
export async function verifyTasks(
  model: LoadedModel,
  cases: readonly TaskCase[],
  files: TaskFiles,
  place = "tasks.json",
): Promise<TaskDifference[]> {
  const found: TaskDifference[] = [];
  for (const [index, given] of cases.entries()) {
    const check = Object.hasOwn(checks, given.task) ? checks[given.task] : undefined;
    if (!check)
      throw new CheckpointError(
        `${place}: case ${index} is a "${given.task}", which heed does not know${nearest(given.task, Object.keys(checks))}`,
      );
    const text = JSON.stringify(given.input) ?? "nothing";
    const name = `${given.task} ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`;
    found.push({ name, ...(await attempt(check, { model, given, files })) });
  }
  return found;
}

/** A case that the model cannot answer is one that does not agree. */
async function attempt(
  check: TaskCheck,
  { model, given, files }: { model: LoadedModel; given: TaskCase; files: TaskFiles },
): Promise<Omit<TaskDifference, "name">> {
  try {
    const { difference, allowed, reason } = await check(model, given, files);
    return { difference, allowed, passed: difference <= allowed, reason };
  } catch (error) {
    if (!(error instanceof HeedError)) throw error;
    return { difference: 1, allowed: 0, passed: false, reason: error.message };
  }
}
