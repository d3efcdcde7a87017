import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync } from "fflate";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { noChromium, openChromium } from "../support/chromium.ts";
import { app } from "./support/app.ts";
import { complaintsOf, expectAccessible, holds } from "./support/app-page.ts";
import { type AppServer, serveApp } from "./support/app-server.ts";
import { packagedApp } from "./support/built-app.ts";

// A small model learns in the page: paused after its first steps, asked, cut, and opened as the page's model.

let browser: Browser | undefined;
let server: AppServer;
let page: Page;
let complaints: string[] = [];

beforeAll(async () => {
  server = await serveApp(await packagedApp(), {
    headers: {
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
    },
  });
  browser = await openChromium();
  if (!browser) return;
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
  page = await context.newPage();
  complaints = complaintsOf(page);
  await page.goto(`${server.address}#panel=train&train=previous,5`);
});
beforeEach(({ skip }) => {
  if (!browser) skip(noChromium);
});
afterAll(async () => {
  await browser?.close();
  await server.close();
});

const panel = () => page.locator("heed-app-train");
const press = (name: string) => page.getByRole("button", { name, exact: true }).first().click();

test("it is trained while one watches, and rests when it is paused", async () => {
  await press("Train");
  await panel().locator("heed-film canvas").first().waitFor();
  await panel().locator(".status").getByText("loss").waitFor();
  await panel().locator(".ways button", { hasText: "Pause" }).click();
  await panel().getByText("Ask it").waitFor();
  expect(await panel().locator(".status").textContent()).toMatch(/Step [1-9]\d* of 300/);
  expect(await panel().locator(".status").textContent()).toContain("guessing 0.04");
  expect(await panel().locator("[role=status]").first().textContent()).toContain("Paused");
});

test("asked, it answers beside what is right; heads are cut one after another", async () => {
  await panel().locator(".question .answer").first().waitFor();
  expect(await panel().locator(".question .answer").count()).toBe(11);
  await press("Cut one head after another");
  await panel().locator("section > table tbody tr").nth(2).waitFor();
  expect(await panel().locator("section > table tbody th").allTextContents()).toEqual([
    "no head cut",
    "L0H0",
    "L0H1",
  ]);
  expect(await panel().locator(".know").textContent()).toContain("seed 5");
  await expectAccessible(page);
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
  await page.setViewportSize({ width: 1280, height: 720 });
});

test("its files are saved under the name that its link has", async () => {
  const coming = page.waitForEvent("download");
  await press("Save the model's files");
  const download = await coming;
  expect(download.suggestedFilename()).toBe("heed-previous-seed-5.zip");
  const path = join(mkdtempSync(join(tmpdir(), "heed-trained-")), "model.zip");
  await download.saveAs(path);
  expect(Object.keys(unzipSync(readFileSync(path))).sort()).toEqual(
    ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"].map(
      (name) => `heed-previous-seed-5/${name}`,
    ),
  );
});

test("opened, it is the page's model; its link says that it is trained anew", async () => {
  await press("Open it");
  await holds(page, `${app}.model?.said.label === "heed-previous-seed-5" && !${app}.isBusy`);
  await holds(page, `${app}.seen?.layers === 1 && ${app}.seen.heads === 2`);
  expect(await page.evaluate(`${app}.state.text`)).toBe("k x a m q r z b k t");
  await holds(page, "location.hash.includes('train=previous,5')");
  const link = page.url();
  const other = await page.context().newPage();
  await other.goto(link);
  await other.locator("heed-app-train").getByText("trained anew from the same seed").waitFor();
  await other.close();
  expect(complaints).toEqual([]);
});

test("how heed-stories learned is watched, and it is opened from there", async () => {
  await page.evaluate(`${app}.set({ panel: "train" })`);
  await press("Watch how it learned");
  const stories = page.locator("heed-app-stories-film");
  await stories.locator("heed-film canvas").first().waitFor();
  await press("Open it: it writes stories");
  await holds(page, `${app}.model?.said.label === "heed-stories" && !${app}.isBusy`);
  await holds(page, "location.hash.includes('model=stories')");
  expect(await page.evaluate(`${app}.seen.layers`)).toBe(4);
  // Nobody has typed a text: the model's own is asked, where it writes the answer.
  expect(await page.evaluate(`${app}.state.text`)).toMatch(/What was dirty\? The$/);
  await page.evaluate(`${app}.set({ panel: undefined })`);
  const found = page.locator("heed-app-first .found");
  await expect.poll(() => found.textContent()).toMatch(/the#\d looks at dirty#\d with \d?\.\d/i);
  expect(complaints).toEqual([]);
});
