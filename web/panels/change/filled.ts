import { html } from "lit-html";

/** A sentence with its {places} filled: words in the colours of their roles, never markup. */
export function filled(
  sentence: string,
  values: Readonly<Record<string, { readonly text: string; readonly role?: string }>>,
): unknown {
  return sentence.split(/(\{\w+\})/).map((part) => {
    const value = values[part.slice(1, -1)];
    return part.startsWith("{") && value
      ? html`<strong class=${value.role ?? ""} dir="auto">${value.text}</strong>`
      : part;
  });
}
