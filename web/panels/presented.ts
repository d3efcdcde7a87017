import type { State } from "../state/state.ts";

/** The step so many views on from the one on a lecture's screen, of a panel that has several; undefined before the first and behind the last. */
export function viewAfter(
  { step }: Pick<State, "step">,
  by: number,
  views: readonly (string | undefined)[],
): Pick<State, "step"> | undefined {
  const next = Math.max(0, views.indexOf(step)) + by;
  return next in views ? { step: views[next] } : undefined;
}
