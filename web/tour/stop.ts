import type { State } from "../state/state.ts";
import { quizSetup } from "./quiz.ts";
import { stations } from "./stations.ts";

/** The questions at the end, as the step that a link names. */
export const quiz = "quiz";

/** The tour's stops in their order, by the steps that links name. */
export const stops: readonly string[] = [...stations.map(({ id }) => id), quiz];

/** What the page shows when a stop begins; undefined for what is none. */
export function setupOf(stop: string | undefined): Partial<State> | undefined {
  return stop === quiz ? quizSetup : stations.find(({ id }) => id === stop)?.setup;
}
