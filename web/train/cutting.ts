import type { HeadsNeeded } from "heed/explore";
import { html, type TemplateResult } from "lit-html";
import { headText, shareText } from "../app/numbers.ts";
import type { State } from "../state/state.ts";
import type { Words } from "../words/words.ts";
import { headAt, neededMost } from "./said.ts";

export interface CutPart {
  readonly needed: HeadsNeeded;
  readonly heads: number;
  readonly chance: number;
  readonly state: State;
  readonly words: Words;
}

/** What is right without each head, beside all heads and guessing. */
export function cutPart({ needed, heads, chance, state, words }: CutPart): TemplateResult {
  const own = words.train;
  const most = neededMost(needed);
  const name = (place: number) => headText(headAt(place, heads), state);
  const row = (
    title: string,
    share: number,
    isMost = false,
  ) => html`<tr class=${isMost ? "most" : ""}>
    <th scope="row">${title}</th>
    <td>${shareText(share)}</td>
    <td><div class="bar" aria-hidden="true"><i .style=${`inline-size: ${100 * share}%`}></i><b .style=${`inset-inline-start: ${100 * chance}%`}></b></div></td>
  </tr>`;
  const facts = {
    head: name(most.place),
    left: shareText(most.left),
    whole: shareText(needed.whole),
    others: shareText(most.others),
    chance: shareText(chance),
  };
  return html`
    <p>${most.isNeeded ? own.cutFound(facts) : own.cutNone(facts)}</p>
    <table>
      <caption class="unseen">${own.cutTitle}</caption>
      <thead class="unseen"><tr><th scope="col">${own.cutHead}</th><th scope="col">${own.cutRight}</th><td></td></tr></thead>
      <tbody>
        ${row(own.noneCut, needed.whole)}
        ${needed.without.map((share, place) => row(name(place), share, most.isNeeded && place === most.place))}
      </tbody>
    </table>
    <p class="quiet">${own.cutDashed(needed.answers, shareText(chance))}</p>`;
}
