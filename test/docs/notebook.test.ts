import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { noChromium, openChromium } from "../support/chromium.ts";

// The widget of examples/attention.ipynb draws what its Python saved: scripts/check-notebook.py runs the notebook and keeps that file here.

const root = fileURLToPath(new URL("../..", import.meta.url));
const saved = readFileSync(new URL("attention.safetensors", import.meta.url));
const notebook: { cells: { cell_type: string; source: string[] }[] } = JSON.parse(
  readFileSync(`${root}/examples/attention.ipynb`, "utf8"),
);
const code = notebook.cells
  .filter((cell) => cell.cell_type === "code")
  .map(({ source }) => source.join(""));
const widget = /_esm = """\n([\s\S]+?)"""/.exec(code[1]!)![1]!;
const [, address] = /from "(https:[^"]+)"/.exec(widget)!;

let browser: Browser | undefined;
let server: Server;

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [`${root}/src/views/page/elements.ts`],
    bundle: true,
    format: "esm",
    write: false,
  });
  const page = `<!doctype html><link rel="icon" href="data:,"><title>notebook</title><div id="cell"></div><script type="module">
    import widget from "./widget.js";
    const bytes = new Uint8Array(await (await fetch("./saved")).arrayBuffer());
    // As anywidget gives bytes: a view into a message.
    const message = new Uint8Array(bytes.length + 16);
    message.set(bytes, 8);
    const saved = new DataView(message.buffer, 8, bytes.length);
    await widget.render({ model: { get: (name) => ({ saved })[name] }, el: document.getElementById("cell") });
    document.title = "drawn";
  </script>`;
  const files: Readonly<Record<string, readonly [type: string, body: string | Buffer]>> = {
    "/": ["text/html", page],
    "/widget.js": ["text/javascript", widget.replace(address!, "./heed.js")],
    "/heed.js": ["text/javascript", outputFiles[0]!.text],
    "/saved": ["application/octet-stream", saved],
  };
  server = createServer((request, response) => {
    const [type, body] = files[request.url!] ?? [];
    if (!type) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": type }).end(body);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  browser = await openChromium();
});

afterAll(async () => {
  await browser?.close();
  server.close();
});

test("the widget shows every head, and the lines of the one that is chosen", async ({ skip }) => {
  if (!browser) return skip(noChromium);
  const page = await browser.newPage({ viewport: { width: 900, height: 1200 } });
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (said) => said.type() === "error" && complaints.push(said.text()));
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await page.waitForFunction("document.title === 'drawn'");
  const lines = page.locator("heed-lines");
  expect(await lines.locator('.query [aria-pressed="true"]').textContent()).toBe("it");
  const viewOf = (tag: string) =>
    page.locator(tag).evaluate((one) => (one as unknown as { view: object }).view);
  expect(await viewOf("heed-lines")).toMatchObject({ layer: 3, head: 1, query: 8, key: 2 });
  const source = await lines.evaluate((one) => {
    const { source } = one as unknown as {
      source: { layers: number; heads: number; row(head: object, query: number): Float32Array };
    };
    return [source.layers, source.heads, source.row({ layer: 3, head: 1 }, 8)[2]!];
  });
  expect(source).toEqual([6, 12, expect.closeTo(0.4915, 4)]);
  // A head that is tapped in one element is drawn by the other.
  const grid = page.locator("heed-heads .overlay");
  await grid.focus();
  await page.keyboard.press("ArrowRight");
  expect(await viewOf("heed-lines")).toMatchObject({ layer: 3, head: 2 });
  expect(complaints).toEqual([]);
  await page.close();
});

test("the address of heed is that of this version, and a file that is published", () => {
  expect(address).toBe(
    `https://cdn.jsdelivr.net/npm/heed@${manifest.version}/dist/views/page/elements.js/+esm`,
  );
  expect(manifest.exports["./elements"].default).toBe("./dist/views/page/elements.js");
});

test("what is saved is saved as docs/elements.md says", () => {
  const guide = readFileSync(`${root}/docs/elements.md`, "utf8");
  const saving = /save_file\([\s\S]+?\n\)/.exec(guide)![0];
  const flat = (text: string) => text.replace(/\s+/g, "");
  expect(flat(code[0]!)).toContain(flat(saving.slice(0, saving.indexOf("metadata"))));
});
