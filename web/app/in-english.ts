import { html, type TemplateResult } from "lit-html";

/** What the library says, which is English on every page: a voice reads it so, and it runs from the left. */
export function inEnglish(said: string): TemplateResult {
  return html`<span lang="en" dir="ltr">${said}</span>`;
}

/** A sentence of the page with what the library says within it. */
export function aroundEnglish(sentence: (said: string) => string, said: string): TemplateResult {
  const [before, ...after] = sentence(between).split(between);
  return html`${before}${inEnglish(said)}${after.join("")}`;
}

/** Stands in no sentence. */
const between = "\u{f0000}";
