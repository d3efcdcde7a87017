import { html, type TemplateResult } from "lit-html";
import type { AppContext } from "./context.ts";
import { inEnglish } from "./in-english.ts";

/** Panels that look at a run. */
const looking: ReadonlySet<string | undefined> = new Set(["steps", "change", "heads", "compare"]);

/** Why the open panel has no run to look at, and none is coming; undefined where there is one, where one is coming, or where none is looked at. */
export function whyNothing(app: AppContext): string | TemplateResult | undefined {
  const { words, model, seen, isBusy, error, state } = app;
  if (seen || isBusy || !model || !looking.has(state.panel)) return undefined;
  if (error !== undefined) return html`${words.first.failed} ${inEnglish(error)}`;
  return model.said.readsImages || model.said.readsSound ? words.first.noInput : undefined;
}
