import { html, type TemplateResult } from "lit-html";

/**
 * A text of the words file as markup: `{name}` is the value of that name, `[name|shown]` a term that explains itself when it is tapped, W^Q has its
 * Q above the line.
 * Values are texts or templates, never markup.
 */
export function rich(
  text: string,
  values: Readonly<Record<string, unknown>> = {},
  explain?: (term: string) => void,
): unknown[] {
  return text.split(/(\{\w+\}|\[\w+\|[^\]]+\]|\^[QKVO])/).map((part): unknown => {
    if (/^\^[QKVO]$/.test(part)) return html`<sup>${part.slice(1)}</sup>`;
    const [, name] = /^\{(\w+)\}$/.exec(part) ?? [];
    if (name !== undefined) return name in values ? values[name] : part;
    const [, term, shown] = /^\[(\w+)\|([^\]]+)\]$/.exec(part) ?? [];
    if (term === undefined) return part;
    return explain ? termButton(term, shown!, explain) : shown;
  });
}

function termButton(term: string, shown: string, explain: (term: string) => void): TemplateResult {
  return html`<button type="button" class="term" @click=${() => explain(term)}>${shown}</button>`;
}
