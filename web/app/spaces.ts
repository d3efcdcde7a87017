import { html, type TemplateResult } from "lit-html";

/** A piece of a text with the blanks at its start made visible: words of most models begin with theirs, and some are nothing else. */
export function withBlanks(text: string): TemplateResult {
  const [blanks = ""] = /^\s*/u.exec(text) ?? [];
  const shown = [...blanks].map((blank) => (blank === "\n" ? "↵" : blank === "\t" ? "⇥" : "␣"));
  return html`<span class="blanks">${shown.join("")}</span>${text.slice(blanks.length)}`;
}
