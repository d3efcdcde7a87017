// The README's pictures of the explorer: docs/images/explorer-*.png, taken of site/dist in Chromium.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { chromium } from "playwright-core";
import { root } from "./setup.mjs";

const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css" };
const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  const file = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
  const body = await readFile(join(root, "site/dist", file)).catch(() => undefined);
  response.writeHead(body ? 200 : 404, {
    "content-type": types[extname(file)] ?? "application/octet-stream",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
  });
  response.end(body);
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const address = `http://127.0.0.1:${server.address().port}/`;

/** What each picture shows: a part of the address, and the height of the window. */
const pictures = {
  first: { hash: "", height: 520 },
  steps: { hash: "#panel=steps&step=products", height: 1150 },
  change: {
    hash: "",
    height: 1150,
    state: {
      panel: "change",
      changes: [{ kind: "cut", query: "it", key: "cat", heads: ["L3H1"] }],
    },
  },
};

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox"],
});
for (const [name, { hash, height, state }] of Object.entries(pictures)) {
  const context = await browser.newContext({
    viewport: { width: 1100, height },
    deviceScaleFactor: 2,
    serviceWorkers: "block",
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  await page.goto(address + hash);
  await page.waitForFunction(() => {
    const { app } = document.querySelector("heed-app");
    return app?.model && app.seen && !app.isBusy && !app.isRecorded;
  });
  if (state) await page.evaluate((own) => document.querySelector("heed-app").app.set(own), state);
  await page.waitForLoadState("networkidle");
  await page.waitForTimeout(2000);
  // Pictures of what is computed in parts wait for the last one.
  await page.waitForFunction(
    () =>
      ![...document.querySelector("heed-app").shadowRoot.querySelectorAll("*")].some(
        ({ shadowRoot }) => shadowRoot?.querySelector("[aria-busy=true]"),
      ),
  );
  await page.waitForTimeout(500);
  await page.screenshot({ path: join(root, `docs/images/explorer-${name}.png`) });
  await context.close();
}
await browser.close();
server.close();
