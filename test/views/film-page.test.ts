import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { reference } from "../../src/backends/reference/reference.ts";
import { memorySource } from "../../src/checkpoint/memory.ts";
import { loadFrom } from "../../src/model.ts";
import {
  type Film,
  Filming,
  previousToken,
  taskBatch,
  taskModel,
} from "../../src/training/index.ts";
import { filmHtml, filmSvg } from "../../src/views/film/film.ts";
import { drawn, noChromium, openChromium } from "../support/chromium.ts";
import { expectAccessible } from "../web/support/app-page.ts";

let browser: Browser | undefined;
let folder = "";
let film: Film;

beforeAll(async () => {
  const files = await taskModel(previousToken, { seed: 1, shape: { width: 16 } });
  const model = await loadFrom(memorySource(files, "tiny"), reference());
  const trainer = await model.trainer({ steps: 20, rate: 0.02 });
  const filming = new Filming(model, {
    title: "<img src=x onerror=alert(1)> learns",
    seed: 1,
    steps: 20,
    chance: 0.1,
    probes: previousToken.probes,
    patterns: ["previous"],
  });
  await filming.frame({ step: 0, loss: 3.3, accuracy: 0.04 });
  for (let number = 1; number <= 20; number++) {
    const batch = taskBatch(previousToken, { family: "gpt2", seed: 1, number, count: 4 });
    filming.loss(number, (await trainer.train(batch)).loss);
    if (number % 10 === 0) await filming.frame({ step: number, loss: 2, accuracy: number / 20 });
  }
  film = filming.film();
  await model.dispose();
  folder = await mkdtemp(join(tmpdir(), "heed-film-"));
  await writeFile(join(folder, "film.html"), filmHtml(film));
  browser = await openChromium();
});

afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true });
});

test("what is no film is refused, with what a film is", () => {
  const wrong = { ...film, format: "another" } as unknown as Film;
  expect(() => filmHtml(wrong)).toThrow('its format must be "heed film 1"');
  expect(() => filmHtml({ ...film, frames: [] })).toThrow("no frames");
});

test("a strip says its steps, and draws where the head looks", () => {
  const svg = filmSvg(film, { width: 900 });
  for (const part of ["step 0", "step 10", "step 20", "Singular values", "from seed 1"])
    expect(svg).toContain(part);
  expect(svg).not.toContain("<img");
  expect(filmSvg(film, { width: 360 })).toContain('width="360"');
});

async function open(width: number): Promise<Page> {
  const page = await browser!.newPage({ viewport: { width, height: 740 } });
  await page.goto(pathToFileURL(join(folder, "film.html")).href);
  await drawn(page);
  return page;
}

const step = (page: Page) => page.locator("heed-film .facts strong").textContent();

test("a page shows the last step, and the slider goes back to the first", async (context) => {
  if (!browser) return context.skip(noChromium);
  const page = await open(1000);
  expect(await step(page)).toBe("Step 20 of 20");
  const slider = page.getByRole("slider", { name: "Step" });
  await slider.press("Home");
  await drawn(page);
  expect(await step(page)).toBe("Step 0 of 20");
  expect(await slider.getAttribute("aria-valuetext")).toBe("Step 0 of 20, right: 0.04");
  await slider.press("ArrowRight");
  await drawn(page);
  expect(await step(page)).toBe("Step 10 of 20");
  await page.getByRole("button", { name: "Head L0H1" }).click();
  await drawn(page);
  expect(await page.locator("heed-film h2", { hasText: "Head L0H1" }).count()).toBe(1);
  expect(await page.locator("heed-film img").count()).toBe(0);
  await expectAccessible(page);
  await page.close();
});

test("it plays from the first step to the last, and fits a telephone", async (context) => {
  if (!browser) return context.skip(noChromium);
  const page = await open(360);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  await page.getByRole("button", { name: "Play" }).click();
  await page.waitForFunction(() => {
    const root = document.querySelector("heed-film")?.shadowRoot;
    return root?.querySelector(".facts strong")?.textContent === "Step 0 of 20";
  });
  await page.getByRole("button", { name: "Play" }).waitFor();
  expect(await step(page)).toBe("Step 20 of 20");
  await page.close();
});
