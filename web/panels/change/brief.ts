import { html, type TemplateResult } from "lit-html";
import type { AppContext } from "../../app/context.ts";
import { type Shown, stationName } from "./consequence.ts";
import { angleText, endOf, turnsOf } from "./verdict.ts";

/** One line for screens on which cause and consequence are not seen together: what comes of it at the end, the way there, and undo. */
export function brief(app: AppContext, shown: Shown | undefined, show: () => void): TemplateResult {
  const { change } = app.words;
  const end = shown && endOf(turnsOf(shown.effect));
  const said = end
    ? change.plain(stationName(end, app), angleText(end.angle))
    : `${change.consequence} …`;
  return html`<div class="brief chrome">
    <button type="button" class="plain" @click=${show}>${said} <span aria-hidden="true">↓</span></button>
    <button type="button" ?disabled=${!app.canUndo} @click=${() => app.undo()}>↶ ${change.undo}</button>
  </div>`;
}
