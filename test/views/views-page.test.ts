import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  encodeFloats,
  encodeWeights,
  notLooked,
  packNumbers,
  unpackNumbers,
  weightCodes,
} from "../../src/views/page/packed-numbers.ts";
import { pageHtml } from "../../src/views/page/page.ts";
import { drawn, noChromium, openChromium } from "../support/chromium.ts";

describe("packed numbers", () => {
  test("weights come back within half a step; NaN as a code of its own", async () => {
    const weight = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constant(Number.NaN));
    await fc.assert(
      fc.asyncProperty(fc.array(weight), async (weights) => {
        const packed = packNumbers(encodeWeights([weights]));
        const codes = new Uint16Array((await unpackNumbers(packed, 2)).buffer);
        expect(codes).toHaveLength(weights.length);
        for (const [index, expected] of weights.entries())
          if (Number.isNaN(expected)) expect(codes[index]).toBe(notLooked);
          else expect(Math.abs(codes[index]! / weightCodes - expected)).toBeLessThan(1e-5);
      }),
    );
  });

  test("floats come back exactly with 23 bits, within 2^-12 of their size with 11", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.float32Array({ noNaN: true, noDefaultInfinity: true, max: 2 ** 100, min: -(2 ** 100) }),
        async (values) => {
          const packed = packNumbers(encodeFloats([values], 23));
          const exact = new Float32Array((await unpackNumbers(packed, 4)).buffer);
          expect([...exact]).toEqual([...values]);
          for (const [index, value] of encodeFloats([values], 11).entries())
            expect(Math.abs(value - values[index]!)).toBeLessThanOrEqual(
              Math.max(Math.abs(values[index]!) * 2 ** -12, 2 ** -137),
            );
        },
      ),
    );
  });
});

const hostile = [
  "<img src=x onerror=window.harmed=1>",
  "</script><script>window.harmed=1</script>",
  "<!--<script>",
  "' onmouseover='window.harmed=1",
  "it",
  "\u2028",
];

/** A page of 2 layers × 2 heads whose words try to break out; q, k and v lead to its weights. */
function hostilePage(): string {
  const T = hostile.length;
  const D = 4;
  const heads = 2;
  const numbers = (seed: number): Float32Array =>
    Float32Array.from({ length: heads * T * D }, (_, index) => Math.sin(index * seed + seed));
  const layers = [1, 2].map((layer) => ({
    q: numbers(layer),
    k: numbers(layer + 2),
    v: numbers(layer + 4),
  }));
  const weights = layers.map(({ q, k }) => {
    const rows = new Float32Array(heads * T * T);
    for (let row = 0; row < heads * T; row++) {
      const head = Math.floor(row / T);
      const powers = Array.from({ length: T }, (_, key) => {
        let dot = 0;
        for (let d = 0; d < D; d++) dot += q[row * D + d]! * k[(head * T + key) * D + d]!;
        return Math.exp(dot / 2);
      });
      const sum = powers.reduce((total, power) => total + power, 0);
      for (const [key, power] of powers.entries()) rows[row * T + key] = power / sum;
    }
    return rows;
  });
  return pageHtml({
    texts: ["</title><script>window.harmed=1</script>"],
    model: { name: "<b>model", layers: 2, heads, tokens: T },
    queries: hostile.map((text) => ({ text })),
    weights,
    start: { query: 4, layer: 1, head: 1 },
    vectors: {
      headWidth: D,
      scale: 0.5,
      q: layers.map(({ q }) => q),
      k: layers.map(({ k }) => k),
      v: layers.map(({ v }) => v),
    },
  });
}

test("words cannot end the element they stand in", () => {
  const html = hostilePage();
  expect(html.match(/<script/g)).toHaveLength(9); // data, weights, q, k and v of two layers, the page's own
  expect(html).not.toContain("<img");
  expect(html).not.toContain("<!--");
  expect(html).not.toMatch(/https?:/);
});

test("12 × 12 heads at 128 tokens stay within 5 MB", () => {
  const T = 128;
  let state = 1;
  const random = (): number => {
    state = (state * 1664525 + 1013904223) >>> 0;
    return (state + 1) / 2 ** 32;
  };
  const weights = Array.from({ length: 12 }, () => {
    const rows = new Float32Array(12 * T * T);
    for (let start = 0; start < rows.length; start += T) {
      const powers = Array.from({ length: T }, () => -Math.log(random()));
      const sum = powers.reduce((total, power) => total + power, 0);
      for (const [key, power] of powers.entries()) rows[start + key] = power / sum;
    }
    return rows;
  });
  const queries = Array.from({ length: T }, (_, index) => ({ text: `w${index}` }));
  const model = { name: "m", layers: 12, heads: 12, tokens: T };
  expect(pageHtml({ texts: ["t"], model, queries, weights }).length).toBeLessThan(5e6);
});

test("the page in Chromium: words, heads and its address work; words stay words", async ({
  skip,
}) => {
  const browser = await openChromium();
  if (!browser) return skip(noChromium);
  const folder = await mkdtemp(join(tmpdir(), "heed-page-"));
  const file = join(folder, "page.html");
  await writeFile(file, hostilePage());
  try {
    const page = await browser.newPage({ viewport: { width: 390, height: 800 } });
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("request", (request) => {
      if (!/^(file|data):/.test(request.url())) problems.push(request.url());
    });
    const address = pathToFileURL(file).href;
    await page.goto(address);
    expect(await page.locator("h2").textContent()).toContain('"it" looks at');
    await page.locator(".token").nth(1).click();
    expect(await page.locator("h2").textContent()).toContain(`"${hostile[1]}" looks at`);
    await page.keyboard.press("End");
    await page.locator("select").first().selectOption("0");
    const shown = await page.locator("h2").textContent();
    expect(shown).toContain("in L0H1 (layer 0, head 1)");
    expect(page.url()).toMatch(/#word=5&head=L0H1&key=\d$/);
    await drawn(page);
    // The way to the number ends in the number itself.
    const weight = await page.locator(".softmax .chosen td").last().textContent();
    expect(shown).toContain(Number(weight).toFixed(2));
    expect(await page.locator(".way").textContent()).not.toContain("patched");
    const again = await browser.newPage();
    await again.goto(page.url());
    expect(await again.locator("h2").textContent()).toBe(shown);
    const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
    expect(overflow).toBe(0);
    expect(await page.evaluate("window.harmed")).toBeUndefined();
    expect(problems).toEqual([]);
  } finally {
    await browser.close();
    await rm(folder, { recursive: true });
  }
});

test("the page in Chromium: pieces name their word, repeated and right-to-left words stand apart", async ({
  skip,
}) => {
  const browser = await openChromium();
  if (!browser) return skip(noChromium);
  try {
    const page = await browser.newPage();
    const texts = ["The", "dis", "##like", "the", "\u05e9"];
    await page.setContent(
      pageHtml({
        texts: ["The dislike the \u05e9"],
        model: { name: "m", layers: 1, heads: 1, tokens: 5 },
        queries: texts.map((text) => ({ text })),
        words: ["The#1", "dislike", "dislike", "the#2", "\u05e9"],
        weights: [Float32Array.from({ length: 25 }, (_, place) => (place === 8 ? 0.5 : 0.1))],
        start: { query: 1 },
        vectorsNote: "No numbers: a reason.",
      }),
    );
    const headline = page.locator("h2");
    expect(await headline.textContent()).toContain(
      '"dis" (a piece of "dislike") looks at "the#2": 0.50',
    );
    expect(await page.locator("heed-way .hint").allTextContents()).toContain(
      "No numbers: a reason.",
    );
    await page.locator(".token").nth(4).click();
    expect(await headline.textContent()).toContain('"\u2068\u05e9\u2069" looks at "The#1"');
  } finally {
    await browser.close();
  }
});

test("numbers that do not fit the words are refused, by layer", () => {
  const model = { name: "m", layers: 2, heads: 2, tokens: 3 };
  const queries = ["a", "b", "c"].map((text) => ({ text }));
  const weights = [new Float32Array(18), new Float32Array(17)];
  expect(() => pageHtml({ texts: ["a b c"], model, queries, weights })).toThrow(
    "pageHtml: weights (heads × queries × keys) of layer 1 needs 18 values, got 17",
  );
});
