import type { Page } from "playwright-core";

const longestMs = 30_000;

/** What a page has drawn when this resolves is drawn of the state it was in before. */
const isDrawn =
  "new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(true))))";

/**
 * Resolves when an expression, or what it promises, holds in a page, which may go elsewhere meanwhile, and the page has drawn it;
 * a policy forbids Playwright's own way.
 */
export async function holds(page: Page, expression: string): Promise<void> {
  const end = Date.now() + longestMs;
  // A document that is being left answers nothing.
  while (
    (await page
      .evaluate(`Promise.resolve(${expression}).then((holds) => holds === true && ${isDrawn})`)
      .catch(() => false)) !== true
  ) {
    if (Date.now() > end) throw new Error(`does not hold: ${expression}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
