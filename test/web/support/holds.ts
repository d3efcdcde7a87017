import type { Page } from "playwright-core";
import { drawn } from "../../support/chromium.ts";

const longestMs = 30_000;

/**
 * Resolves when an expression, or what it promises, holds in a page, which may go elsewhere meanwhile, and the page has drawn it;
 * a policy forbids Playwright's own way.
 */
export async function holds(page: Page, expression: string): Promise<void> {
  const end = Date.now() + longestMs;
  // A document that is being left answers nothing.
  const isHeld = async () => {
    if ((await page.evaluate(expression)) !== true) return false;
    await drawn(page);
    return true;
  };
  while (!(await isHeld().catch(() => false))) {
    if (Date.now() > end) throw new Error(`does not hold: ${expression}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
