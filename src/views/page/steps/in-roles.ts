import { html } from "lit-html";
import type { Explained, ExplainedRole } from "../../explain/explained.ts";
import { oneLine, quote } from "../../surface.ts";
import { classOf } from "./drawn-step.ts";

/** A sentence whose words in quotation marks have the colours of their roles (classes query, first and second). */
export function inRoles(
  text: string,
  { query, target, against }: Pick<Explained, "query" | "target" | "against">,
): unknown {
  const named: readonly (readonly [string, ExplainedRole])[] = [
    [quote(query.text), "query"],
    [quote(target.text), "target"],
    ...(against ? [[quote(against.text), "against"] as const] : []),
  ];
  return oneLine(text)
    .split(/("[^"]*")/u)
    .map((part) => {
      const role = named.find(([name]) => name === part)?.[1];
      return role ? html`<span class=${classOf(role)}>${part}</span>` : part;
    });
}
