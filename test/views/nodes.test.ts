import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { InputError } from "../../src/errors/errors.ts";
import { headSvg, pageNode, svgNode, textNode } from "../../src/views/index.ts";
import { noChromium, openChromium } from "../support/chromium.ts";

// What Observable, a page or any place with a document shows of pictures, in Chromium; without a document it is said what to do.
const root = new URL("../..", import.meta.url).pathname;
const cell = `
import { Run, Tensor, Trace } from "${root}src/browser.ts";
import { displayNode, imagePng, pageNode, pageHtml, pagePicture, pngNode, sentencePicture, svgNode, textNode, headText } from "${root}src/views/index.ts";
const token = (text) => ({ text, surface: text, id: 1, start: 0, end: 1, word: 0, sequence: 0, special: false, type: 0, startsWord: true, glued: false });
const trace = new Trace();
trace.put("layers.0.weights", Tensor.from([[[[0.75, 0.25], [0.5, 0.5]]]]), []);
const run = new Run({ tokens: [[token("<b>cat</b>"), token("mat")]], trace, output: {}, inputs: {} });
const picture = sentencePicture(run, "mat", "L0H0");
const image = { width: 2, height: 2, rgb: new Uint8Array(12).fill(90) };
const nodes = {
  picture: picture.node({ theme: "light" }),
  page: pagePicture(run).node({ height: 300 }),
  text: textNode(picture.text()),
  png: pngNode(imagePng({ title: "", image, rows: 1, columns: 1, weights: [1] }), { alt: "a patch" }),
  run: displayNode(run),
  trace: displayNode(trace),
  tensor: displayNode(trace.get("layers.0.weights")),
  shown: displayNode(picture),
};
for (const [name, node] of Object.entries(nodes)) document.querySelector("#" + name).append(node);
globalThis.refused = (() => { try { svgNode("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"); } catch (error) { return error.message; } })();
globalThis.isNode = Object.values(nodes).every((node) => node instanceof Node);
`;
let browser: Browser | undefined;
let page: Page;

beforeAll(async () => {
  browser = await openChromium();
  if (!browser) return;
  const { outputFiles } = await build({
    stdin: { contents: cell, resolveDir: root },
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    logLevel: "silent",
  });
  page = await browser.newPage({ viewport: { width: 700, height: 900 } });
  await page.setContent(
    `<!doctype html>${["picture", "page", "text", "png", "run", "trace", "tensor", "shown"].map((id) => `<div id="${id}"></div>`).join("")}`,
  );
  await page.addScriptTag({ type: "module", content: outputFiles[0]!.text });
});

afterAll(() => browser?.close());

test("pictures, pages, texts, runs and tensors are elements of a page", async ({ skip }) => {
  if (!browser) return skip(noChromium);
  await page.waitForFunction("globalThis.isNode");
  const svg = page.locator("#picture > svg");
  expect(await svg.getAttribute("aria-label")).toContain("mat");
  expect(await svg.locator("text", { hasText: "0.50" }).count()).toBeGreaterThan(0);
  const { width } = (await svg.boundingBox())!;
  expect(width).toBeLessThanOrEqual(700);
  expect(await page.locator("#shown > svg").count()).toBe(1);
  const frame = page.frameLocator("#page > iframe");
  await frame.locator("h2").first().waitFor();
  expect(await page.locator("#page > iframe").getAttribute("sandbox")).not.toContain("same-origin");
  expect(await page.locator("#text > pre").textContent()).toContain("0.50");
  expect(
    await page
      .locator("#png > img")
      .evaluate((node: HTMLImageElement) =>
        node.decode().then(() => [node.naturalWidth > 0, node.alt]),
      ),
  ).toEqual([true, "a patch"]);
  expect(await page.locator("#run > pre").textContent()).toContain("<b>cat</b>");
  expect(await page.locator("#trace").textContent()).toContain("layers.0.weights (1, 1, 2, 2)");
  expect(await page.locator("#tensor td").first().textContent()).toBe("0.75");
  expect(await page.locator("b").count()).toBe(0);
  expect(await page.evaluate("globalThis.refused")).toMatch(
    /^svgNode: needs an SVG document without scripts/,
  );
});

test("without a document it is said what to do instead", () => {
  const svg = headSvg({
    layer: 0,
    head: 0,
    queries: [{ text: "a" }],
    keys: [{ text: "a" }],
    weights: new Float32Array([1]),
  });
  for (const make of [() => svgNode(svg), () => pageNode("<!doctype html>"), () => textNode("a")])
    expect(make).toThrow(InputError);
  expect(() => textNode("a")).toThrow(/no document here .* Node and Deno/);
});
