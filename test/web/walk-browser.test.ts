import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { embeddedModel } from "../../src/load.node.ts";
import { noChromium, openChromium } from "../support/chromium.ts";
import { app, isThere } from "./support/app.ts";
import { complaintsOf, holds } from "./support/app-page.ts";
import { type AppServer, serveApp } from "./support/app-server.ts";
import { packagedApp } from "./support/built-app.ts";

// The page as somebody walks through it: with a finger on a phone, where what comes has to come into sight, and by keys alone, where the focus has to stay somewhere.

const phone: BrowserContextOptions = {
  viewport: { width: 360, height: 740 },
  hasTouch: true,
  isMobile: true,
  reducedMotion: "reduce",
};
const desk: BrowserContextOptions = { viewport: { width: 1280, height: 720 } };
let browser: Browser | undefined;
let server: AppServer;

beforeAll(async () => {
  server = await serveApp(await packagedApp());
  browser = await openChromium();
});
beforeEach(({ skip }) => {
  if (!browser) skip(noChromium);
});
afterAll(async () => {
  await browser?.close();
  await server.close();
});

async function opened(
  window: BrowserContextOptions,
  hash = "",
): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser!.newContext(window);
  const page = await context.newPage();
  const complaints = complaintsOf(page);
  await page.goto(`${server.address}${hash}`);
  await holds(page, isThere);
  return { page, complaints };
}

async function become(page: Page, change: object): Promise<void> {
  await page.evaluate(`${app}.set(${JSON.stringify(change)})`);
  await holds(page, isThere);
}

const boxOf = async (page: Page, selector: string) =>
  (await page.locator(selector).first().boundingBox())!;

/** Taps with a finger what is in sight already: nothing is scrolled to. */
async function touch(page: Page, name: string): Promise<void> {
  const { x, y, width, height } = (await page
    .getByRole("button", { name, exact: true })
    .boundingBox())!;
  expect(y, `${name} is in sight`).toBeGreaterThanOrEqual(0);
  expect(y + height, `${name} is in sight`).toBeLessThanOrEqual(740);
  await page.touchscreen.tap(x + width / 2, y + height / 2);
}

/** Where the sentence that sticks on top ends. */
const underTop = (page: Page) =>
  page.evaluate<number>(
    "document.querySelector('heed-app').shadowRoot.querySelector('.top').getBoundingClientRect().bottom",
  );

test("a finger goes through all steps: each begins under what sticks, and Next stays where it is", async () => {
  const { page, complaints } = await opened(phone, "#panel=steps");
  const title = page.locator("heed-steps h3");
  await title.waitFor();
  await page.getByRole("button", { name: "Next" }).scrollIntoViewIfNeeded();
  const count = await page.locator("heed-steps .list li").count();
  const places: number[] = [];
  for (let step = 1; step < count; step++) {
    const before = await title.textContent();
    await touch(page, "Next");
    await expect.poll(() => title.textContent()).not.toBe(before);
    await expect.poll(async () => (await boxOf(page, "heed-steps h3")).y).toBeLessThan(740 / 2);
    const moves = await boxOf(page, "heed-steps .moves");
    expect((await boxOf(page, "heed-steps h3")).y).toBeGreaterThanOrEqual(moves.y + moves.height);
    expect(moves.y).toBeGreaterThanOrEqual((await underTop(page)) - 1);
    places.push((await page.getByRole("button", { name: "Next" }).boundingBox())!.y);
  }
  expect(count).toBeGreaterThan(10);
  expect(Math.max(...places) - Math.min(...places)).toBeLessThan(2);
  // A reader who has scrolled down in a step still has the way to the next one.
  await page.getByRole("button", { name: "Back" }).tap();
  await page.mouse.wheel(0, 300);
  await expect
    .poll(async () => Math.abs((await boxOf(page, "heed-steps .moves")).y - (await underTop(page))))
    .toBeLessThan(2);
  expect(complaints).toEqual([]);
});

test("Other heads leads to the head where every word looks at the cat by one tap, in sight", async () => {
  const { page, complaints } = await opened(phone, "#panel=heads");
  await touch(page, "Most: L5H11, 0.71");
  await expect
    .poll(() => page.evaluate(`${app}.state.layer + " " + ${app}.state.head`))
    .toBe("5 11");
  await expect
    .poll(() => page.locator("heed-app-heads .head").textContent())
    .toContain("10 of 11 tokens of this sentence look at “cat”");
  // It is said where it is seen.
  const said = page.locator("heed-app-heads .said");
  await expect
    .poll(async () => {
      const { y, height } = (await said.boundingBox())!;
      return y + height;
    })
    .toBeLessThanOrEqual(740);
  expect(await page.getByRole("button", { name: /^Most:/ }).count()).toBe(0);
  expect(complaints).toEqual([]);
});

test("what a stop of the tour tells comes into sight; sliders are as high as a finger, and all words of a row are seen", async () => {
  const { page, complaints } = await opened(phone, "#panel=learn");
  const sliders = page.locator("heed-app-learn input[type=range]");
  await sliders.first().waitFor();
  expect((await sliders.nth(1).boundingBox())!.height).toBeGreaterThanOrEqual(36);
  const reveal = page.getByRole("button", { name: "Show what the model does" });
  await reveal.scrollIntoViewIfNeeded();
  await touch(page, "Show what the model does");
  const table = page.locator("heed-app-learn table").first();
  await expect.poll(async () => (await table.boundingBox())?.y).toBeLessThan(400);
  const { x, width } = (await table.boundingBox())!;
  expect(x + width).toBeLessThanOrEqual(360);
  for (const word of ["cat", "mat", "tired"])
    expect((await table.getByText(word, { exact: true }).boundingBox())!.x).toBeGreaterThan(0);
  // Stops do not begin where the last one was left.
  await page.getByRole("button", { name: "Stop 10" }).click();
  for (const action of [
    "cut “it” → “cat”",
    "silence L5H11",
    "random numbers for the query matrix",
  ]) {
    await page.getByRole("button", { name: action }).scrollIntoViewIfNeeded();
    await touch(page, action);
    await holds(page, isThere);
    const told = page.locator("heed-app-learn .told > :last-child");
    await expect
      .poll(async () => {
        const box = await told.boundingBox();
        return box && box.y >= (await underTop(page)) - 1 && box.y + box.height <= 740;
      })
      .toBe(true);
  }
  await page.getByRole("button", { name: "Next →" }).tap();
  await expect
    .poll(async () => (await boxOf(page, "heed-app-learn h3")).y)
    .toBeGreaterThan(await underTop(page));
  expect(complaints).toEqual([]);
});

test("with a finger the five questions at the end are answered from what is in sight, and a longer name of a head moves nothing", async () => {
  const { page, complaints } = await opened(phone, "#panel=learn");
  const learn = page.locator("heed-app-learn");
  await page.getByRole("button", { name: "Five questions" }).tap();
  await holds(page, isThere);
  const answered = (count: number) =>
    expect.poll(() => learn.locator(".goals .found").count()).toBe(count);
  await answered(0);
  const choose = async (layer: number, head: number) => {
    await page.locator("heed-app-head-chip button.main").tap();
    await page.locator("heed-app-head-chip .row").nth(layer).locator(".cell").nth(head).tap();
    await holds(page, isThere);
  };
  await page.getByRole("button", { name: "it", exact: true }).tap();
  await answered(1);
  await page.getByRole("button", { name: /^“dog” is looked at/ }).tap();
  await answered(2);
  const write = learn.getByRole("button", { name: "Write “comfortable” in place of “tired”" });
  await write.scrollIntoViewIfNeeded();
  await write.tap();
  await holds(page, isThere);
  await answered(3);
  expect(await write.count()).toBe(0);
  await choose(0, 2);
  await answered(4);
  const silence = learn.getByRole("button", { name: /^silence/ });
  await silence.tap();
  await expect.poll(() => learn.locator("[role=status]").textContent()).toContain("hardly moved");
  await choose(5, 11);
  await silence.tap();
  await answered(5);
  await learn.getByText("All five.").waitFor();

  await become(page, { panel: "heads", layer: 3, head: 1, changes: [] });
  const before = await underTop(page);
  await become(page, { layer: 5, head: 11 });
  expect(await underTop(page)).toBe(before);
  await page
    .getByText("of this sentence look at “dog” more than at anything else.")
    .waitFor({ timeout: 5000 });
  expect(complaints).toEqual([]);
});

test("the line shows the word that looks and what it looks at, and arcs lie on it alone", async () => {
  const { page, complaints } = await opened(phone);
  const text = `${"A cat sat on a mat and a dog on the sofa, and ".repeat(6)}it was tired.`;
  await become(page, { text });
  const last = await page.evaluate<number>(`${app}.seen.keys.length`);
  await become(page, { query: last - 3, keys: [2] });
  const line = await boxOf(page, "heed-app-sentence .words");
  await expect
    .poll(async () => (await boxOf(page, `heed-app-sentence [data-token="${last - 3}"]`)).y)
    .toBeLessThan(line.y + line.height);
  const clip = await page
    .locator("heed-app-sentence .arcs")
    .evaluate((arcs) => getComputedStyle(arcs).clipPath);
  expect(clip).toMatch(/^inset\(-\d+px -\d+px 0(px)?\)$/);
  await page.locator("heed-app-sentence .words").evaluate((words) => words.scrollTo(0, 0));
  const arcs = page.locator("heed-app-sentence .arcs path").first();
  const before = await arcs.getAttribute("d");
  await page.locator("heed-app-sentence .words").evaluate((words) => words.scrollTo(0, 60));
  await expect.poll(() => arcs.getAttribute("d")).not.toBe(before);

  // A shorter text after a longer one: the line is not left at its end.
  await become(page, { panel: "talk" });
  await become(page, { text: "The cat sat on the mat because it was tired." });
  await become(page, { query: 8, keys: [2, 6] });
  const words = await boxOf(page, "heed-app-sentence .words");
  await expect
    .poll(async () => (await boxOf(page, 'heed-app-sentence [data-token="2"]')).x)
    .toBeGreaterThanOrEqual(words.x);
  expect(complaints).toEqual([]);
});

test("on a page from right to left a text keeps its own direction beside another, and no difference is 0", async () => {
  const { page, complaints } = await opened(desk, "#panel=compare&language=ar");
  const words = page.locator("heed-app-compare .words");
  await expect.poll(() => words.count()).toBe(2);
  for (const row of await words.all()) {
    const places = await row
      .locator("button")
      .evaluateAll((buttons) => buttons.map((button) => button.getBoundingClientRect().x));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  }
  const numbers = page.locator("heed-app-compare td:nth-child(4)");
  await numbers.first().waitFor();
  const said = await numbers.allTextContents();
  expect(said).toContain("0");
  expect(said.filter((text) => /[+−]\u200e?\.00/.test(text))).toEqual([]);
  await become(page, { panel: "learn", step: "guess" });
  await page.locator("heed-app-learn button.main").first().click();
  expect(await page.locator("heed-app-learn table").first().getAttribute("dir")).toBe("ltr");
  expect(complaints).toEqual([]);
});

/** The name of what has the focus, within all shadow roots; "" where nothing has it. */
const focused = `(() => {
  let one = document.activeElement;
  while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
  return one === document.body || !one ? "" : (one.getAttribute("aria-label") ?? one.textContent ?? "").trim().replace(/\\s+/g, " ") || one.localName;
})()`;

test("by keys alone the focus is never lost: into a panel and back, after a cut, after the text was changed", async () => {
  const { page, complaints } = await opened(desk);
  const has = (name: string | RegExp) =>
    expect.poll(() => page.evaluate<string>(focused)).toMatch(name);
  await page.getByRole("button", { name: "Why?" }).focus();
  await page.keyboard.press("Enter");
  await has(/^Why\?$/);
  await page.keyboard.press("Tab");
  await has(/^Close/);
  await page.keyboard.press("Enter");
  await has(/^Why\?$/);
  expect(await page.evaluate(`${app}.state.panel`)).toBe(undefined);
  await page.getByRole("button", { name: "Show me, 6 minutes" }).focus();
  await page.keyboard.press("Enter");
  await has(/^Learn$/);
  await become(page, { panel: "change" });
  await page.getByRole("button", { name: "Cut “it” → “cat”" }).focus();
  await page.keyboard.press("Enter");
  await holds(page, `${app}.state.changes.length === 1`);
  await holds(page, isThere);
  await has(/./);
  await page.getByRole("button", { name: "Undo" }).first().focus();
  await page.keyboard.press("Enter");
  await holds(page, `${app}.state.changes.length === 0`);
  await has(/./);
  await page.getByRole("button", { name: "Change the sentence" }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("End");
  await page.keyboard.type(" So it slept.");
  await page.keyboard.press("Enter");
  await has(/^Change the sentence$/);
  expect(complaints).toEqual([]);
});

test("by keys: a panel that is opened over another or from the menu has the focus, a stop of the tour too, and Escape leads back", async () => {
  const { page, complaints } = await opened(desk);
  const has = (name: string | RegExp) =>
    expect.poll(() => page.evaluate<string>(focused)).toMatch(name);
  const panel = () => page.evaluate(`${app}.state.panel`);
  const press = async (name: string) => {
    await page.getByRole("button", { name, exact: true }).first().focus();
    await page.keyboard.press("Enter");
  };
  await press("Why?");
  await has(/^Why\?$/);
  await press("What if?");
  await has(/^What if\?$/);
  expect(await page.evaluate(isHeading)).toBe(true);
  // A slider is nothing that is typed into.
  await page.getByLabel("Weight of “cat” for “it”").focus();
  await page.keyboard.press("Escape");
  await has(/^What if\?$/);
  expect([await panel(), await page.evaluate(isHeading)]).toEqual([undefined, false]);
  await press("Menu");
  // What scrolls is no stop of its own: Firefox makes one of it.
  expect(await page.locator("heed-app-menu #menu").getAttribute("tabindex")).toBe("-1");
  await press("Compare two sentences");
  await has(/^Compare$/);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  expect(await page.evaluate(focused)).toBe("input");
  await page.keyboard.press("Escape");
  expect(await panel()).toBe("compare");
  // An open sheet is closed first.
  await page.locator("heed-app-head-chip button").first().focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  expect(await panel()).toBe("compare");
  await page.keyboard.press("Escape");
  await expect.poll(panel).toBe(undefined);
  await press("Show me, 6 minutes");
  await has(/^Learn$/);
  for (const stop of ["swap", "place", "product"]) {
    await press("Next →");
    await expect.poll(() => page.evaluate(`${app}.state.step`)).toBe(stop);
    await expect.poll(() => page.evaluate(isHeading)).toBe(true);
    await holds(page, isThere);
  }
  await page.keyboard.press("Escape");
  await expect.poll(panel).toBe(undefined);
  expect(complaints).toEqual([]);
  await page.context().close();
});

/** Whether what has the focus is a heading, in sight. */
const isHeading = `(() => {
  let one = document.activeElement;
  while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
  const { top, bottom } = one.getBoundingClientRect();
  return /^h[23]$/.test(one.localName) && top >= 0 && bottom <= innerHeight;
})()`;

test("a long text is a short way for the Tab key; arrow keys go along its words; nothing has the focus under what sticks", async () => {
  const { page, complaints } = await opened(desk);
  await become(page, { text: "The cat sat on the mat. ".repeat(12), panel: "heads" });
  await page.locator("heed-links button").first().waitFor();
  await page.evaluate("document.activeElement?.blur?.()");
  const names: string[] = [];
  for (let count = 0; count < 60; count++) {
    await page.keyboard.press("Tab");
    const name = await page.evaluate<string>(focused);
    if (name === "") break;
    names.push(name);
    const covered = await page.evaluate<boolean>(`(() => {
      let one = document.activeElement;
      while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
      const top = document.querySelector("heed-app").shadowRoot.querySelector(".top");
      if (one.getRootNode().host?.closest?.("heed-app-sentence, heed-app-first, heed-app-head-chip, heed-app-menu")) return false;
      return one.getBoundingClientRect().top < top.getBoundingClientRect().bottom - 1 && document.querySelector("heed-app").shadowRoot.querySelector("#panel").contains(one.getRootNode().host);
    })()`);
    expect(covered, `${name} lies under the sentence`).toBe(false);
  }
  expect(names.length).toBeLessThan(40);
  expect(names).toContain("Change the sentence");
  await page.locator("heed-app-sentence .word[tabindex='0']").focus();
  await page.keyboard.press("Home");
  expect(await page.evaluate(focused)).toBe("[CLS]");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  expect(await page.evaluate(focused)).toBe("cat");
  await page.keyboard.press("Enter");
  await expect.poll(() => page.evaluate(`${app}.state.query`)).toBe(2);
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowDown");
  expect(await page.evaluate(focused)).toMatch(/^“The” is looked at/);
  await page.keyboard.press("Enter");
  await expect.poll(() => page.evaluate(`${app}.state.keys.includes(1)`)).toBe(true);
  expect(complaints).toEqual([]);
});

test("another language says what the analysis says; what it has no phrase for is marked as English", async () => {
  const { page, complaints } = await opened(desk, "#panel=steps&language=ar");
  const more = page.locator("heed-app-steps .more li");
  await more.first().waitFor({ state: "attached" });
  expect(await page.evaluate("document.documentElement.dir")).toBe("rtl");
  for (const line of await more.all()) {
    expect(await line.getAttribute("lang")).toBe(null);
    expect(await line.textContent()).toMatch(/\p{Script=Arabic}{4}/u);
  }
  // Its own sentences are of the page's language.
  expect(await page.locator("heed-steps section > p").first().getAttribute("lang")).toBe(null);
  await become(page, { step: "parts" });
  const leftOut = page.locator("heed-steps .toy span");
  await expect.poll(() => leftOut.textContent()).toContain("bert شيئًا إلى الدرجات");
  expect(await leftOut.getAttribute("lang")).toBe(null);
  const say = (text: string) =>
    page.evaluate<string>(
      `document.querySelector("heed-app").shadowRoot.querySelector("heed-app-steps").shadowRoot.querySelector("heed-steps").words.say(${JSON.stringify(text)})`,
    );
  expect(await say("what no phrase says")).toBe("what no phrase says");
  expect(complaints).toEqual([]);
});

test("a model's files that are dropped anywhere open it; what is no model leaves the one that is there, and says what to drop", async () => {
  const { page, complaints } = await opened(desk);
  const drop = (files: readonly (readonly [name: string, base64: string])[]) =>
    page.evaluate(
      `(() => {
        const transfer = new DataTransfer();
        for (const [name, base64] of ${JSON.stringify(files)})
          transfer.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name));
        const drag = (type) => new DragEvent(type, { bubbles: true, composed: true, cancelable: true, dataTransfer: transfer });
        return [drag("dragover"), drag("drop")].map((event) => !document.body.dispatchEvent(event));
      })()`,
    );
  const notice = page.locator("heed-app .notice p");
  expect(await drop([["notes.txt", btoa("a note")]])).toEqual([true, true]);
  await expect.poll(() => notice.textContent()).toContain("config.json");
  expect(await page.evaluate(`${app}.state.model.kind`)).toBe("embedded");
  const folder = embeddedModel("heed-stories");
  const names = ["config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"];
  await drop(names.map((name) => [name, readFileSync(join(folder, name)).toString("base64")]));
  await expect
    .poll(() => page.evaluate(`${app}.model?.said.type ?? ${app}.failure`), { timeout: 60_000 })
    .toBe("gpt2");
  await holds(page, isThere);
  expect(await page.locator("heed-app-sentence .word").count()).toBeGreaterThan(5);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("the grid under the head's name closes when a head is chosen by a tap, and stays open for arrow keys", async () => {
  const { page } = await opened(desk);
  const chip = page.locator("heed-app-head-chip");
  const isOpen = () => chip.locator("#heads").evaluate((grid) => grid.matches(":popover-open"));
  await chip.getByRole("button").first().click();
  await expect.poll(isOpen).toBe(true);
  await page.keyboard.press("Tab");
  const grid = chip.locator("#heads");
  await expect.poll(() => grid.evaluate((own) => own.matches(":focus-within"))).toBe(true);
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => page.evaluate(`${app}.state.head`)).toBe(2);
  expect(await isOpen()).toBe(true);
  await page.getByRole("radio", { name: /^L5H11:/ }).click();
  await expect.poll(isOpen).toBe(false);
  await expect.poll(() => page.evaluate(`${app}.state.head`)).toBe(11);
  // What was cut stays listed, though nothing is left of it.
  await become(page, { panel: "change", layer: 3, head: 1 });
  await page.getByRole("button", { name: "Cut “it” → “[CLS]”" }).click();
  await holds(page, isThere);
  const cut = page.getByRole("button", { name: "Cut “it” → “[CLS]”" });
  await expect.poll(() => cut.isDisabled()).toBe(true);
  await page.context().close();
});
