import type { TaskCheck } from "./task-case.ts";

/** Checks by the name of their task. */
export const writingChecks: Readonly<Record<string, TaskCheck>> = {};
