import type { TrainingChoice } from "./state.ts";

/** What a model that was trained in the page is called: in links, in what is saved, and on screen. */
export function trainedName({ task, seed }: TrainingChoice): string {
  return `heed-${task}-seed-${seed}`;
}
