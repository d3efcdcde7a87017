import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Why tests in a browser are skipped. */
export const noChromium = "there is no Chromium on this machine (apt-get install chromium)";

/** A headless Chromium, or undefined where none is installed. */
export async function openChromium(): Promise<Browser | undefined> {
  const executablePath = process.env.CHROMIUM ?? places.find(existsSync);
  if (!executablePath) return undefined;
  return chromium.launch({
    executablePath,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** Resolves when a page has drawn what was asked of it: drawings follow by a frame. */
export async function drawn(page: Page): Promise<void> {
  await page.evaluate(
    "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))",
  );
}
