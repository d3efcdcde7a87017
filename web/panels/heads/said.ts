import type { HeadsMeasure, TextSource } from "heed/elements";
import { html, nothing } from "lit-html";
import type { AppContext } from "../../app/context.ts";
import { headText } from "../../app/numbers.ts";
import { rich } from "../../app/rich.ts";
import type { Words } from "../../words/words.ts";
import { largestOf, written } from "./measured.ts";

type Says = Words["heads"]["says"];

/** What a measure of heads is, in a sentence whose words stand out as they do above: "it" is a word of the text there, and none of the sentence's own. */
export function measureSaid(says: Says, measure: keyof Says, query: string, key: string): unknown {
  const said = says[measure];
  const text = typeof said === "string" ? said : said("{query}", "{key}");
  return rich(text, {
    query: html`<bdi class="query">${query}</bdi>`,
    key: html`<bdi class="first">${key}</bdi>`,
  });
}

/** The head with the most of a measure, and the way to it, after which `opened` is called; nothing where it is not known, or open. */
export function mostSaid(
  { state, words, set }: AppContext,
  { heads }: TextSource,
  measure: HeadsMeasure | undefined,
  opened: () => void,
): unknown {
  const largest = largestOf(measure);
  const values = Array.from(measure?.values ?? []);
  const index = values.findIndex((value) => Math.abs(value) === largest);
  const address = { layer: Math.floor(index / heads), head: index % heads };
  const isOpen = address.layer === state.layer && address.head === state.head;
  if (index < 0 || largest === 0 || isOpen) return nothing;
  const said = words.heads.most(headText(address, state), written(measure, values[index]!));
  if (state.presents) return html`<span>${said}</span>`;
  const open = () => {
    set(address);
    opened();
  };
  return html`<button type="button" class="most" @click=${open}>${said}</button>`;
}
