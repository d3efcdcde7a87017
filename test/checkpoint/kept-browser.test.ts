import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noChromium, openChromium } from "../support/chromium.ts";
import { type FaultServer, faultServer, type Served } from "../support/fault-server.ts";

type Heed = typeof import("../../src/browser.ts");

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = "models/all-MiniLM-L6-v2";
const text = "The cat sat on the mat because it was tired.";
const weights = `${folder}/model.safetensors`;

let site: FaultServer;
/** Another origin, with the model alone. */
let away: FaultServer;
let browser: Browser | undefined;

function modelFiles(headers: Record<string, string> = {}): Record<string, Served> {
  const names = readdirSync(join(root, folder), { recursive: true }) as string[];
  const files = names
    .map((name) => join(root, folder, name))
    .filter((path) => statSync(path).isFile());
  return Object.fromEntries(
    files.map((path) => [relative(root, path), { content: readFileSync(path), headers }]),
  );
}

beforeAll(async () => {
  const bundle = await build({
    entryPoints: [`${root}/src/browser.ts`],
    bundle: true,
    format: "esm",
    platform: "browser",
    write: false,
  });
  const page = `<!doctype html><script type="module">import * as heed from "/heed.js"; window.heed = heed; window.__name = (f) => f;</script>`;
  site = await faultServer({
    "": { content: page, type: "text/html" },
    "heed.js": { content: bundle.outputFiles[0]!.text, type: "text/javascript" },
    ...modelFiles({ "cache-control": "no-store" }),
  });
  // Nothing is exposed to other sites, and no header of theirs is allowed.
  away = await faultServer(modelFiles(), { "access-control-allow-origin": "*" });
  browser = await openChromium();
});

afterAll(async () => {
  await browser?.close();
  await site.close();
  await away.close();
});

async function opened(one: Browser): Promise<Page> {
  const tab = await one.newPage();
  await tab.goto(site.url);
  await tab.waitForFunction("window.heed");
  return tab;
}

/** Loads in the page; gives a weight, whether the model was kept, and what was warned of. */
function loaded(tab: Page, source: string, options: { cache?: boolean } = {}) {
  return tab.evaluate(
    async ({ source, options, text }) => {
      const { load, keptModels } = (globalThis as unknown as { heed: Heed }).heed;
      const warnings: string[] = [];
      const model = await load(source, { ...options, onWarning: (one) => void warnings.push(one) });
      const run = await model.run(text, { read: ["layers.5.weights"] });
      const weight = run.weight("L5H11", "it", "cat");
      await model.dispose();
      // What came last is kept a moment later.
      for (let tries = 0; tries < 500 && options.cache !== false; tries++) {
        const kept = await keptModels();
        if (kept.length > 0 && kept.every(({ isComplete }) => isComplete)) break;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return { weight, cached: model.cached, warnings };
    },
    { source, options, text },
  );
}

const asked = (server: FaultServer) => server.requests.filter(({ path }) => path.includes(weights));

test("the weights come in one answer; the second visit needs no server; what is damaged is fetched again", async ({
  skip,
}) => {
  if (!browser) return skip(noChromium);
  const tab = await opened(browser);
  const source = `/${folder}/`;
  const first = await loaded(tab, source);
  expect(first).toMatchObject({ cached: false, warnings: [] });
  expect(first.weight).toBeCloseTo(0.7117, 3);
  expect(asked(site).map(({ range }) => range)).toEqual([undefined]);

  await tab.reload();
  await tab.waitForFunction("window.heed");
  site.requests.length = 0;
  // Nobody answers: every request fails.
  await tab.context().setOffline(true);
  const second = await loaded(tab, source);
  expect(second).toEqual({ ...first, cached: true });
  expect(site.requests).toEqual([]);
  await tab.context().setOffline(false);

  await tab.evaluate(async (name) => {
    const cache = await caches.open((await caches.keys())[0]!);
    for (const request of await cache.keys()) {
      if (!request.url.includes(name) || !request.url.endsWith("part=2")) continue;
      const response = (await cache.match(request))!;
      const bytes = new Uint8Array(await response.arrayBuffer());
      bytes[77]! ^= 1;
      await cache.put(request, new Response(bytes, { headers: response.headers }));
    }
  }, "model.safetensors");
  const third = await loaded(tab, source);
  expect(third.weight).toBe(first.weight);
  expect(third.cached).toBe(false);
  expect(third.warnings.join()).toMatch(/what was kept of it is damaged, and is fetched again/);
  expect(asked(site).map(({ range }) => range)).toEqual(["bytes=8388608-12582911"]);

  const removed = await tab.evaluate(async (name) => {
    const { forgetModel, keptModels } = (globalThis as unknown as { heed: Heed }).heed;
    const before = (await keptModels()).map(({ source, isComplete }) => ({ source, isComplete }));
    return { before, isRemoved: await forgetModel(name), after: await keptModels() };
  }, source);
  expect(removed).toEqual({
    before: [{ source: `${site.url}${source}`, isComplete: true }],
    isRemoved: true,
    after: [],
  });
  await tab.close();
});

test("a file that changed while it came is loaded anew", async ({ skip }) => {
  if (!browser) return skip(noChromium);
  const tab = await opened(browser);
  const file = site.files[weights]!;
  file.faults = [
    { cutAfter: 20_000_000 },
    { before: () => void Object.assign(file, { etag: '"new"' }) },
  ];
  const { weight, warnings } = await loaded(tab, `/${folder}/?changed`);
  expect(weight).toBeCloseTo(0.7117, 3);
  expect(warnings.join()).toMatch(/it changed while it was read .* it is loaded anew/);
  await tab.close();
});

test("another site's files: no header is exposed, none of ours asked about, and packed or not", async ({
  skip,
}) => {
  if (!browser) return skip(noChromium);
  const tab = await opened(browser);
  away.requests.length = 0;
  const plain = await loaded(tab, `${away.url}/${folder}/`, { cache: false });
  expect(plain.weight).toBeCloseTo(0.7117, 3);
  expect(asked(away)).toHaveLength(1);
  for (const file of Object.values(away.files)) Object.assign(file, { isPacked: true });
  const packed = await loaded(tab, `${away.url}/${folder}/`, { cache: false });
  expect(packed.weight).toBe(plain.weight);
  await tab.close();
});
