import type { Intervention } from "heed/analysis";

type Changes = readonly Intervention[];

/** What was changed before, and what was taken back. */
export interface History {
  readonly past: readonly Changes[];
  readonly future: readonly Changes[];
}

export const noHistory: History = { past: [], future: [] };

const longest = 200;

/** The history after other changes took the place of `before`. */
export function remembered({ past }: History, before: Changes): History {
  return { past: [...past, before].slice(-longest), future: [] };
}

/** One step back from `now`: what was before, and the history then. Undefined where nothing was. */
export function undone({ past, future }: History, now: Changes) {
  const before = past.at(-1);
  return (
    before && { changes: before, history: { past: past.slice(0, -1), future: [now, ...future] } }
  );
}

/** One step forth again. Undefined where nothing was taken back. */
export function redone({ past, future }: History, now: Changes) {
  const [next, ...later] = future;
  return next && { changes: next, history: { past: [...past, now], future: later } };
}
