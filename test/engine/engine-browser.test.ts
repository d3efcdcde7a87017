import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { noChromium, openChromium } from "../support/chromium.ts";

let browser: Browser | undefined;
let server: Server;

beforeAll(async () => {
  browser = await openChromium();
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("../support/engine-page.ts", import.meta.url))],
    bundle: true,
    format: "esm",
    write: false,
  });
  const script = outputFiles[0]!.text;
  server = createServer(({ url }, response) => {
    const isolation = {
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
    };
    const headers = url?.includes("isolated") ? isolation : {};
    const isScript = url?.endsWith(".js");
    response.writeHead(200, {
      ...headers,
      "Content-Type": isScript ? "text/javascript" : "text/html",
    });
    response.end(isScript ? script : '<script type="module" src="isolated.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterAll(async () => {
  await browser?.close();
  server.close();
});

describe("in Chromium", () => {
  for (const [page, isIsolated] of [
    ["isolated.html", true],
    ["plain.html", false],
  ] as const)
    for (const place of ["page", "worker"] as const)
      test(`${isIsolated ? "two threads, isolated" : "one thread, anywhere"}: in a ${place}`, async ({
        skip,
      }) => {
        if (!browser) return skip(noChromium);
        const { port } = server.address() as AddressInfo;
        const tab = await browser.newPage();
        await tab.goto(`http://127.0.0.1:${port}/${page}`);
        await tab.waitForFunction(() => "measure" in globalThis);
        const result = (await tab.evaluate((place) => {
          if (place === "page")
            return (globalThis as unknown as { measure(): Promise<unknown> }).measure();
          const worker = new Worker("isolated.js", { type: "module" });
          return new Promise((resolve, reject) => {
            worker.onmessage = ({ data }) => resolve(data);
            worker.onerror = ({ message }) => reject(new Error(message));
            worker.postMessage("measure");
          });
        }, place)) as { name: string; worst: number; isIsolated: boolean };
        expect(result.isIsolated).toBe(isIsolated);
        expect(result.name).toMatch(/^cpu \((relaxed|wasm)\)$/);
        expect(result.worst).toBeLessThan(2e-5);
        await tab.close();
      });
});
