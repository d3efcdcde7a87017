import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { columns } from "../../examples/data/landscape.ts";
import { imagePagePicture } from "../../examples/image-page.ts";
import { imagePage } from "../../src/views/page/image-page.ts";
import { decodeLogarithms, encodeLogarithms } from "../../src/views/page/packed-numbers.ts";
import { drawn, noChromium, openChromium } from "../support/chromium.ts";

describe("logarithms", () => {
  test("weights come back within 1 %, those too small as 0", () => {
    const smallest = fc.constantFrom(1 / 64 / 5, 1 / 64 / 197, 1 / 64 / 1025);
    const weight = fc.float({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(smallest, fc.array(weight), (smallest, weights) => {
        const table = decodeLogarithms(smallest);
        for (const [index, code] of encodeLogarithms([weights], smallest).entries()) {
          const expected = weights[index]!;
          if (expected < smallest) expect(table[code]).toBe(0);
          else expect(Math.abs(table[code]! / expected - 1)).toBeLessThan(0.0101);
        }
      }),
    );
  });

  test("1 stays 1, and nothing stays nothing", () => {
    const codes = encodeLogarithms([[1, 0, Number.NaN]], 0.001);
    expect(Array.from(codes, (code) => decodeLogarithms(0.001)[code])).toEqual([1, 0, Number.NaN]);
  });
});

test("names cannot end the element they stand in", () => {
  const name = "</title></script><script>window.harmed=1</script><!--<script>";
  const html = imagePage({ ...imagePagePicture(), name, leading: [name] });
  expect(html.match(/<script/g)).toHaveLength(3); // data, weights, the page's own
  expect(html).not.toContain("<!--");
  expect(html).not.toMatch(/https?:/);
});

test("numbers that do not fit are refused", () => {
  const picture = imagePagePicture();
  const weights = [picture.weights[0]!, new Float32Array(7)];
  expect(() => imagePage({ ...picture, weights })).toThrow(
    "imagePage: weights (heads × tokens × tokens) of layer 1 needs 35643 values, got 7",
  );
});

test("12 × 12 heads at 197 tokens stay within 10 MB", () => {
  let state = 1;
  const random = (): number => {
    state = (state * 1664525 + 1013904223) >>> 0;
    return (state + 1) / 2 ** 32;
  };
  const T = 197;
  // Exponential noise: harder to pack than attention that follows a picture.
  const weights = Array.from({ length: 12 }, () =>
    Float32Array.from({ length: 12 * T * T }, () => -Math.log(random()) / T),
  );
  const { image } = imagePagePicture();
  const html = imagePage({
    name: "noise.png",
    model: { name: "m", layers: 12, heads: 12, tokens: T },
    image,
    rows: 14,
    columns: 14,
    leading: ["[CLS]"],
    weights,
  });
  expect(html.length).toBeLessThan(10e6);
});

test("the page in Chromium: patches, heads, numbers and its address work", async ({ skip }) => {
  const browser = await openChromium();
  if (!browser) return skip(noChromium);
  const folder = await mkdtemp(join(tmpdir(), "heed-image-page-"));
  const file = join(folder, "page.html");
  await writeFile(file, onePatchPage());
  try {
    const page = await browser.newPage({ viewport: { width: 390, height: 800 } });
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("request", (request) => {
      if (!/^(file|data):/.test(request.url())) problems.push(request.url());
    });
    await page.goto(pathToFileURL(file).href);
    const headline = page.locator("h2");
    await headline.getByText("[CLS] looks most at patch 0,0: 0.90 in L1H2").waitFor();
    const map = page.locator(".map .overlay");
    const box = (await map.boundingBox())!;
    const place = { x: (box.width * 7.5) / columns, y: (box.height * 4.5) / 9 };
    await map.hover({ position: place });
    await drawn(page);
    expect(await page.locator("heed-image-map .tooltip").textContent()).toBe(
      "patch 4,7: under 1.4e-4",
    );
    await map.click({ position: place });
    await headline.getByText("Patch 4,7 looks most at patch 4,7: 0.90").waitFor();
    await page.keyboard.press("ArrowDown");
    await headline.getByText("Patch 5,7 looks most at patch 5,7: 0.90").waitFor();
    await page.locator("select").first().selectOption("0");
    await headline.getByText("in L0H2 (layer 0, head 2)").waitFor();
    await drawn(page);
    expect(page.url()).toMatch(/#word=5,7&head=L0H2$/);
    expect(await page.locator(".share").textContent()).toBe(
      "gives [CLS] 0.10, all patches together 0.90",
    );
    await page.locator("summary").click();
    await drawn(page);
    expect(await page.locator(".weights .chosen").textContent()).toBe("0.90");
    const again = await browser.newPage();
    await again.goto(page.url());
    await again.getByText("Patch 5,7 looks most at patch 5,7: 0.90 in L0H2").waitFor();
    await page.locator(".tokens button").click();
    await headline.getByText("[CLS] looks most at patch 0,0").waitFor();
    await drawn(page);
    expect(await strongestColor(page)).toEqual([true, true]);
    expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBe(0);
    expect(problems).toEqual([]);
  } finally {
    await browser.close();
    await rm(folder, { recursive: true });
  }
});

/** Every patch looks at itself, [CLS] at the first patch, and all at [CLS] a little. */
function onePatchPage(): string {
  const picture = imagePagePicture();
  const T = picture.model.tokens;
  const head = new Float32Array(T * T);
  for (let token = 0; token < T; token++) {
    head[token * T] = 0.1;
    head[token * T + Math.max(1, token)] = 0.9;
  }
  const layer = [head, head, head].flatMap((weights) => Array.from(weights));
  return imagePage({ ...picture, weights: [layer, layer] });
}

/** Whether the first patch is in the strongest colour, and the last in gray. */
function strongestColor(page: Page): Promise<unknown> {
  return page.locator(".map .picture").evaluate((element) => {
    const canvas = element as HTMLCanvasElement;
    const pen = canvas.getContext("2d")!;
    const at = (x: number, y: number): Uint8ClampedArray => pen.getImageData(x, y, 1, 1).data;
    const [red = 0, , blue = 0] = at(5, 5);
    const [a, b, c] = at(canvas.width - 5, canvas.height - 5);
    return [red > 200 && blue < red, a === b && b === c];
  });
}
