import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CarriedModel } from "../../src/index.ts";
import { builtPackage } from "../support/built-package.ts";
import { noChromium, openChromium } from "../support/chromium.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = `<!doctype html><script type="module">
import { embedded, load } from "/dist/heed.bundle.js";
window.heed = { embedded, load };
</script>`;

let server: Server;
let browser: Browser | undefined;
let origin = "";

beforeAll(async () => {
  await builtPackage();
  server = createServer(async (request, response) => {
    const path = new URL(request.url!, "http://localhost").pathname;
    if (path === "/") return response.setHeader("content-type", "text/html").end(page);
    const file = await readFile(`${root}${path}`).catch(() => undefined);
    if (path.endsWith(".js")) response.setHeader("content-type", "text/javascript");
    if (!/^\/(models|dist)\//.test(path) || !file) return response.writeHead(404).end();
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
    if (!range)
      return response
        .setHeader("content-length", file.length)
        .end(request.method === "HEAD" ? undefined : file);
    const [start, end] = [Number(range[1]), Math.min(Number(range[2]), file.length - 1)];
    response.writeHead(206, {
      "content-range": `bytes ${start}-${end}/${file.length}`,
      "content-length": end - start + 1,
    });
    response.end(file.subarray(start, end + 1));
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await openChromium();
});

afterAll(async () => {
  await browser?.close();
  server.close();
});

test("the package runs in a page: the model comes from the package's own address, a patch changes what follows", async ({
  skip,
}) => {
  if (!browser) return skip(noChromium);
  const tab = await browser.newPage();
  const errors: string[] = [];
  tab.on("pageerror", (error) => errors.push(error.message));
  await tab.goto(origin);
  await tab.waitForFunction("window.heed");
  const result = await tab.evaluate(async () => {
    const { embedded, load } = (
      globalThis as unknown as {
        heed: typeof import("../../src/browser.ts") & { embedded: CarriedModel };
      }
    ).heed;
    const model = await load(embedded);
    const text = "The cat sat on the mat because it was tired.";
    const run = await model.run(text, { read: ["layers.5.weights"] });
    const patch = [
      { site: "layers.5.scores", head: 11, query: "it", key: "cat", cut: true as const },
    ];
    const changed = await model.run(text, { read: ["layers.5.weights"], patch });
    return {
      before: run.weight("L5H11", "it", "cat"),
      after: changed.weight("L5H11", "it", "cat"),
      mat: changed.weight("L5H11", "it", "mat"),
    };
  });
  expect(errors).toEqual([]);
  expect(result.before).toBeCloseTo(0.7117, 3);
  expect(result.after).toBe(0);
  expect(result.mat).toBeCloseTo(0.3437, 3);
});
