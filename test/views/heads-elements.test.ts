import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { drawn, noChromium, openChromium } from "../support/chromium.ts";
import type { ElementsPage } from "../support/elements-page.ts";

interface Window {
  readonly heed: ElementsPage;
  readonly asked: unknown[];
}

const entry = fileURLToPath(new URL("../support/elements-page.ts", import.meta.url));
let browser: Browser | undefined;
let script = "";

beforeAll(async () => {
  browser = await openChromium();
  const built = await build({ entryPoints: [entry], bundle: true, format: "iife", write: false });
  script = built.outputFiles[0]!.text;
});

afterAll(() => browser?.close());

/** Three words that look back, two layers of two heads: each looks at itself, or at the first word. */
const file = {
  tokens: ["<s>", "cat", "<b>sat</b>"],
  attentions: [0, 1].map((layer) => [
    [0, 1].map((head) =>
      [0, 1, 2].map((query) =>
        [0, 1, 2].map((key) => Number(key === ((layer + head) % 2 === 0 ? query : 0))),
      ),
    ),
  ]),
};
// Of later words, and of those between, no head of a layer shows anything: they count as hidden.
const data = JSON.stringify(file).replaceAll("<", "\\u003c");

async function open(markup: string, width = 700): Promise<Page> {
  const page = await browser!.newPage({ viewport: { width, height: 700 } });
  page.on("pageerror", (error) => {
    throw error;
  });
  await page.setContent(`<!doctype html>${markup}`);
  await page.addScriptTag({ content: script });
  await page.evaluate(() => {
    const { heed } = globalThis as unknown as Window;
    const asked: unknown[] = [];
    Object.assign(globalThis, { asked });
    document.addEventListener("heed-view", (event) => asked.push((event as CustomEvent).detail));
    heed.defineElements();
  });
  await drawn(page);
  return page;
}

const inline = (tag: string, start = "") =>
  `<${tag} ${start}><script type="application/json">${data}</script></${tag}>`;

test("elements that carry their numbers draw them, keep their own view, and make no markup of tokens", async ({
  skip,
}) => {
  if (!browser) return skip(noChromium);
  const page = await open(`${inline("heed-links")} ${inline("heed-lines", 'start="cat L0H1"')}`);
  expect(await page.locator("heed-links ol button").count()).toBe(2);
  expect(await page.locator("heed-links b").count()).toBe(0);
  expect(await page.locator("heed-links .words").nth(1).textContent()).toContain("<b>sat</b>");
  expect(await page.locator("heed-lines .word").count()).toBe(6);
  expect(await page.locator('heed-lines .query [aria-pressed="true"]').textContent()).toBe("cat");
  await page.locator("heed-lines .query .word").nth(2).click();
  await drawn(page);
  expect(await page.locator('heed-lines .query [aria-pressed="true"]').textContent()).toBe(
    "<b>sat</b>",
  );
  expect(await page.locator("heed-lines .status").textContent()).toContain(
    "<b>sat</b> looks at: L0H1: <s> 1.0000",
  );
  await page.close();
});

test("an element says why it cannot read what it carries", async ({ skip }) => {
  if (!browser) return skip(noChromium);
  const page = await open(`<heed-lines data='{"attentions": []}'></heed-lines>`);
  const failure = page.locator("heed-lines .failure");
  expect(await failure.textContent()).toContain("there are no attentions");
  await page.evaluate(
    (data) => document.querySelector("heed-lines")!.setAttribute("data", data),
    data,
  );
  await drawn(page);
  expect(await failure.count()).toBe(0);
  expect(await page.locator("heed-lines .word").count()).toBe(6);
  await page.close();
});

/** The colour of a point of a canvas in CSS pixels, as red, green, blue, alpha. */
const pointOf = (page: Page, tag: string, x: number, y: number) =>
  page.locator(`${tag} canvas.picture`).evaluate(
    (canvas, [x, y]) => {
      const picture = canvas as HTMLCanvasElement;
      const density = picture.width / picture.clientWidth;
      const pen = picture.getContext("2d")!;
      return [...pen.getImageData(x * density, y * density, 1, 1).data];
    },
    [x, y] as const,
  );

test("all heads: shaded by a measure, unknown ones pale, chosen by arrows and clicks, sorted, faded", async ({
  skip,
}) => {
  if (!browser) return skip(noChromium);
  const page = await open(inline("heed-heads", 'start="cat L1H0"'), 500);
  await page.evaluate(() => {
    const values = Float32Array.of(0.9, 0.1, Number.NaN, 0.5);
    const format = (value: number) => value.toFixed(2);
    Object.assign(document.querySelector("heed-heads")!, {
      measure: { name: "looks at cat", values, format },
      names: [undefined, undefined, undefined, { short: "self", does: "looks at itself" }],
    });
  });
  await drawn(page);
  const status = page.locator("heed-heads .status");
  expect(await status.textContent()).toBe("L1H0: looks at cat not known yet");
  const strong = await pointOf(page, "heed-heads", 34, 24);
  const weak = await pointOf(page, "heed-heads", 157, 24);
  expect(strong[0]!).toBeLessThan(weak[0]! - 80);
  await page.locator("heed-heads .overlay").focus();
  await page.keyboard.press("ArrowRight");
  await drawn(page);
  expect(await status.textContent()).toBe(
    "L1H1: looks at cat 0.50, looks at itself (number 2 of 3)",
  );
  await page.keyboard.press("ArrowRight");
  expect(await status.textContent()).toContain("L1H1");
  await page.evaluate(() =>
    Object.assign(document.querySelector("heed-heads")!, { order: "most", threshold: 0.2 }),
  );
  await drawn(page);
  // L0H0 stands first, L1H1 behind it, and L0H1 is left out.
  await page.locator("heed-heads .overlay").click({ position: { x: 20, y: 20 } });
  await drawn(page);
  expect(await status.textContent()).toContain("L0H0: looks at cat 0.90");
  await page.keyboard.press("ArrowRight");
  await drawn(page);
  expect(await status.textContent()).toContain("L1H1");
  await page.close();
});

test("without a measure all patterns are drawn, a layer after another, with what is hidden hatched", async ({
  skip,
}) => {
  if (!browser) return skip(noChromium);
  const page = await open(`${inline("heed-heads")} ${inline("heed-heat-map")}`, 500);
  for (let layer = 0; layer < 4; layer++) await drawn(page);
  // The first word's look at the last one, within its borders.
  const places = { "heed-heads": { left: 74, top: 21 }, "heed-heat-map": undefined };
  for (const [tag, place] of Object.entries(places)) {
    const marked = await page.locator(`${tag} canvas.picture`).evaluate((canvas, place) => {
      const picture = canvas as HTMLCanvasElement;
      const { left, top } = place ?? {
        left: picture.clientWidth - 4 - 30,
        top: picture.clientHeight - 4 - 120 + 10,
      };
      const { data } = picture.getContext("2d")!.getImageData(left, top, 15, 15);
      return data.filter((value, at) => at % 4 === 3 && value > 0).length;
    }, place);
    // Thin lines, and clear ground between them.
    expect(marked).toBeGreaterThan(30);
    expect(marked).toBeLessThan(200);
  }
  await page.close();
});

test("lines of a pair of sentences go from one to the other, and hovering shows one word's alone", async ({
  skip,
}) => {
  if (!browser) return skip(noChromium);
  const count = 7;
  const even = Array.from({ length: count }, () => Array(count).fill(1 / count));
  const pair = {
    tokens: ["[CLS]", "a", "b", "[SEP]", "c", "d", "[SEP]"],
    attentions: [[[even, even]]],
  };
  const page = await open(`<heed-lines data='${JSON.stringify(pair)}'></heed-lines>`);
  await page.evaluate(() =>
    Object.assign(document.querySelector("heed-lines")!, {
      heads: [
        { layer: 0, head: 0 },
        { layer: 0, head: 1 },
      ],
    }),
  );
  await drawn(page);
  const ink = () =>
    page.locator("heed-lines canvas").evaluate((canvas) => {
      const picture = canvas as HTMLCanvasElement;
      const { data } = picture.getContext("2d")!.getImageData(0, 0, picture.width, picture.height);
      return data.filter((value, at) => at % 4 === 3 && value > 0).length;
    });
  expect(await page.locator("heed-lines .legend li").allTextContents()).toEqual(["L0H0", "L0H1"]);
  const all = await ink();
  await page.getByRole("button", { name: "A→B" }).click();
  await drawn(page);
  const across = await ink();
  expect(across).toBeGreaterThan(0);
  expect(across).toBeLessThan(all / 2);
  await page.locator("heed-lines .query .word").nth(1).hover();
  await drawn(page);
  expect(await ink()).toBeLessThan(across);
  expect(await ink()).toBeGreaterThan(0);
  await page.locator("heed-lines .query .word").nth(0).hover();
  await drawn(page);
  expect(await ink()).toBe(0);
  await page.locator("heed-lines .query .word").nth(2).focus();
  await page.keyboard.press("ArrowRight");
  expect(await page.locator("heed-lines .key .word.only").textContent()).toBe("b");
  await page.close();
});

test("a heat map with small cells is made larger and smaller again", async ({ skip }) => {
  if (!browser) return skip(noChromium);
  const count = 60;
  const even = Array.from({ length: count }, () => Array(count).fill(1 / count));
  const long = {
    tokens: Array.from({ length: count }, (_, n) => `w${n}`),
    attentions: [[[even]]],
  };
  const page = await open(`<heed-heat-map data='${JSON.stringify(long)}'></heed-heat-map>`, 400);
  await drawn(page);
  const width = () =>
    page.locator("heed-heat-map canvas.picture").evaluate((canvas) => canvas.clientWidth);
  const first = await width();
  await page.getByRole("button", { name: "Larger cells" }).click();
  await drawn(page);
  expect(await width()).toBeGreaterThan(first * 1.4);
  await page.getByRole("button", { name: "Smaller cells" }).click();
  await drawn(page);
  await drawn(page);
  expect(await width()).toBe(first);
  expect(await page.getByRole("button", { name: "Smaller cells" }).isDisabled()).toBe(true);
  await page.close();
});
