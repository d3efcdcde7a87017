import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { panels } from "../../web/state/state.ts";
import { noChromium, openChromium } from "../support/chromium.ts";
import { app, isThere } from "./support/app.ts";
import { complaintsOf, expectAccessible, holds } from "./support/app-page.ts";
import { type AppServer, serveApp } from "./support/app-server.ts";
import { packagedApp } from "./support/built-app.ts";
import { servers } from "./support/served.ts";

// The whole page with its model: links, what is saved of it, by keyboard, on a phone, from right to left, and over this machine's kernels.

const menu = "heed-app-menu button[popovertarget=menu]";
const serve = servers();
let browser: Browser | undefined;
let server: AppServer;
let page: Page;
let complaints: string[] = [];

beforeAll(async () => {
  server = await serveApp(await packagedApp(), {
    headers: {
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
    },
  });
  browser = await openChromium();
  if (!browser) return;
  const context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"] });
  page = await context.newPage();
  complaints = complaintsOf(page);
  await page.goto(server.address);
  await holds(page, isThere);
});
beforeEach(({ skip }) => {
  if (!browser) skip(noChromium);
});
afterAll(async () => {
  await browser?.close();
  await server.close();
});

/** Brings the page to another state, and waits for its run. */
async function become(change: object): Promise<void> {
  await page.evaluate(`${app}.set(${JSON.stringify(change)})`);
  await holds(page, isThere);
}

const stateOf = (one: Page) =>
  one.evaluate<Record<string, unknown>>(`JSON.parse(JSON.stringify(${app}.state))`);

test("a copied link opens the same view", async () => {
  await become({ text: "The bank of the river was steep.", panel: "heads", theme: "dark" });
  await become({ layer: 5, head: 11, query: 2, keys: [5] });
  await page.locator(menu).click();
  await page.getByRole("button", { name: "Copy link" }).click();
  await expect
    .poll(() => page.locator("heed-app-export [role=status]").textContent(), { timeout: 60_000 })
    .toBe("Copied.");
  const link = await page.evaluate<string>("navigator.clipboard.readText()");
  const other = await page.context().newPage();
  await other.goto(link);
  await holds(other, isThere);
  expect(await stateOf(other)).toEqual(await stateOf(page));
  await other.close();
  await page.keyboard.press("Escape");
  await become({ panel: undefined, theme: "light" });
});

/** Clicks a button of the menu, and gives the file that comes of it. */
async function saved(name: string): Promise<{ name: string; path: string }> {
  const coming = page.waitForEvent("download");
  await page.getByRole("button", { name, exact: true }).click();
  const download = await coming;
  const path = join(mkdtempSync(join(tmpdir(), "heed-saved-")), download.suggestedFilename());
  await download.saveAs(path);
  return { name: download.suggestedFilename(), path };
}

test("a link that names what is not there says so, and opens what is", async () => {
  const other = await page.context().newPage();
  await other.goto(`${server.address}#head=L9H1&word=8&keys=2,40&panel=heads`);
  await holds(other, isThere);
  const notice = other.locator("heed-app .notice p");
  expect(await notice.textContent()).toMatch(/head=L9H1, keys=40 .* 6 layers of 12 heads and 13/);
  expect(await stateOf(other)).toMatchObject({ query: 8, keys: [2], panel: "heads" });
  // Where the explorer is open already too.
  await other.goto(`${server.address}#word=99`);
  await expect.poll(() => notice.textContent()).toContain("word=99");
  await other.close();
});

test("what is saved opens again, with the numbers on screen", async () => {
  const text = "The cat sat on the mat because it was tired.";
  await become({ text });
  await become({ layer: 3, head: 1, query: 8, keys: [2] });
  await page.locator(menu).click();
  const weight = await page.evaluate<number>(`${app}.seen.weights[3][13 * 13 + 8 * 13 + 2]`);

  const json = JSON.parse(readFileSync((await saved("JSON")).path, "utf8"));
  expect(json.weights[8][2]).toBeCloseTo(weight, 6);
  expect(readFileSync((await saved("CSV")).path, "utf8")).toContain(`3,1,8,it,2,cat,${weight}`);
  const png = await saved("PNG");
  expect(png.name).toBe("heed-L3H1-it.png");
  expect(readFileSync(png.path).subarray(1, 4).toString()).toBe("PNG");

  // In a context of its own: the app may still be fetching what it will need later.
  const apart = await browser!.newContext({ offline: true });
  const other = await apart.newPage();
  const troubles = complaintsOf(other);
  await other.goto(pathToFileURL((await saved("SVG")).path).href);
  expect(await other.textContent("svg")).toContain(text);
  await other.goto(pathToFileURL((await saved("Page")).path).href);
  await expect.poll(() => other.locator("heed-sentence").count(), { timeout: 60_000 }).toBe(1);
  expect(await other.textContent("body")).toContain("all-MiniLM-L6-v2");
  expect(troubles).toEqual([]);
  await apart.close();

  await page.getByRole("button", { name: "Copy picture" }).click();
  await expect
    .poll(() => page.locator("heed-app-export [role=status]").textContent(), { timeout: 60_000 })
    .toBe("Copied.");
  const types = await page.evaluate<string[]>(
    "navigator.clipboard.read().then(([item]) => [...item.types])",
  );
  expect(types).toEqual(["image/png"]);
  await page.keyboard.press("Escape");
});

test("a talk of several views is one page that steps by keys and needs no network", async () => {
  const addView = async (title: string) => {
    await page.locator(menu).click();
    await page.getByRole("button", { name: "Add to the talk" }).click();
    await expect
      .poll(() => page.locator("heed-app-export [role=status]").textContent(), { timeout: 60_000 })
      .toMatch(new RegExp(`^Added: .*${title}`));
    await page.keyboard.press("Escape");
  };
  await addView("looks at");
  await become({ changes: [{ kind: "cut", query: 8, key: 2, heads: ["L3H1"] }] });
  await page.getByRole("button", { name: "Examples" }).focus();
  await addView("cut in L3H1");
  await become({ panel: "heads", changes: [] });
  await addView("looks at");
  await become({ panel: "steps", step: "keys" });
  await addView("key");
  await become({ panel: "talk" });
  await expect.poll(() => page.locator("heed-app-talk li").count()).toBe(4);
  await page.getByRole("button", { name: "View 2 earlier" }).click();
  const coming = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save the talk as one page" }).click();
  const path = join(mkdtempSync(join(tmpdir(), "heed-talk-")), "talk.html");
  await (await coming).saveAs(path);

  // In a context of its own: the app may still be fetching what it will need later.
  const apart = await browser!.newContext({ offline: true });
  const other = await apart.newPage();
  const troubles = complaintsOf(other);
  await other.goto(pathToFileURL(path).href);
  const shown = () => other.locator("section.current h2").textContent();
  expect(await shown()).toContain("cut in L3H1");
  expect(await other.locator("section.current img").count()).toBe(2);
  // The sentence before and after, the sentence and the map of a head are on one screen each.
  for (const size of [
    { width: 1280, height: 720 },
    { width: 1920, height: 1080 },
  ]) {
    await other.setViewportSize(size);
    for (const key of ["Home", "PageDown", "PageDown"]) {
      await other.keyboard.press(key);
      const height = await other.evaluate<number>("document.documentElement.scrollHeight");
      expect(height, `${size.width}: ${await shown()}`).toBe(size.height);
    }
    await other.keyboard.press("Home");
  }
  /** The views that a clicker comes by, each shown to its end. */
  const walked = async (key: string) => {
    const place = () => other.evaluate<string>("location.hash");
    const all = [await place()];
    for (let click = 0; click < 20; click++) {
      await other.keyboard.press(key);
      if ((await place()) !== all.at(-1)) all.push(await place());
    }
    return all;
  };
  const forth = await walked("PageDown");
  expect(forth).toEqual(["#1", "#2", "#3", "#4"]);
  expect(await shown()).toContain("key");
  // The smallest text of every picture, as it is scaled.
  const smallest = await other.evaluate<number[]>(`(() => {
    const all = [];
    for (const section of document.querySelectorAll("section")) {
      section.style.display = "flex";
      for (const image of section.querySelectorAll("img")) {
        const svg = new TextDecoder().decode(Uint8Array.from(atob(image.src.split(",")[1]), (letter) => letter.charCodeAt(0)));
        const sizes = [...svg.matchAll(/font-size="([\\d.]+)"/g)].map(([, size]) => Number(size));
        const { width, height } = image.getBoundingClientRect();
        all.push(Math.min(...sizes) * Math.min(width / image.naturalWidth, height / image.naturalHeight));
      }
      section.style.display = "";
    }
    return all;
  })()`);
  expect(smallest).toHaveLength(5);
  expect(Math.min(...smallest)).toBeGreaterThanOrEqual(28);
  await other.keyboard.press("End");
  const back = await walked("ArrowLeft");
  expect(back).toEqual(forth.reverse());
  const size = await other.evaluate<string>(
    "getComputedStyle(document.querySelector('section.current p')).fontSize",
  );
  expect(Number.parseFloat(size)).toBeGreaterThanOrEqual(28);
  expect(troubles).toEqual([]);
  await apart.close();
  await become({ panel: undefined });
});

test("fits a phone, in every panel, in both directions of writing", async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  for (const direction of ["ltr", "rtl"])
    for (const panel of [undefined, ...panels]) {
      await page.evaluate(`${app}.set({ panel: ${JSON.stringify(panel)} })`);
      await holds(page, isThere);
      await page.evaluate(`document.documentElement.dir = ${JSON.stringify(direction)}`);
      await page.waitForTimeout(50);
      const width = await page.evaluate<number>("document.documentElement.scrollWidth");
      expect(width, `${panel} ${direction}`).toBeLessThanOrEqual(360);
    }
  await page.evaluate("document.documentElement.dir = 'ltr'");
  await page.setViewportSize({ width: 1280, height: 720 });
  await become({ panel: undefined });
});

test.for([undefined, ...panels])("axe finds nothing in the panel %s", async (panel) => {
  await page.evaluate(`${app}.set({ panel: ${JSON.stringify(panel)} })`);
  await holds(page, isThere);
  await page.waitForTimeout(100);
  await expectAccessible(page);
});

test("Compare opens already run: an example with its word swapped, else a sentence without the word looked at", async () => {
  const field = page.locator("heed-app-compare input[name=other]");
  await become({ text: "The cat sat on the mat because it was tired.", panel: "compare" });
  await expect.poll(() => field.inputValue()).toBe("The cat sat on the mat because it was dirty.");
  await expect.poll(() => page.locator("heed-app-compare section").count()).toBe(3);
  await become({ text: "The bank of the river was steep.", other: undefined });
  await become({ query: 2, keys: [5] });
  await expect.poll(() => field.inputValue()).toBe("The bank of the was steep.");
  expect(await page.evaluate(`${app}.state.other`)).toBe(undefined);
  await become({ panel: undefined });
});

test("arcs go to their new width on one scale, and at once where no motion is wanted", async () => {
  const text = "The cat sat on the mat because it was tired.";
  /** The width of an arc from "it" to "cat" in L3H1, by the run's own weight. */
  const due = () =>
    page.evaluate<number>(
      `(() => { const { weights, keys } = ${app}.seen; return Number((1 + 7 * weights[3][(keys.length + 8) * keys.length + 2]).toFixed(2)); })()`,
    );
  const arc = `document.querySelector("heed-app").shadowRoot.querySelector("heed-app-sentence").shadowRoot`;
  const width = `Number(${arc}.querySelector("path.first")?.getAttribute("stroke-width"))`;
  /** All widths that the arc has while another word comes, from the one that is due before to the one due then. */
  const widths = async (): Promise<{ seen: number[]; start: number; end: number }> => {
    await become({ text, layer: 3, head: 1 });
    await become({ query: 8, keys: [2] });
    const start = await due();
    await holds(page, `${width} === ${start}`);
    // A clock ten times slower: a machine that draws few frames draws some on the way too.
    await page.evaluate(`(() => {
      const clock = performance.now.bind(performance);
      const begun = clock();
      performance.now = () => begun + (clock() - begun) / 10;
      globalThis.widths = [${width}];
      globalThis.watching = new MutationObserver(() => {
        if (${width} !== widths.at(-1)) widths.push(${width});
      });
      watching.observe(${arc}, { subtree: true, childList: true, attributes: true });
    })()`);
    await become({ text: text.replace("tired", "dirty") });
    const end = await due();
    await holds(page, `${width} === ${end}`);
    const seen = await page.evaluate<number[]>(
      "(watching.disconnect(), delete performance.now, widths)",
    );
    return { seen, start, end };
  };
  await page.emulateMedia({ reducedMotion: "no-preference" });
  const { seen, start, end } = await widths();
  expect([seen[0], seen.at(-1)]).toEqual([start, end]);
  expect(seen.length).toBeGreaterThan(2);
  expect(seen).toEqual([...seen].sort((a, b) => b - a));
  await page.emulateMedia({ reducedMotion: "reduce" });
  expect((await widths()).seen).toEqual([start, end]);
});

test("everything is reached by the keyboard, and nothing holds it", async () => {
  await page.evaluate(`${app}.set({ panel: undefined })`);
  await page.evaluate("document.activeElement?.blur?.()");
  const focused = `(() => {
    let one = document.activeElement;
    while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
    return one === document.body || !one ? "" : (one.getAttribute("aria-label") ?? one.textContent ?? "").trim() || one.localName;
  })()`;
  const names: string[] = [];
  for (let count = 0; count < 80; count++) {
    await page.keyboard.press("Tab");
    names.push(await page.evaluate<string>(focused));
    if (names.length > 5 && names.at(-1) === names[0]) break;
  }
  for (const name of ["Menu", "Examples", "Why?", "What if?", "Other heads"])
    expect(names).toContain(name);
  expect(names.at(-1), "comes back to where it began").toBe(names[0]);
});

test("nothing was complained about", () => {
  expect(complaints).toEqual([]);
});

test("heed open: the page asks this machine's kernels, and its links do not tell the token", async () => {
  const address = await serve(["The bank of the river."]);
  const context = await browser!.newContext({
    permissions: ["clipboard-read", "clipboard-write"],
  });
  const own = await context.newPage();
  const troubles = complaintsOf(own);
  const asked: string[] = [];
  own.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await own.goto(address);
  await holds(own, isThere);
  expect(asked).toContain("/ask");
  expect(asked.filter((path) => path.startsWith("/model/"))).toEqual([]);
  expect(await stateOf(own)).toMatchObject({ text: "The bank of the river." });
  await own.evaluate(`${app}.set({ text: "The bank of England." })`);
  await holds(
    own,
    `${isThere} && ${app}.seen.queries.some(({ text }) => text.toLowerCase() === "england")`,
  );
  await own.locator(menu).click();
  await own.getByRole("button", { name: "Copy link" }).click();
  await expect
    .poll(() => own.locator("heed-app-export [role=status]").textContent(), { timeout: 60_000 })
    .toBe("Copied.");
  const link = await own.evaluate<string>("navigator.clipboard.readText()");
  expect(link).toContain("England");
  expect(link).not.toContain("engine");
  expect(troubles).toEqual([]);
  await context.close();
});
