import { html } from "lit-html";

/** A formula as it is read from the left: words of scripts that are written from the right stand alone, so that signs between them keep their places. */
export function fromTheLeft(formula: string): unknown {
  const parts = formula.split(/([\u0590-\u08ff]+(?:[ ،][\u0590-\u08ff]+)*)/u);
  return parts.map((part, n) => (n % 2 === 1 ? html`<bdi>${part}</bdi>` : part));
}
