import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { pageHtml } from "../../src/views/page/page.ts";
import { drawn, noChromium, openChromium } from "../support/chromium.ts";

const T = 983;
const [layers, heads] = [12, 12];

/** Scores of noise that spread by 2.5, through softmax: harder to pack than attention that follows a text. */
function noise(): Float32Array {
  let state = 1;
  const random = (): number => {
    state = (state * 1664525 + 1013904223) >>> 0;
    return (state + 1) / 2 ** 32;
  };
  const weights = new Float32Array(T * T);
  for (let start = 0; start < weights.length; start += T) {
    let sum = 0;
    for (let key = 0; key < T; key++) {
      const score = Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
      weights[start + key] = Math.exp(2.5 * score);
      sum += weights[start + key]!;
    }
    for (let key = 0; key < T; key++) weights[start + key]! /= sum;
  }
  return weights;
}

/** A page of 983 tokens; query 700 looks at key 650 in the head it opens with. */
function longPage(): string {
  const one = noise();
  const opened = one.slice();
  opened.set([0.6321], 700 * T + 650);
  const head = (layer: number, head: number): Float32Array => {
    if (layer === 11 && head === 3) return opened;
    const shift = (layer * heads + head) * 5;
    const shifted = new Float32Array(T * T);
    shifted.set(one.subarray(shift));
    shifted.set(one.subarray(0, shift), T * T - shift);
    return shifted;
  };
  return pageHtml({
    texts: ["long"],
    model: { name: "m", layers, heads, tokens: T },
    queries: Array.from({ length: T }, (_, index) => ({ text: `w${index}` })),
    weights: Array.from({ length: layers }, (_, layer) => (own: number) => head(layer, own)),
    start: { query: 700, layer: 11, head: 3 },
  });
}

test("12 × 12 heads at 983 tokens stay within 12 MB, and open where their headline is", async ({
  skip,
}) => {
  const html = longPage();
  expect(html.length).toBeLessThan(12e6);
  const browser = await openChromium();
  if (!browser) return skip(noChromium);
  const folder = await mkdtemp(join(tmpdir(), "heed-page-"));
  const file = join(folder, "page.html");
  await writeFile(file, html);
  try {
    const page = await browser.newPage({ viewport: { width: 1000, height: 900 } });
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(String(error)));
    await page.goto(pathToFileURL(file).href);
    await page.locator("h2", { hasText: '"w700" looks at "w650": 0.63 in L11H3' }).waitFor();
    await page.locator('heed-head-grid[aria-busy="false"]').waitFor();
    await drawn(page);
    const [words, chosen, key] = await Promise.all([
      page.locator(".words").boundingBox(),
      page.locator('.token[aria-checked="true"]').boundingBox(),
      page.locator(".token.key").boundingBox(),
    ]);
    for (const word of [chosen, key]) {
      expect(word!.y).toBeGreaterThanOrEqual(words!.y);
      expect(word!.y + word!.height).toBeLessThanOrEqual(words!.y + words!.height);
    }
    const scroller = page.locator("heed-heat-map .scroller");
    const { left, top, width, height } = await scroller.evaluate((box) => ({
      left: box.scrollLeft,
      top: box.scrollTop,
      width: box.clientWidth,
      height: box.clientHeight,
    }));
    // Cells are two pixels wide.
    expect(2 * 650).toBeGreaterThan(left);
    expect(2 * 650).toBeLessThan(left + width);
    expect(2 * 700).toBeGreaterThan(top);
    expect(2 * 700).toBeLessThan(top + height);
    const status = page.locator("heed-heat-map .status");
    expect(await status.textContent()).toBe("w700 → w650: 0.632 in L11H3");
    const precision = await page.locator("heed-legend .hint").last().textContent();
    const [, smallest] = /983 tokens, to 3 decimals; those under ([\d.]+) are left out/.exec(
      precision!,
    )!;
    await page.locator("select").first().selectOption("0");
    await page.locator("h2", { hasText: "in L0H3" }).waitFor();
    await page.locator(".token").nth(701).hover();
    const titles = await page
      .locator(".token")
      .evaluateAll((tokens) => tokens.map((token) => (token as HTMLElement).title));
    const shown = titles.map((title) => title.split(": ")[1]!);
    expect(shown).toContain(`under ${smallest}`);
    expect(shown.filter((text) => /^0\.\d{3}$/.test(text)).length).toBeGreaterThan(5);
    expect(problems).toEqual([]);
  } finally {
    await browser.close();
    await rm(folder, { recursive: true });
  }
});
