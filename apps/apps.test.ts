import { readdirSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { load } from "../src/index.ts";
import { noChromium, openChromium } from "../test/support/chromium.ts";
import { built, cdnServed, install, type Place, served, started } from "./app.ts";

// Each app is installed from its lock file with the packed heed, built as its recipe in docs/browser.md says, and opened.
const here = fileURLToPath(new URL(".", import.meta.url));
const text = "The cat sat on the mat because it was tired.";
const named = (process.env.HEED_APPS ?? "").split(" ").filter(Boolean);
const folders = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !["node_modules", "runtimes"].includes(entry.name))
  .map(({ name }) => name);
/** Apps that are another's folder, built by another script of its package.json. */
const otherBuilds: Readonly<Record<string, readonly [folder: string, script: string]>> = {
  "next-webpack": ["next", "build:webpack"],
};
const all = [...folders, ...Object.keys(otherBuilds)];
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

const guide = readFileSync(`${here}/../docs/browser.md`, "utf8");
/** The policies of docs/browser.md: for what is built, and for a page that takes heed from a CDN. */
const policy = /^Content-Security-Policy: ((?!.*https:).+)$/m.exec(guide)![1]!;
const cdnPolicy = /^Content-Security-Policy: (.*https:.+)$/m.exec(guide)![1]!;
/** Parcel and SvelteKit write a script into the page, and SvelteKit styles. */
const withScripts = policy.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'");
const policies: Readonly<Record<string, string>> = {
  parcel: withScripts,
  sveltekit: `${withScripts}; style-src 'self' 'unsafe-inline'`,
  script: cdnPolicy,
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
  const [folder, script] = otherBuilds[app] ?? [app, "build"];

  test("built, its page and its worker give Node's number", async ({ skip }) => {
    const output = await built(`${here}${folder}`, script);
    if (!browser) return skip(noChromium);
    await shows(browser, await served(output, policies[app] ?? policy), { isIsolated: true });
  });

  const server = developed[app];
  if (server)
    test("while it is developed, too", async ({ skip }) => {
      await install(`${here}${app}`);
      if (!browser) return skip(noChromium);
      await shows(browser, await started(`${here}${app}`, server), { isIsolated: false });
    });
});

if (apps.includes("esbuild"))
  test("an app without heed/model stays small, and load() names what is missing", async ({
    skip,
  }) => {
    const folder = await built(`${here}esbuild`, "build:without-model");
    const files = readdirSync(folder).map((file) => [file, statSync(`${folder}/${file}`).size]);
    expect(files).toEqual([["without-model.js", expect.toSatisfy((size) => size < 1_700_000)]]);
    if (!browser) return skip(noChromium);
    const place = await served(`${here}esbuild`, policy);
    const tab = await browser.newPage();
    try {
      await tab.goto(`${place.address}without-model.html`);
      const line = tab.locator("#answer").filter({ hasNotText: "loading" });
      expect(await line.textContent({ timeout: 60_000 })).toMatch(
        /^InputError: load: .*import embedded from "heed\/model"; await load\(embedded\)/,
      );
    } finally {
      await tab.close();
      await place.close();
    }
  });

async function shows(browser: Browser, place: Place, { isIsolated }: { isIsolated: boolean }) {
  const tab = await browser.newPage();
  const errors: string[] = [];
  tab.on("pageerror", (error) => errors.push(error.message));
  tab.on("console", (said) => said.type() === "error" && errors.push(said.text()));
  try {
    await cdnServed(tab);
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
