import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Frame, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { imagePagePicture } from "../../examples/image-page.ts";
import { picture as textPage } from "../../examples/page.ts";
import { imagePage } from "../../src/views/page/image-page.ts";
import { noChromium, openChromium } from "../support/chromium.ts";

/** Ways a page of somebody else shows a file inside itself. */
const embedded: Readonly<Record<string, (frame: HTMLIFrameElement, html: string) => void>> = {
  srcdoc: (frame, html) => {
    frame.srcdoc = html;
  },
  "srcdoc in a sandbox": (frame, html) => {
    frame.setAttribute("sandbox", "allow-scripts");
    frame.srcdoc = html;
  },
  "blob:": (frame, html) => {
    frame.src = URL.createObjectURL(new Blob([html], { type: "text/html" }));
  },
  "blob: in a sandbox": (frame, html) => {
    frame.setAttribute("sandbox", "allow-scripts");
    frame.src = URL.createObjectURL(new Blob([html], { type: "text/html" }));
  },
  "data:": (frame, html) => {
    frame.src = `data:text/html;charset=utf-8,${encodeURIComponent(html)}`;
  },
  "written into about:blank": (frame, html) => {
    queueMicrotask(() => {
      const inside = frame.contentDocument!;
      inside.open();
      inside.write(html);
      inside.close();
    });
  },
};

let browser: Browser | undefined;
let server: Server;
let headers: Record<string, string> = {};

beforeAll(async () => {
  browser = await openChromium();
  server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/html", ...headers });
    response.end("<!doctype html><title>somebody's page</title><body></body>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterAll(async () => {
  await browser?.close();
  server.close();
});

/** Somebody's page with a file in a frame. */
async function embed(
  html: string,
  way: string,
  { policy, sandbox }: { readonly policy?: string; readonly sandbox?: string } = {},
): Promise<{ page: Page; frame: Frame; problems: string[] }> {
  headers = policy ? { "content-security-policy": policy } : {};
  const page = await browser!.newPage({ viewport: { width: 1000, height: 900 } });
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/notebook?cell=3`);
  await page.evaluate(
    ([html, put, sandbox]) => {
      const frame = document.createElement("iframe");
      frame.width = "900";
      frame.height = "800";
      if (sandbox !== undefined) frame.setAttribute("sandbox", sandbox);
      // What stands in the test file comes as text: the page shares nothing with it.
      new Function("frame", "html", `(${put})(frame, html)`)(frame, html);
      document.body.append(frame);
    },
    [html, String(embedded[way]), sandbox] as const,
  );
  await expect.poll(() => page.frames().length).toBe(2);
  return { page, frame: page.frames()[1]!, problems };
}

describe.each(Object.keys(embedded))("a page in a frame, by %s", (way) => {
  test("text: words, heads, keys and theme work, and the address outside stays", async ({
    skip,
  }) => {
    if (!browser) return skip(noChromium);
    const { page, frame, problems } = await embed(textPage(), way);
    await frame.locator("h2", { hasText: '"it" looks at "cat": 0.71' }).waitFor();
    await frame.locator(".token").nth(2).click();
    await frame.locator("h2", { hasText: '"cat" looks at' }).waitFor();
    await frame.locator("select").first().selectOption("0");
    await frame.locator("h2", { hasText: '"cat" looks at' }).filter({ hasText: "L0H11" }).waitFor();
    await page.keyboard.press("Tab");
    await frame.locator("heed-heat-map canvas.overlay").press("ArrowDown");
    await frame.locator("h2", { hasText: '"sat"' }).waitFor();
    await frame.locator("button.theme").click();
    expect(await frame.locator("html").getAttribute("data-theme")).toBe("dark");
    expect(page.url()).toMatch(/\/notebook\?cell=3$/);
    expect(problems).toEqual([]);
    await page.close();
  });

  test("image: patches and heads work", async ({ skip }) => {
    if (!browser) return skip(noChromium);
    const { page, frame, problems } = await embed(imagePage(imagePagePicture()), way);
    const headline = frame.locator("h2", { hasText: "looks most at" });
    await headline.waitFor();
    const before = await headline.textContent();
    await frame.locator("heed-image-grid canvas.overlay").press("ArrowLeft");
    await expect.poll(() => headline.textContent()).not.toBe(before);
    expect(problems).toEqual([]);
    await page.close();
  });
});

describe.each([
  ["a sandbox without scripts", "", undefined],
  ["a page that forbids its scripts", undefined, "script-src 'self'"],
])("in %s", (_, sandbox, policy) => {
  test("the file says what it was to show", async ({ skip }) => {
    if (!browser) return skip(noChromium);
    const { page, frame } = await embed(textPage(), "srcdoc", { sandbox, policy });
    await frame.locator("p", { hasText: "because it was tired" }).waitFor({ state: "visible" });
    await frame.locator("p", { hasText: "allow scripts to see it" }).waitFor({ state: "visible" });
    await page.close();
  });
});
