import type { AppContext } from "./context.ts";

/** Of a window's height, how much a click brings up, so that the last lines are still seen; and what is left below a view that is margin alone, in pixels. */
const share = 0.8;
const margin = 40;

/** Whether a panel's view fills a lecture's screen: it names its words itself, or is one of several that the sentence was said before. */
export function isAlone({ state: { presents, panel, step }, model }: AppContext): boolean {
  if (!presents || model?.said.readsImages || model?.said.readsSound) return false;
  const isOneOfSeveral = panel === "steps" || panel === "change";
  return panel === "heads" || panel === "compare" || (isOneOfSeveral && step !== undefined);
}

/** Panels that a lecturer works with, and nobody looks at. */
const tools: ReadonlySet<string | undefined> = new Set(["models", "talk"]);

/** What is on a lecture's screen: the sentence, where the panel that is open has nothing to show. */
export function presented(app: AppContext): AppContext {
  const { state } = app;
  const hasView = state.panel === "change" ? state.changes.length > 0 : !tools.has(state.panel);
  return state.presents && !hasView
    ? { ...app, state: { ...state, panel: undefined, step: undefined } }
    : app;
}

/** Brings up more of a view that is longer than the screen; false where all of it was seen, that way. */
export function scrolledOn(by: number): boolean {
  const { scrollHeight, scrollTop, clientHeight } = document.documentElement;
  const left = by > 0 ? scrollHeight - clientHeight - scrollTop : scrollTop;
  if (left <= margin) return false;
  scrollBy({ top: by * share * clientHeight });
  return true;
}
