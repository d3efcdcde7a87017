import { html } from "lit-html";
import { rich } from "../../app/rich.ts";
import type { Words } from "../../words/words.ts";

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
