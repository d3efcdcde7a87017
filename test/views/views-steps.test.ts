import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { explain, explainReads } from "../../src/analysis/explain/explain.ts";
import { load } from "../../src/load.node.ts";
import type { Explained, StepsElement } from "../../src/views/page/elements.ts";
import { drawn, noChromium, openChromium } from "../support/chromium.ts";
import type { ElementsPage } from "../support/elements-page.ts";
import {
  complaintsOf,
  expectAccessible,
  expectHarmless,
  hostileTexts,
} from "../web/support/app-page.ts";

interface Window {
  readonly heed: ElementsPage;
  steps: StepsElement;
  said: unknown[];
}

type Given = Pick<StepsElement, "step" | "notation" | "countsFromOne">;

const text = "The cat sat on the mat because it was tired.";
let browser: Browser | undefined;
let script = "";
let explained: Explained;

beforeAll(async () => {
  browser = await openChromium();
  if (!browser) return;
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("../support/elements-page.ts", import.meta.url))],
    bundle: true,
    format: "iife",
    write: false,
  });
  script = outputFiles[0]!.text;
  const model = await load();
  const question = { head: "L3H1", word: "it", to: "cat", against: "mat" };
  const run = await model.run(text, { read: explainReads(model, question) });
  explained = JSON.parse(JSON.stringify(await explain(model, run, question)));
  await model.dispose();
});

afterAll(() => browser?.close());

/** A page with the element over the explanation, its step open, and what it says kept. */
async function show(given: Partial<Given> = {}, width = 700): Promise<Page> {
  const page = await browser!.newPage({ viewport: { width, height: 800 } });
  await page.setContent(
    `<!doctype html><html lang="en"><title>steps</title><style>:root { color-scheme: light dark } @media (prefers-color-scheme: dark) { body { background: #14161a } }</style><main><h1>Why?</h1><h2>Steps</h2></main></html>`,
  );
  await page.addScriptTag({ content: script });
  await page.evaluate(
    (given) => {
      const window = globalThis as unknown as Window;
      window.heed.defineElements();
      window.said = [];
      const element = document.createElement("heed-steps");
      for (const name of ["heed-step", "heed-pin"])
        element.addEventListener(name, (event) => window.said.push((event as CustomEvent).detail));
      document.querySelector("main")!.append(Object.assign(element, given));
      window.steps = element;
    },
    { explained, ...given },
  );
  await drawn(page);
  return page;
}

const said = (page: Page) => page.evaluate(() => (globalThis as unknown as Window).said);
const heading = (page: Page) => page.locator("heed-steps h3").textContent();

/** Points at a bar of a picture. */
async function pointAt(
  page: Page,
  figure: string,
  row: number,
  of: number,
  bar: number,
  bars: number,
) {
  const slider = page.getByRole("slider", { name: figure });
  await slider.scrollIntoViewIfNeeded();
  const box = (await slider.boundingBox())!;
  await page.mouse.move(
    box.x + ((bar + 0.5) / bars) * box.width,
    box.y + ((row + 0.5) / of) * box.height,
  );
  await drawn(page);
}

test("forth and back by buttons, keys and the list, every step with what it is drawn from; the way is said", async ({
  skip,
}) => {
  if (!browser) return skip(noChromium);
  const page = await show();
  const complaints = complaintsOf(page);
  expect(await heading(page)).toBe("One number by hand");
  await page.getByRole("button", { name: "Next" }).click();
  expect(await heading(page)).toBe('x, the vector of "it"');
  for (const _ of explained.steps.slice(1)) await page.keyboard.press("ArrowRight");
  expect(await heading(page)).toBe("What joins the stream");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowLeft");
  expect(await heading(page)).toBe("W^O: what this head writes");
  await page.getByText("All steps").click();
  await page.getByRole("button", { name: "softmax: shares of one" }).click();
  expect(await heading(page)).toBe("softmax: shares of one");
  expect((await said(page)).slice(0, 2)).toEqual([{ step: "vector" }, { step: "query" }]);
  expect((await said(page)).at(-1)).toEqual({ step: "softmax" });
  for (const { id, leftOut } of explained.steps) {
    await page.evaluate((step) => {
      (globalThis as unknown as Window).steps.step = step;
    }, id);
    await drawn(page);
    const pictures = await page.locator("heed-steps").locator(".bars, .softmax, .scaled").count();
    if (leftOut === undefined) expect(pictures, id).toBeGreaterThan(0);
    else expect(await page.locator("heed-steps .toy").textContent()).toContain("Left out");
  }
  expect(complaints).toEqual([]);
  await page.close();
});

test("every product of every key is said where it is pointed at, and where keys go; a tap on a word pins it", async ({
  skip,
}) => {
  if (!browser) return skip(noChromium);
  const page = await show({ step: "products" });
  const { q, k, keys, products } = explained.numbers!;
  const D = q.length;
  const figure = "q ∘ k of every word, and its sum";
  await pointAt(page, figure, 2, keys.length, 6, D);
  const slider = page.getByRole("slider", { name: figure });
  const product = (key: number, d: number) =>
    (q[d]! * k[key * D + d]!).toFixed(3).replace("-", "−");
  expect(await slider.getAttribute("aria-valuetext")).toMatch(
    new RegExp(`^cat, number 6: q\\[6\\] · k\\[6\\] = .* = ${product(2, 6)}$`),
  );
  await slider.focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowRight");
  expect(await slider.getAttribute("aria-valuetext")).toMatch(
    new RegExp(`^sat, number 7: .* = ${product(3, 7)}$`),
  );
  expect(await heading(page)).toContain("q · k");
  const ends = await page.locator(".bars", { has: slider }).locator(".ends span").allTextContents();
  expect(ends).toEqual(products.map((value) => value.toFixed(3).replace("-", "−")));
  const lead = page.locator(".bars", { hasText: "minus" }).locator(".ends .total");
  expect(await lead.textContent()).toBe((products[2]! - products[6]!).toFixed(3));
  await page
    .getByRole("button", { name: "Pin tired" })
    .or(page.getByTitle("Pin tired"))
    .first()
    .click();
  expect((await said(page)).at(-1)).toEqual({
    key: keys.findIndex(({ label }) => label === "tired"),
  });
  expect(await page.locator(".aside").textContent()).toContain("by who wrote it");
  await page.getByRole("button", { name: "Open: The same without axes" }).click();
  expect(await heading(page)).toBe("The same without axes");
  await page.close();
});

test("long rows are folded and say so; unfolded, every number is there", async ({ skip }) => {
  if (!browser) return skip(noChromium);
  const page = await show({ step: "vector" });
  expect(await page.locator(".hint").first().textContent()).toContain("384 numbers, 6 to a bar");
  expect(await page.locator(".strip").count()).toBe(1);
  await page.getByRole("button", { name: "Show every number" }).click();
  expect(await page.locator(".strip").count()).toBe(12);
  const slider = page.getByRole("slider");
  await slider.focus();
  for (const key of ["ArrowDown", "ArrowDown", "End"]) await page.keyboard.press(key);
  const x = explained.numbers!.x!;
  expect(await slider.getAttribute("aria-valuetext")).toBe(
    `x, number 63: ${x[63]!.toFixed(3).replace("-", "−")}`,
  );
  await page.close();
});

test("one number by hand: a dragged input moves the sum; unfolded, a lit column of W^Q makes a number of q", async ({
  skip,
}) => {
  if (!browser) return skip(noChromium);
  const page = await show({ step: "hand" });
  expect(await page.locator("output").textContent()).toBe("1.20");
  await page.getByRole("slider", { name: "input 1" }).focus();
  for (let n = 0; n < 5; n++) await page.keyboard.press("ArrowRight");
  expect(await page.locator("output").textContent()).toBe("1.60");
  expect(await page.locator(".toy").textContent()).toContain("made up");
  await page.getByRole("button", { name: "Now the real one: 384 inputs, 32 sums" }).click();
  const q = explained.numbers!.q;
  await pointAt(page, "q (32)", 0, 1, 9, 32);
  await page.mouse.down();
  await page.mouse.up();
  await drawn(page);
  expect(await page.locator(".result").textContent()).toMatch(
    new RegExp(`^q\\[9\\] = .* = ${q[9]!.toFixed(3).replace("-", "−")}$`),
  );
  await page.close();
});

test("softmax: one score dragged moves all weights, the run's stay beside; temperature, scaling, reset", async ({
  skip,
}) => {
  if (!browser) return skip(noChromium);
  const page = await show({ step: "softmax" });
  const weights = explained.numbers!.weights;
  const run = weights.map((weight) => weight.toFixed(4));
  const shown = async () => {
    const lines = await page.locator(".line:not(.quiet), .line.special").all();
    return Promise.all(lines.map((line) => line.locator(".ends").allTextContents()));
  };
  expect((await shown()).map((ends) => ends[1])).toEqual(run);
  expect((await shown()).every((ends) => ends[2] === "")).toBe(true);
  await page.getByRole("slider", { name: "score of mat" }).focus();
  for (let n = 0; n < 50; n++) await page.keyboard.press("ArrowRight");
  const after = await shown();
  expect(after.map((ends) => ends[1])).toEqual(run);
  for (const [key, ends] of after.entries()) {
    if (key === 6) expect(Number(ends[2])).toBeGreaterThan(weights[key]!);
    else expect(Number(ends[2])).toBeLessThanOrEqual(weights[key]! + 5e-5);
  }
  expect(await page.locator(".toy").textContent()).toContain("what-if");
  await page.getByRole("button", { name: "Reset" }).click();
  await page.getByRole("checkbox").uncheck();
  expect(Number((await shown())[2]![2])).toBeGreaterThan(0.98);
  await page.close();
});

test("columns instead of rows, counted from 1, and other words", async ({ skip }) => {
  if (!browser) return skip(noChromium);
  const page = await show({ step: "query", notation: "columns", countsFromOne: true });
  expect(await page.locator(".formula").textContent()).toBe(
    "q = W^Q · x + b (32 × 384) · (384) → (32)",
  );
  expect(await page.locator(".result").textContent()).toContain("q[3]");
  await page.evaluate(() => {
    const { heed, steps } = globalThis as unknown as Window;
    steps.words = {
      ...heed.stepWords,
      next: "Weiter",
      steps: { query: { title: "q von {word}" } },
    };
  });
  await drawn(page);
  expect(await heading(page)).toBe('q von "it"');
  expect(await page.getByRole("button", { name: "Weiter" }).count()).toBe(1);
  await page.close();
});

test("a step is copied as LaTeX, or shown to be copied by hand where the browser forbids it", async ({
  skip,
}) => {
  if (!browser) return skip(noChromium);
  const page = await show({ step: "query" });
  await page.getByRole("button", { name: "Copy LaTeX" }).click();
  const latex = page.getByRole("textbox", { name: "Copy LaTeX" });
  await latex.waitFor();
  expect(await latex.inputValue()).toContain("q = x\\,W^Q + b");
  expect(await page.getByRole("status").last().textContent()).toContain("copy it by hand");
  await page.close();
});

test("another pinned key leaves the reader at the step; words of a text are never markup", async ({
  skip,
}) => {
  if (!browser) return skip(noChromium);
  const page = await show({ step: "products" });
  const numbers = explained.numbers!;
  const hostile: Explained = {
    ...explained,
    target: { token: 2, text: hostileTexts[0]! },
    against: { token: 6, text: hostileTexts[1]! },
    steps: explained.steps.map((step) => ({
      ...step,
      title: `${step.title} ${hostileTexts[2]!}`,
      sentence: hostileTexts[3]!,
    })),
    numbers: {
      ...numbers,
      keys: numbers.keys.map((key, n) => ({ ...key, label: hostileTexts[n % 4]! })),
    },
  };
  await page.evaluate((explained) => {
    (globalThis as unknown as Window).steps.explained = explained;
  }, hostile);
  await drawn(page);
  expect(await heading(page)).toContain(hostileTexts[2]!);
  for (const { id } of hostile.steps) {
    await page.evaluate((step) => {
      (globalThis as unknown as Window).steps.step = step;
    }, id);
    await drawn(page);
    await expectHarmless(page);
  }
  await page.close();
});

test("an element that carries its explanation itself shows it, and says what it cannot read", async ({
  skip,
}) => {
  if (!browser) return skip(noChromium);
  const page = await show();
  await page.evaluate((json) => {
    const element = document.createElement("heed-steps");
    const script = Object.assign(document.createElement("script"), {
      type: "application/json",
      textContent: json,
    });
    element.append(script);
    document.body.replaceChildren(element);
  }, JSON.stringify(explained));
  await page.getByRole("heading", { name: "One number by hand" }).waitFor();
  await page.evaluate(() => document.querySelector("heed-steps")!.setAttribute("data", "{}"));
  const failure = page.locator("heed-steps .failure");
  await failure.waitFor();
  expect(await failure.textContent()).toContain('"head" is missing');
  await page.close();
});

test("axe finds nothing in any step, light and dark, on a phone", async ({ skip }) => {
  if (!browser) return skip(noChromium);
  const page = await show({}, 360);
  for (const id of ["hand", "query", "products", "scaled", "softmax", "stream"]) {
    await page.evaluate((step) => {
      (globalThis as unknown as Window).steps.step = step;
    }, id);
    await drawn(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth), id).toBe(360);
    await expectAccessible(page);
  }
  await page.close();
});
