import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answerRequest, Explorer } from "../../src/explore/index.ts";
import { load } from "../../src/index.ts";
import { noChromium, openChromium } from "../support/chromium.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const token = "of this test";

/** The panel alone, over a session and a model that runs here. */
const script = `
  import { ChangeElement } from "./web/panels/change.ts";
  import { Session } from "./web/app/session.ts";
  import { english } from "./web/words/en.ts";
  import { firstState } from "./web/state/state.ts";
  import { exploreOver } from "heed/explore";
  customElements.define(ChangeElement.tag, ChangeElement);
  const session = new Session({ ...firstState, panel: "change" }, english, { open() {}, openPicture() {} });
  const panel = document.createElement(ChangeElement.tag);
  session.listen((app) => { panel.app = app; });
  panel.app = session.context;
  document.body.append(panel);
  globalThis.session = session;
  session.answerBy(await exploreOver("/explore", ${JSON.stringify(token)}));
`;

const browser = await openChromium();

describe.skipIf(!browser)(`What if?${browser ? "" : ` (skipped: ${noChromium})`}`, () => {
  let explorer: Explorer;
  let server: Server;
  let page: Page;

  beforeAll(async () => {
    explorer = new Explorer(await load());
    const { outputFiles } = await build({
      stdin: { contents: script, resolveDir: root, loader: "ts" },
      bundle: true,
      format: "esm",
      conditions: ["heed/source"],
      write: false,
      logLevel: "silent",
    });
    const bundle = outputFiles[0]!.contents;
    server = createServer(async (request, response) => {
      if (request.url === "/explore") {
        const parts: Buffer[] = [];
        for await (const part of request) parts.push(part as Buffer);
        const abort = new AbortController();
        response.on("close", () => abort.abort());
        const write = (bytes: Uint8Array) => response.write(bytes);
        response.end(await answerRequest(explorer, Buffer.concat(parts), abort.signal, write));
      } else if (request.url === "/script.js") {
        response.writeHead(200, { "content-type": "text/javascript" }).end(bundle);
      } else if (request.url === "/") {
        const html = `<!doctype html><meta charset="utf-8"><script type="module" src="/script.js"></script>`;
        response.writeHead(200, { "content-type": "text/html" }).end(html);
      } else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });

  afterAll(async () => {
    await (browser as Browser).close();
    await new Promise((resolve) => server.close(resolve));
    await explorer.dispose();
  });

  async function opened(width = 1280) {
    page = await (browser as Browser).newPage({ viewport: { width, height: 800 } });
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.getByText("Drag a weight").waitFor();
    return errors;
  }

  /** Resolves when the others of its kind are there too. */
  const compared = () => page.getByText(/^\s*\d+ others: /).waitFor();
  const verdict = () => page.locator(".verdict").textContent();
  const numbers = () => page.locator(".strip .number").allInnerTexts();

  test("a cut shows first what the head gives, then layer by layer, then the end; undone it is gone", async () => {
    const errors = await opened();
    await page.getByRole("button", { name: "Cut “it” → “cat”" }).click();
    // Until others are there it is busy: what it says of one change is not all.
    await page.locator(".consequence[aria-busy=true]").waitFor();
    await compared();
    await page.locator(".consequence[aria-busy=false]").waitFor();
    const angles = await numbers();
    expect(angles[0]).toBe("55°");
    expect(angles.at(-1)).toBe("0.4°");
    expect(angles).toHaveLength(7);
    expect(await verdict()).toMatch(
      /output of L3H1 turns 55°.*Small: the sentence vector turns 0\.4°/,
    );
    await page.getByText("Why: the output of L3H1 turned 55°").waitFor();
    expect(await page.locator("svg rect").count()).toBe(64);
    const slider = page.getByLabel("Weight of “cat” for “it”");
    expect(await slider.inputValue()).toBe("0");
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText("Nothing is changed yet.").waitFor();
    await expect.poll(() => slider.inputValue(), { timeout: 60_000 }).toBe("49");
    await page.getByRole("button", { name: "Redo" }).click();
    await page.locator(".changes li").waitFor();
    await page.getByRole("button", { name: /^Remove: “it” → “cat” cut/ }).click();
    await page.getByText("Nothing is changed yet.").waitFor();
    expect(errors).toEqual([]);
    await page.close();
  });

  test("silencing the head that all use is large", async () => {
    await opened();
    await page.evaluate("session.set({ layer: 5, head: 11 })");
    await page.getByRole("button", { name: "A head" }).click();
    await page.getByRole("button", { name: "Silence L5H11" }).click();
    await compared();
    expect(await verdict()).toMatch(/all zeros now\. Large: the sentence vector turns 31°/);
    await page.close();
  });

  test("keys move a weight in one change, and the file says the same", async () => {
    await opened();
    const slider = page.getByLabel("Weight of “cat” for “it”");
    await slider.focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("End");
    await compared();
    expect(await page.locator(".changes li").textContent()).toContain("set to 1.00");
    const changes = await page.evaluate("session.state.changes");
    expect(changes).toEqual([{ kind: "setWeight", head: "L3H1", query: 8, key: 2, value: 1 }]);
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save as a file" }).click();
    expect((await download).suggestedFilename()).toBe("change.heed.json");
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText("Nothing is changed yet.").waitFor();
    await page.close();
  });

  test("hostile texts stay texts, and what cannot be done says why", async () => {
    await opened();
    const text = '<img src=x onerror="document.title=1"> {query}';
    await page.evaluate(`session.set({ text: ${JSON.stringify(text)} })`);
    await page.waitForFunction(
      "session.context.seen.queries.length > 20 && !session.context.isBusy",
    );
    await page.getByRole("button", { name: /^Show all \d+ tokens$/ }).click();
    await page.locator(".links .word", { hasText: "<" }).first().waitFor();
    await page.getByRole("button", { name: "Swap" }).first().click();
    await page.getByLabel("from").selectOption("other");
    await page.getByRole("textbox", { name: "Another sentence" }).fill("<b>bold</b>");
    await page.locator("button.main").click();
    await page.locator(".changes li, .error").first().waitFor();
    expect(await page.locator("img, b").count()).toBe(0);
    expect(await page.title()).toBe("");
    await page.close();
  });

  test("stands on a phone: nothing is wider, and what is tapped is large enough", async () => {
    await opened(360);
    for (const name of ["A layer", "A word", "Swap", "A head", "Weights"])
      await page.getByRole("button", { name, exact: true }).first().click();
    await page.getByRole("button", { name: "Cut “it” → “cat”" }).click();
    await compared();
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
    const heights = await page
      .locator("button, select, input")
      .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height));
    expect(Math.min(...heights.filter((height) => height > 0))).toBeGreaterThanOrEqual(36);
    await page.close();
  });
});
