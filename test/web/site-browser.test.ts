import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { noChromium, openChromium } from "../support/chromium.ts";
import { app } from "./support/app.ts";
import {
  complaintsOf,
  expectAccessible,
  expectHarmless,
  holds,
  hostileTexts,
} from "./support/app-page.ts";
import { type AppServer, serveApp } from "./support/app-server.ts";
import { builtSite } from "./support/built-app.ts";

// The site as a static host has it: no header of its own, under a path, then without a network, then in another version.

let browser: Browser | undefined;
let folder = "";
let sizes: ReadonlyMap<string, number> = new Map();
const servers: AppServer[] = [];

beforeAll(async () => {
  ({ folder, sizes } = await builtSite());
  browser = await openChromium();
});
beforeEach(({ skip }) => {
  if (!browser) skip(noChromium);
});
afterAll(async () => {
  await browser?.close();
  await Promise.all(servers.map((server) => server.close().catch(() => {})));
});

async function served(options: Parameters<typeof serveApp>[1] = {}): Promise<AppServer> {
  const server = await serveApp(folder, options);
  servers.push(server);
  return server;
}

/** A page of a person who was never there. */
async function visit(address: string): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser!.newContext();
  const page = await context.newPage();
  const complaints = complaintsOf(page);
  await page.goto(address);
  await isolated(page);
  return { page, complaints };
}

/** Resolves when the service worker serves the page. */
async function isolated(page: Page): Promise<void> {
  await holds(page, "crossOriginIsolated && navigator.serviceWorker.controller !== null");
}

/** Resolves when all of the app is kept. */
async function kept(page: Page): Promise<void> {
  const count = [...sizes.keys()].filter((name) => name !== "service-worker.js").length;
  await holds(
    page,
    `(async () => {
    for (const name of await caches.keys())
      if (name.includes(" app ") && (await (await caches.open(name)).keys()).length === ${count}) return true;
  })()`,
  );
}

/** The folder of the version a page shows. */
const version = (page: Page) =>
  page.evaluate<string>(
    "document.querySelector('link[rel=stylesheet]').getAttribute('href').split('/')[1]",
  );

test("opens from a path of a host without headers, with threads, and asks for nothing outside", async () => {
  const server = await served({ path: "/a/deep%20path/" });
  const { page, complaints } = await visit(server.address);
  await kept(page);
  expect(server.asked.filter((path) => !path.startsWith("/a/deep%20path/"))).toEqual([]);
  expect(complaints).toEqual([]);
  expect(await page.evaluate("typeof SharedArrayBuffer")).toBe("function");
  await page.context().close();
});

test("keeps its place in the address while it is opened again for threads", async () => {
  const server = await served();
  const { page } = await visit(`${server.address}#head=L5H11`);
  expect(new URL(page.url()).hash).toMatch(/^#head=L5H11/);
  await page.context().close();
});

const headers = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

test("a page that has threads does not wait for what keeps it", async () => {
  const server = await served({ headers, withheld: "service-worker.js" });
  const context = await browser!.newContext();
  const page = await context.newPage();
  await page.goto(server.address);
  await holds(page, `${app}?.seen !== undefined`);
  await expect.poll(() => server.asked.includes("/service-worker.js")).toBe(true);
  await context.close();
});

test("is not opened twice where the host sends the headers itself", async () => {
  const server = await served({ headers });
  const { page } = await visit(server.address);
  expect(server.asked.filter((path) => path === "/")).toHaveLength(1);
  await page.context().close();
});

test("opens without a network once it was visited, with the model that was loaded", async () => {
  const server = await served({ path: "/heed/" });
  const { page, complaints } = await visit(server.address);
  await kept(page);
  const sizeOf =
    "fetch('./model/model.part-3.bin').then(async (response) => (await response.blob()).size)";
  const bytes = await page.evaluate<number>(sizeOf);
  expect(bytes).toBeGreaterThan(1e6);
  await holds(
    page,
    "caches.match(new URL('./model/model.part-3.bin', location.href)).then(Boolean)",
  );
  await server.close();
  await page.reload();
  await isolated(page);
  expect(await page.title()).toMatch(/heed/);
  expect(await page.evaluate(sizeOf)).toBe(bytes);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("a new version takes over when one tab shows the page, whole, and the model stays kept", async () => {
  const server = await served();
  const { page } = await visit(server.address);
  await kept(page);
  await page.evaluate("fetch('./model/tokenizer.bin').then((response) => response.blob())");
  const before = await version(page);
  const second = await page.context().newPage();
  await second.goto(server.address);
  server.folder = anotherVersion(before);

  await page.evaluate("navigator.serviceWorker.getRegistration().then((one) => one.update())");
  await holds(
    page,
    "navigator.serviceWorker.getRegistration().then((one) => one.waiting !== null)",
  );
  await page.reload();
  expect(await version(page), "while another tab shows the old one").toBe(before);
  await second.close();
  await page.goto(`${server.address}#head=L5H11`);
  // A tab that was closed is gone a moment later, and the page opens itself anew while it is reloaded here.
  await expect
    .poll(
      async () => {
        await page.reload().catch(() => {});
        await isolated(page);
        return version(page);
      },
      { timeout: 60_000, interval: 500 },
    )
    .not.toBe(before);
  expect(await version(page)).toBe(`app-${"0".repeat(12)}`);
  expect(new URL(page.url()).hash).toMatch(/^#head=L5H11/);
  const names = await page.evaluate<string[]>("caches.keys()");
  expect(names.filter((name) => name.includes(" app "))).toEqual([`heed / app ${"0".repeat(12)}`]);
  expect(names.filter((name) => name.includes(" model "))).toHaveLength(1);
  await page.context().close();
});

/** The built site under the name of another version. */
function anotherVersion(before: string): string {
  const other = mkdtempSync(join(tmpdir(), "heed-site-next-"));
  cpSync(folder, other, { recursive: true });
  const renamed = before.replace("app-", "");
  cpSync(join(other, before), join(other, `app-${"0".repeat(12)}`), { recursive: true });
  rmSync(join(other, before), { recursive: true });
  for (const file of ["index.html", "service-worker.js"]) {
    const text = readFileSync(join(other, file), "utf8");
    writeFileSync(join(other, file), text.replaceAll(renamed, "0".repeat(12)));
  }
  return other;
}

test("draws what was recorded before the model has come, says so, and then what the model computes", async () => {
  const server = await served();
  const context = await browser!.newContext();
  const page = await context.newPage();
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await context.route("**/model/*", async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(server.address);
  await holds(page, `${app}?.isRecorded === true && ${app}.model === undefined`);
  const weight = `(() => { const { seen } = ${app}; const size = seen.keys.length; return seen.weights[3][size * size + 8 * size + 2]; })()`;
  const before = await page.evaluate<number>(weight);
  expect(before).toBeCloseTo(0.4915, 3);
  await expect
    .poll(() => page.locator("heed-app-loading .recorded").count(), { timeout: 60_000 })
    .toBe(1);
  release();
  await holds(page, `${app}?.model !== undefined && ${app}.isRecorded === false`);
  expect(await page.evaluate<number>(weight)).toBeCloseTo(before, 5);
  await expect
    .poll(() => page.locator("heed-app-loading .recorded").count(), { timeout: 60_000 })
    .toBe(0);
  await context.close();
});

test("what an address says is never markup", async () => {
  const server = await served();
  const { page, complaints } = await visit(server.address);
  await holds(page, `${app}?.model !== undefined`);
  for (const [index, text] of hostileTexts.entries()) {
    const value = encodeURIComponent(text);
    const parts = ["other", "step", "language", "changes", "head"].map(
      (name) => `${name}=${value}`,
    );
    const hash = `#text=${value}&${parts.join("&")}`;
    // The first as a link that is opened, the others as links that are followed.
    if (index > 0) await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
    else {
      await page.goto("about:blank");
      await page.goto(server.address + hash);
    }
    await holds(
      page,
      `${app}?.state.text === ${JSON.stringify(text)} && ${app}.seen !== undefined && !${app}.isBusy`,
    );
    await expectHarmless(page);
  }
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("axe finds nothing, in the light and in the dark", async () => {
  const server = await served();
  const { page } = await visit(server.address);
  await holds(page, "document.querySelector('heed-app').app?.model !== undefined");
  await expectAccessible(page);
  await page.context().close();
});

test("has the engine of browsers alone, in files that hosts take", () => {
  const [app] = readdirSync(folder).filter((name) => name.startsWith("app-"));
  const scripts = readdirSync(join(folder, app!)).filter((name) => name.endsWith(".js"));
  const code = scripts.map((name) => readFileSync(join(folder, app!, name), "utf8")).join("\n");
  expect(code).not.toMatch(/\bfrom\s*"node:|import\("node:|require\("/);
  expect(scripts.filter((name) => /avx/.test(name))).toEqual([]);
  expect(Math.max(...sizes.values())).toBeLessThan(20_000_000);
  expect(sizes.has("service-worker.js")).toBe(true);
});
