import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { load } from "../../src/index.ts";
import { builtPackage } from "../support/built-package.ts";
import { noChromium, openChromium } from "../support/chromium.ts";
import { blocksOf } from "../support/pages.ts";
import { hostileTexts } from "../web/support/app-page.ts";

// Live elements as docs/elements.md shows them: one script of the package, served as files, over the embedded model.

const root = fileURLToPath(new URL("../..", import.meta.url));
const text = "The cat sat on the mat because it was tired.";
const vit = "/test/tasks/image-vit";
const [documented] = blocksOf("docs/elements.md", "html").filter(({ code }) =>
  code.includes("dist/live/heed.js"),
);
/** The page of the documentation, with its models of the hub in a folder beside it. */
const page = documented!.code
  .replaceAll("/node_modules/heed/", "/")
  .replace(/<heed-lines .*\n/, "")
  .replace(
    'model="google/vit-base-patch16-224" image="photo.jpg"',
    `model="${vit}" image="${vit}/small.png"`,
  );

let server: Server;
let browser: Browser | undefined;
let origin = "";

beforeAll(async () => {
  await builtPackage();
  server = createServer(async ({ url }, response) => {
    const { pathname } = new URL(url!, "http://localhost");
    if (pathname === "/") return response.setHeader("content-type", "text/html").end(page);
    const file = join(root, normalize(pathname));
    if (!existsSync(file)) return response.writeHead(404).end();
    const isScript = pathname.endsWith(".js");
    response.setHeader("content-type", isScript ? "text/javascript" : "application/octet-stream");
    response.end(await readFile(file));
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await openChromium();
});
afterAll(async () => {
  await browser?.close();
  server.closeAllConnections();
  server.close();
});

/** Of the element that a selector fits, what an expression over `one` gives. */
const of = <T>(page: Page, selector: string, expression: string) =>
  page.evaluate<T>(
    `(() => { const one = document.querySelector(${JSON.stringify(selector)}); return ${expression}; })()`,
  );
const shown = (page: Page, selector: string) =>
  expect
    .poll(() => of(page, selector, "(one.source ?? one.explained) !== undefined"), {
      timeout: 20_000,
    })
    .toBe(true);

test("one script makes the elements of a page live: one model, one run a text, shared choices, steps, a picture", async ({
  skip,
}) => {
  if (!browser) return skip(noChromium);
  const page = await browser.newPage();
  const parts: string[] = [];
  page.on("request", (request) => parts.push(new URL(request.url()).pathname));
  await page.goto(`${origin}/`);
  for (const name of ["heed-sentence", "heed-heads", "heed-steps", "heed-image-map"])
    await shown(page, name);

  const model = await load();
  const run = await model.run(text, { read: ["layers.3.weights"] });
  const weight = await of<number>(
    page,
    "heed-sentence",
    "one.source.row({ layer: 3, head: 1 }, 8)[2]",
  );
  expect(weight).toBeCloseTo(run.weight("L3H1", "it", "cat"), 4);
  await model.dispose();
  expect(parts.filter((path) => path.endsWith("model.part-1.bin"))).toHaveLength(1);
  const isShared = "one.source === document.querySelector('heed-sentence').source";
  expect(await of(page, "heed-heads", isShared)).toBe(true);

  await of(
    page,
    "heed-heads",
    "one.dispatchEvent(new CustomEvent('heed-view', { detail: { layer: 5, head: 11 } }))",
  );
  expect(await of(page, "heed-sentence", "[one.view.layer, one.view.head]")).toEqual([5, 11]);
  expect(
    await of(page, "heed-steps", "[one.explained.target.text, one.explained.against.text]"),
  ).toEqual(["cat", "mat"]);
  expect(await of(page, "heed-image-map", "one.source.image.rows")).toBe(4);

  const lines = "one.setAttribute('text', 'A dog ran.')";
  await of(page, "heed-sentence", lines);
  await expect
    .poll(() => of(page, "heed-sentence", "one.source.queries.map(({ text }) => text).join(' ')"))
    .toBe("[CLS] A dog ran . [SEP]");

  const [hostile] = hostileTexts;
  await of(page, "heed-sentence", `one.setAttribute("model", ${JSON.stringify(hostile)})`);
  await expect
    .poll(() =>
      of<string>(
        page,
        "heed-sentence",
        "one.shadowRoot.querySelector('.failure')?.textContent ?? ''",
      ),
    )
    .toContain("could not be read");
  expect(await page.evaluate("globalThis.wasHarmed")).toBeUndefined();
});
