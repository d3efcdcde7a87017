import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { noChromium, openChromium } from "../../test/support/chromium.ts";
import type { Claim, Row } from "../claim.ts";
import { inNewNode } from "../new-node.ts";
import { rival } from "../rivals.ts";

const theirFiles = new URL("../rivals/node_modules/onnxruntime-web/dist/", import.meta.url);

/** The WebAssembly kernels against onnxruntime-web's on two threads, in a new Node and in Chromium. */
export const wasm: Claim = {
  name: "wasm",
  title: "WebAssembly on 2 threads, time ÷ onnxruntime-web's",
  async measure() {
    if (!rival("onnxruntime-web")) return [];
    return [...(await inNewNode("wasm-node")), ...(await inChromium())];
  },
};

/** In a worker of a cross-origin isolated page. */
async function inChromium(): Promise<Row[]> {
  const browser = await openChromium();
  if (!browser) {
    console.log(`wasm: nothing measured in Chromium: ${noChromium}`);
    return [];
  }
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("../wasm-worker.ts", import.meta.url))],
    bundle: true,
    format: "esm",
    write: false,
  });
  const server = createServer(async ({ url = "/" }, response) => {
    const headers = {
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
    };
    const send = (type: string, body: string | Uint8Array) =>
      response.writeHead(200, { ...headers, "Content-Type": type }).end(body);
    const [, theirs] = url.match(/^\/onnxruntime-web\/([\w.-]+)$/) ?? [];
    if (url === "/") send("text/html", "<!doctype html><title>heed</title>");
    else if (url === "/worker.js") send("text/javascript", outputFiles[0]!.text);
    else if (theirs)
      send(
        theirs.endsWith(".wasm") ? "application/wasm" : "text/javascript",
        await readFile(new URL(theirs, theirFiles)),
      );
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const place = `Chromium ${browser.version().split(".")[0]}`;
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${port}/`);
    const { rows, error } = await page.evaluate(
      (place) =>
        new Promise<{ rows?: Row[]; error?: string }>((resolve) => {
          const worker = new Worker("/worker.js", { type: "module" });
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = ({ message }) => resolve({ error: message });
          worker.postMessage(place);
        }),
      place,
    );
    if (!rows) throw new Error(`bench: in Chromium: ${error}`);
    return rows;
  } finally {
    await browser.close();
    server.close();
  }
}
