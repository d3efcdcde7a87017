import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { load } from "../src/index.ts";
import { noChromium, openChromium } from "../test/support/chromium.ts";
import { built, type Place, served, started } from "./app.ts";

// Each app is installed from its lock file with the packed heed, built as its recipe in docs/browser.md says, and opened.
const here = fileURLToPath(new URL(".", import.meta.url));
const text = "The cat sat on the mat because it was tired.";
const named = (process.env.HEED_APPS ?? "").split(" ").filter(Boolean);
const all = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "node_modules")
  .map(({ name }) => name);
const unknown = named.filter((name) => !all.includes(name));
if (unknown.length > 0) throw new Error(`there is no app ${unknown}; there are ${all.join(", ")}`);
const apps = named.length > 0 ? named : all;

/** Apps whose packages are asked for one by one while they are developed lose files easily: they are opened so too. */
const developed: Readonly<Record<string, readonly string[]>> = {
  vite: ["node_modules/vite/bin/vite.js"],
  "vite-7": ["node_modules/vite/bin/vite.js"],
  "vite-6": ["node_modules/vite/bin/vite.js"],
  "vite-5": ["node_modules/vite/bin/vite.js"],
};

/** The policy of docs/browser.md. */
const policy = /^Content-Security-Policy: (.+)$/m.exec(
  readFileSync(`${here}/../docs/browser.md`, "utf8"),
)![1]!;
/** Parcel writes a script into the page; a script of a CDN is allowed by name. */
const policies: Readonly<Record<string, string>> = {
  parcel: policy.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'"),
  sveltekit: policy.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'"),
  script: policy.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'"),
};

let browser: Browser | undefined;
let expected = "";

beforeAll(async () => {
  browser = await openChromium();
  const model = await load();
  const run = await model.run(text, { read: ["layers.3.weights"] });
  expected = run.weight("L3H1", "it", "cat").toFixed(4);
  await model.dispose();
});

afterAll(() => browser?.close());

describe.each(apps)("%s", (app) => {
  test("built, its page and its worker give Node's number", async ({ skip }) => {
    const folder = await built(`${here}${app}`);
    if (!browser) return skip(noChromium);
    await shows(browser, await served(folder, policies[app] ?? policy), { isIsolated: true });
  });

  const server = developed[app];
  if (!server) return;
  test("while it is developed, too", async ({ skip }) => {
    await built(`${here}${app}`);
    if (!browser) return skip(noChromium);
    await shows(browser, await started(`${here}${app}`, server), { isIsolated: false });
  });
});

async function shows(browser: Browser, place: Place, { isIsolated }: { isIsolated: boolean }) {
  const tab = await browser.newPage();
  const errors: string[] = [];
  tab.on("pageerror", (error) => errors.push(error.message));
  try {
    await tab.goto(place.address);
    const lines = tab.locator("p");
    for (const line of await lines.all()) {
      const settled = line.filter({ hasNotText: "loading" }).waitFor({ timeout: 60_000 });
      await settled.catch((error) => {
        throw new Error(`${error.message}\n${errors.join("\n")}`);
      });
      expect(await line.textContent()).toBe(expected);
    }
    expect(await lines.count()).toBeGreaterThan(0);
    expect(await tab.evaluate("crossOriginIsolated")).toBe(isIsolated);
    expect(errors).toEqual([]);
  } finally {
    await tab.close();
    await place.close();
  }
}
