import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { noChromium, openChromium } from "../support/chromium.ts";
import { isThere } from "./support/app.ts";
import { complaintsOf, holds } from "./support/app-page.ts";
import { type AppServer, serveApp } from "./support/app-server.ts";
import { packagedApp } from "./support/built-app.ts";
import { differences, layoutOf, type Reference, show, views, windows } from "./support/layout.ts";

// Screenshots against committed ones, by what is where. `npx tsx scripts/explorer-layout.ts` renews them: look at the pictures it writes.

const references: Readonly<Record<string, Reference>> = JSON.parse(
  readFileSync(new URL("layout.json", import.meta.url), "utf8"),
);
let browser: Browser | undefined;
let server: AppServer;
let page: Page;
let complaints: string[] = [];

beforeAll(async () => {
  server = await serveApp(await packagedApp());
  browser = await openChromium();
  if (!browser) return;
  page = await browser.newPage({ reducedMotion: "reduce" });
  complaints = complaintsOf(page);
  await page.goto(server.address);
  await holds(page, isThere);
});
beforeEach(({ skip }) => {
  if (!browser) skip(noChromium);
});
afterAll(async () => {
  await browser?.close();
  await server.close();
});

const cases = Object.keys(views).flatMap((view) =>
  Object.keys(windows).flatMap((size) =>
    (["light", "dark"] as const).map((theme) => [view, size, theme] as const),
  ),
);

test.each(cases)("%s, %s, %s", async (view, size, theme) => {
  await show(page, view, { size, theme });
  const reference = references[`${view} ${size} ${theme}`]!;
  expect(differences(await layoutOf(page, view), reference, windows[size]!.width)).toEqual([]);
});

test("a panel that is gone, empty or under another one is found", async () => {
  await show(page, "change", { size: "wide", theme: "light" });
  const reference = references["change wide light"]!;
  const found = async (change: string) => {
    await page.evaluate(`{ ${panelParts} ${change} }`);
    const said = differences(await layoutOf(page, "change"), reference, 1280);
    await page.evaluate(
      `{ ${panelParts} strip.style = ""; cause.style = ""; verdict.style = ""; }`,
    );
    return said;
  };
  expect(await found("strip.style.display = 'none'")).toContain("strip is not there");
  expect(await found("cause.style.opacity = '0'")).toEqual(
    expect.arrayContaining([expect.stringMatching(/^(links is not there|0 of links)/)]),
  );
  expect(await found("verdict.style.color = 'transparent'")).toEqual([
    expect.stringMatching(/^0(\.\d+)? of verdict is drawn on/),
  ]);
  expect(await found("strip.style.cssText = 'position: relative; left: -600px'")).toEqual(
    expect.arrayContaining(["links and strip lie over each other"]),
  );
  expect(await found("")).toEqual([]);
});

/** Parts of the panel by name, in the page. */
const panelParts = `
  const root = document.querySelector("heed-app").shadowRoot.querySelector("heed-app-change").shadowRoot;
  const [strip, cause, verdict] = [".strip", ".cause", ".verdict"].map((name) => root.querySelector(name));`;

test("nothing was complained about", () => {
  expect(complaints).toEqual([]);
});
