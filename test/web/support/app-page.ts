import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { expect } from "vitest";

export { holds } from "./holds.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly target: unknown; readonly failureSummary?: string }[];
}

/** Everything a page complains about from now on: errors of its console, and what nobody caught. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  return complaints;
}

/** Holds that axe-core finds nothing in a page, within open shadow roots too, in the light and in the dark. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.evaluate(axe);
    // Colours follow the theme by a frame; what is wrong stays wrong.
    await expect.poll(() => violations(page), { message: colorScheme }).toEqual([]);
  }
}

async function violations(page: Page): Promise<string[]> {
  const { violations } = await page.evaluate<{ violations: Violation[] }>(
    "axe.run(document, { resultTypes: ['violations'] })",
  );
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${help}: ${target} ${failureSummary}`),
  );
}

/** Texts that would do harm as markup or as script; what they do is seen in `globalThis.wasHarmed`. */
export const hostileTexts = [
  '<img src=x onerror="globalThis.wasHarmed = true">',
  "<script>globalThis.wasHarmed = true</script>",
  '"><svg onload="globalThis.wasHarmed = true">',
  "{{constructor.constructor('globalThis.wasHarmed = true')()}}",
];

/** Whether anything typed became an element or ran, in the document and in all open shadow roots. */
export async function expectHarmless(page: Page): Promise<void> {
  const found = await page.evaluate<string[]>(`(() => {
    const all = (root) => [...root.querySelectorAll("*")].flatMap((element) => [element, ...(element.shadowRoot ? all(element.shadowRoot) : [])]);
    const harmed = all(document).filter((element) => [...element.attributes].some(({ name }) => name.startsWith("on")) || (element.localName === "img" && element.getAttribute("src") === "x") || (element.localName === "script" && element.textContent.includes("wasHarmed")));
    return [...harmed.map((element) => element.outerHTML), ...(globalThis.wasHarmed ? ["it ran"] : [])];
  })()`);
  expect(found).toEqual([]);
}
