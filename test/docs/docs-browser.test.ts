import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { builtPackage } from "../support/built-package.ts";
import { noChromium, openChromium } from "../support/chromium.ts";
import { blocksOf, pageText } from "../support/pages.ts";

// The pages of docs/ and their worker are served as docs/browser.md says, and show what they say.
const root = fileURLToPath(new URL("../..", import.meta.url));
/** Recipes are tested in apps/; these pages have heed in one file beside them. */
const isBeside = ({ code }: { readonly code: string }) => !code.includes("://");
const [page, workerPage, keptPage] = blocksOf("docs/browser.md", "html").filter(
  ({ code }) => code.startsWith("<!doctype html>") && isBeside({ code }),
);
const [worker] = blocksOf("docs/browser.md", "js").filter(({ code }) =>
  code.includes("./heed/heed.bundle.js"),
);
const [elementsPage] = blocksOf("docs/views.md", "html");
const script = "text/javascript";
/** The policy of docs/browser.md; the pages here have their scripts inside. */
const policy = /^Content-Security-Policy: ((?!.*https:).+)$/m
  .exec(pageText("docs/browser.md"))![1]!
  .replace("script-src 'self'", "script-src 'self' 'unsafe-inline'");

let server: Server;
let browser: Browser | undefined;
let origin = "";

beforeAll(async () => {
  await builtPackage();
  const bundle = await build({
    entryPoints: { elements: `${root}/src/views/page/elements.ts` },
    bundle: true,
    format: "esm",
    outdir: "heed",
    write: false,
  });
  const files: Readonly<Record<string, readonly [type: string, text: string]>> = {
    "/page.html": ["text/html", page!.code],
    "/worker-page.html": ["text/html", workerPage!.code],
    "/kept-page.html": ["text/html", keptPage!.code],
    "/worker.js": [script, worker!.code],
    "/elements-page.html": ["text/html", elementsPage!.code],
    "/heed/heed.bundle.js": [script, await readFile(`${root}/dist/heed.bundle.js`, "utf8")],
    "/heed/elements.js": [script, bundle.outputFiles[0]!.text],
  };
  server = createServer(async ({ url }, response) => {
    const { pathname, searchParams } = new URL(url!, "http://localhost");
    if (!searchParams.has("alone")) {
      response.setHeader("cross-origin-opener-policy", "same-origin");
      response.setHeader("cross-origin-embedder-policy", "require-corp");
    }
    if (searchParams.has("policy")) response.setHeader("content-security-policy", policy);
    const known = files[pathname];
    if (known) return response.setHeader("content-type", known[0]).end(known[1]);
    const isModel = pathname.startsWith("/models/");
    const file = isModel && (await readFile(`${root}${pathname}`).catch(() => undefined));
    if (!file) return response.writeHead(404).end();
    response.setHeader("content-length", file.length).end(file);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await openChromium();
});

afterAll(async () => {
  await browser?.close();
  server.close();
});

test.for([
  ["page.html", true, "0.71"],
  ["page.html?alone", false, "0.71"],
  ["page.html?policy", true, "0.71"],
  ["worker-page.html", true, "0.71"],
  ["worker-page.html?alone", false, "0.71"],
] as const)("%s, isolated: %s, shows %s", async ([path, isIsolated, shown], { skip }) => {
  if (!browser) return skip(noChromium);
  const { tab, errors } = await opened(browser, path);
  expect(await tab.evaluate("crossOriginIsolated")).toBe(isIsolated);
  const answer = tab.locator("#answer");
  await answer.filter({ hasNotText: "loading" }).waitFor();
  expect(await answer.textContent()).toBe(shown);
  expect(errors).toEqual([]);
});

test("kept-page.html shows fetched, then kept", async ({ skip }) => {
  if (!browser) return skip(noChromium);
  const { tab, errors } = await opened(browser, "kept-page.html");
  const answer = tab.locator("#answer");
  await answer.filter({ hasNotText: "loading" }).waitFor();
  expect(await answer.textContent()).toBe("fetched");
  const isKept =
    "caches.keys().then(async ([name]) => (await (await (await caches.open(name)).match('https://heed.invalid/index'))?.json())?.isComplete ?? false)";
  await expect.poll(() => tab.evaluate(isKept), { timeout: 60_000 }).toBe(true);
  await tab.reload();
  await answer.filter({ hasNotText: "loading" }).waitFor();
  expect(await answer.textContent()).toBe("kept");
  expect(errors).toEqual([]);
});

test("elements-page.html has its elements, which answer a click", async ({ skip }) => {
  if (!browser) return skip(noChromium);
  const { tab, errors } = await opened(browser, "elements-page.html");
  const headline = tab.locator("heed-headline");
  await headline.filter({ hasText: "cat" }).waitFor();
  await tab.locator("heed-sentence").getByText("tired").first().click();
  await headline.filter({ hasText: '"tired" looks at' }).waitFor();
  expect(await tab.locator("heed-heat-map canvas").count()).toBeGreaterThan(0);
  expect(errors).toEqual([]);
});

/** A page in a new tab, and the errors it meets. */
async function opened(browser: Browser, path: string) {
  const tab = await browser.newPage();
  const errors: string[] = [];
  tab.on("pageerror", (error) => errors.push(error.message));
  await tab.goto(`${origin}/${path}`);
  return { tab, errors };
}
