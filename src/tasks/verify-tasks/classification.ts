import type { TaskCheck } from "./task-case.ts";

/** Checks by the name of their task. */
export const classificationChecks: Readonly<Record<string, TaskCheck>> = {};
