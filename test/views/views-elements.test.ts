import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { imagePagePicture } from "../../examples/image-page.ts";
import type { HeedElement, PagePicture, ViewChange } from "../../src/views/page/elements.ts";
import { drawn, noChromium, openChromium } from "../support/chromium.ts";
import type { ElementsPage } from "../support/elements-page.ts";
import type { Asked } from "../support/later-source.ts";

/** What a test keeps in the page's window. */
interface Window {
  readonly heed: ElementsPage;
  /** Questions that wait for an answer, by the element's name. */
  asked: Asked[];
  element: HeedElement;
  said: ViewChange[];
  busy: string[];
}

const entry = fileURLToPath(new URL("../support/elements-page.ts", import.meta.url));
let browser: Browser | undefined;
let script = "";

beforeAll(async () => {
  browser = await openChromium();
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: "iife",
    write: false,
  });
  script = outputFiles[0]!.text;
});

afterAll(() => browser?.close());

/** A page with the elements, and whatever else its markup says. */
async function open(markup = "", options: Parameters<Browser["newPage"]>[0] = {}): Promise<Page> {
  const page = await browser!.newPage({ viewport: { width: 700, height: 600 }, ...options });
  page.on("pageerror", (error) => {
    throw error;
  });
  await page.setContent(`<!doctype html>${markup}`);
  await page.addScriptTag({ content: script });
  return page;
}

/** Five words, two layers of two heads; q, k and v lead to the weights. */
function picture(): PagePicture {
  const words = ["[CLS]", "the", "cat", "sat", "."];
  const [T, H, D] = [words.length, 2, 4];
  const vectors = (seed: number): Float32Array =>
    Float32Array.from({ length: H * T * D }, (_, index) => Math.sin(index * seed + seed));
  const layers = [1, 2].map((seed) => ({ q: vectors(seed), k: vectors(seed + 2) }));
  const weights = layers.map(({ q, k }) => {
    const rows = new Float32Array(H * T * T);
    for (let row = 0; row < H * T; row++) {
      const powers = words.map((_, key) => {
        const at = (Math.floor(row / T) * T + key) * D;
        let dot = 0;
        for (let d = 0; d < D; d++) dot += q[row * D + d]! * k[at + d]!;
        return Math.exp(dot / 2);
      });
      const sum = powers.reduce((total, power) => total + power, 0);
      for (const [key, power] of powers.entries()) rows[row * T + key] = power / sum;
    }
    return rows;
  });
  return {
    texts: ["the cat sat."],
    model: { name: "small", layers: 2, heads: H, tokens: T },
    queries: words.map((text) => ({ text, special: text.startsWith("[") })),
    weights,
    vectors: {
      headWidth: D,
      scale: 0.5,
      q: layers.map(({ q }) => q),
      k: layers.map(({ k }) => k),
      v: [vectors(5), vectors(6)],
    },
  };
}

/** The picture as it can be handed to a page. */
function plain(picture: PagePicture): PagePicture {
  const lists = (layers: readonly ArrayLike<number>[]) => layers.map((part) => Array.from(part));
  const { weights, vectors } = picture;
  return {
    ...picture,
    weights: lists(weights as readonly ArrayLike<number>[]),
    vectors: vectors && {
      ...vectors,
      q: lists(vectors.q),
      k: lists(vectors.k),
      v: lists(vectors.v),
    },
  };
}

const start = { query: 2, key: 3, layer: 1, head: 1 };

/** Puts an element over a source that answers later, or at once. */
async function show(page: Page, tag: string, isLater: boolean): Promise<void> {
  await page.evaluate(
    ([tag, isLater, picture, start]) => {
      const window = globalThis as unknown as Window;
      const { defineElements, textSource, laterSource } = window.heed;
      defineElements();
      const held = textSource(picture);
      const later = laterSource(held);
      window.asked = later.asked;
      window.said = [];
      window.busy = [];
      const element = document.createElement(tag) as HeedElement;
      new MutationObserver(() => window.busy.push(element.getAttribute("aria-busy")!)).observe(
        element,
        { attributeFilter: ["aria-busy"] },
      );
      element.addEventListener("heed-view", ({ detail }) => window.said.push(detail));
      Object.assign(element, { source: isLater ? later.source : held, view: start });
      document.body.append(element);
      window.element = element;
    },
    [tag, isLater, plain(picture()), start] as const,
  );
  await drawn(page);
}

/** Answers, or refuses, what was asked: all, or the questions of one name. */
async function answer(page: Page, { name, refusal }: { name?: string; refusal?: string } = {}) {
  await page.evaluate(
    ([name, refusal]) => {
      const { asked } = globalThis as unknown as Window;
      const chosen = asked.filter((question) => name === undefined || question.name === name);
      for (const question of chosen) {
        asked.splice(asked.indexOf(question), 1);
        if (refusal === undefined) question.answer();
        else question.refuse(refusal);
      }
    },
    [name, refusal] as const,
  );
  await drawn(page);
}

async function look(page: Page, view: ViewChange): Promise<void> {
  await page.evaluate((view) => {
    const { element } = globalThis as unknown as Window;
    element.view = { ...element.view!, ...view };
  }, view);
  await drawn(page);
}

/** What an element says, and the colours of its picture, as one text. */
async function contentOf(page: Page, tag: string): Promise<string> {
  return page.locator(tag).evaluate((element) => {
    const root = element.shadowRoot!;
    const canvas = root.querySelector<HTMLCanvasElement>("canvas.picture");
    return `${root.querySelector(".content")!.outerHTML.replaceAll(/<!--.*?-->/g, "")} ${canvas?.toDataURL()}`;
  });
}

const tags = [
  "heed-sentence",
  "heed-headline",
  "heed-heat-map",
  "heed-head-grid",
  "heed-rankings",
  "heed-way",
  "heed-page",
];

test.for(tags)("%s over a source that answers at once never waits", async (tag, { skip }) => {
  if (!browser) return skip(noChromium);
  const page = await open();
  await show(page, tag, false);
  expect(await page.evaluate(() => (globalThis as unknown as Window).busy)).toEqual(["false"]);
  expect(await page.locator(".content").first().textContent()).not.toBe("");
  await page.close();
});

test.for(tags.slice(0, -1))(
  "%s shows the same once a source has answered",
  async (tag, { skip }) => {
    if (!browser) return skip(noChromium);
    const [atOnce, later] = [await open(), await open()];
    await show(atOnce, tag, false);
    await show(later, tag, true);
    const element = later.locator(tag);
    expect(await element.getAttribute("aria-busy")).toBe("true");
    const wanted = await contentOf(atOnce, tag);
    expect(await contentOf(later, tag)).not.toBe(wanted);
    // The steps ask for vectors when they have the weights.
    await answer(later);
    await answer(later);
    expect(await element.getAttribute("aria-busy")).toBe("false");
    expect(await contentOf(later, tag)).toBe(wanted);
    await Promise.all([atOnce.close(), later.close()]);
  },
);

test("an answer that comes after the view moved on is dropped", async ({ skip }) => {
  if (!browser) return skip(noChromium);
  const [atOnce, page] = [await open(), await open()];
  await show(atOnce, "heed-sentence", false);
  await show(page, "heed-sentence", true);
  await look(page, { query: 1 });
  await look(page, { query: 3 });
  await look(atOnce, { query: 3 });
  const values = page.locator(".value");
  expect(await values.allTextContents()).toEqual(["", "", "", "", ""]);
  const answerOf = (query: number) =>
    page.evaluate((query) => {
      const { asked } = globalThis as unknown as Window;
      asked.find(({ args }) => args[1] === query)!.answer();
    }, query);
  await answerOf(3);
  await drawn(page);
  const wanted = await atOnce.locator(".value").allTextContents();
  expect(wanted[1]).not.toBe("");
  expect(await values.allTextContents()).toEqual(wanted);
  await answerOf(1);
  await answerOf(2);
  await drawn(page);
  expect(await values.allTextContents()).toEqual(wanted);
  expect(await page.locator("heed-sentence").getAttribute("aria-busy")).toBe("false");
  await Promise.all([atOnce.close(), page.close()]);
});

test("while it waits, an element keeps the last numbers with their own names", async ({ skip }) => {
  if (!browser) return skip(noChromium);
  const page = await open();
  await show(page, "heed-rankings", true);
  await answer(page);
  const captions = page.locator("caption");
  expect(await captions.allTextContents()).toEqual([
    'In L1H1 "cat" looks at',
    'Heads where "cat" looks at "sat"',
  ]);
  const before = await page.locator("tbody").first().textContent();
  await look(page, { query: 1, head: 0 });
  expect(await captions.first().textContent()).toBe('In L1H1 "cat" looks at');
  expect(await page.locator("tbody").first().textContent()).toBe(before);
  await answer(page);
  expect(await captions.first().textContent()).toBe('In L1H0 "the" looks at');
  await page.close();
});

test("a source that refuses is said in place, until the view moves on", async ({ skip }) => {
  if (!browser) return skip(noChromium);
  const page = await open();
  await show(page, "heed-sentence", true);
  await answer(page, { refusal: "the worker <b>stopped</b>" });
  const failure = page.locator(".failure");
  expect(await failure.textContent()).toBe(
    "These numbers could not be read: the worker <b>stopped</b>",
  );
  expect(await page.locator("heed-sentence").getAttribute("aria-busy")).toBe("false");
  await page.locator(".token").nth(1).click();
  expect(await page.evaluate(() => (globalThis as unknown as Window).said)).toEqual([{ query: 1 }]);
  await look(page, { query: 1 });
  expect(await failure.count()).toBe(0);
  await answer(page);
  expect(await page.locator(".value").nth(1).textContent()).toMatch(/^0\.\d\d$/);
  await page.close();
});

test("the whole page works over a source that answers later, in whatever order, with one part refused", async ({
  skip,
}) => {
  if (!browser) return skip(noChromium);
  const page = await open();
  await page.evaluate((picture) => {
    const window = globalThis as unknown as Window;
    const { defineElements, textSource, laterSource, ViewStore } = window.heed;
    defineElements();
    const { source, asked } = laterSource(textSource(picture));
    window.asked = asked;
    const store = new ViewStore(source, { query: 2, layer: 1, head: 1 });
    const element = document.createElement("heed-page") as HeedElement;
    Object.assign(element, { source, view: store.view });
    element.addEventListener("heed-view", ({ detail }) => store.set(detail));
    store.listen((view) => Object.assign(element, { view }));
    document.body.append(element);
  }, plain(picture()));
  await drawn(page);
  expect(await page.locator(".word").allTextContents()).toEqual([
    "[CLS]",
    "the",
    "cat",
    "sat",
    ".",
  ]);
  expect(await page.locator("h2").textContent()).toBe("");
  await answer(page, { name: "thumbnails" });
  await answer(page, { name: "weights", refusal: "no memory" });
  await answer(page, { name: "rows" });
  await answer(page, { name: "row" });
  await answer(page);
  expect(await page.locator("h2").textContent()).toMatch(/^"cat" looks at ".+": 0\.\d\d in L1H1/);
  expect(await page.locator("heed-heat-map .failure").textContent()).toContain("no memory");
  expect(await page.locator(".failure").count()).toBe(1);
  expect(await page.locator(".softmax tr").count()).toBeGreaterThan(4);
  await page.locator(".token").nth(3).click();
  await answer(page);
  await answer(page);
  expect(await page.locator("h2").textContent()).toMatch(/^"sat" looks at/);
  await page.close();
});

test("several on one page stand apart; a page's own styles do not reach them, its --heed-… do", async ({
  skip,
}) => {
  if (!browser) return skip(noChromium);
  const page = await open(`<style>
    * { color: red !important; display: inline !important; font-size: 3px; letter-spacing: 1em }
    button, canvas, td { visibility: hidden; width: 900px }
    #second { --heed-mark: rgb(1, 2, 3); --heed-ink: rgb(4, 5, 6) }
    </style><div id="first"></div><div id="second"></div>`);
  await page.evaluate((picture) => {
    const { defineElements, textSource } = (globalThis as unknown as Window).heed;
    defineElements();
    const source = textSource(picture);
    for (const [id, query] of [
      ["first", 1],
      ["second", 2],
    ] as const) {
      const element = document.createElement("heed-sentence") as HeedElement;
      Object.assign(element, { source, view: { query, key: 3, layer: 0, head: 0 } });
      document.getElementById(id)!.append(element);
    }
  }, plain(picture()));
  await drawn(page);
  const styleOf = (place: string) =>
    page.locator(place).evaluate((element) => {
      const { visibility, width, borderTopColor, fontSize, color, letterSpacing } =
        getComputedStyle(element);
      return { visibility, width, borderTopColor, fontSize, color, letterSpacing };
    });
  const first = await styleOf('#first .token[aria-checked="true"] .word');
  expect(first).toMatchObject({ visibility: "visible", fontSize: "17px", letterSpacing: "normal" });
  expect(first.borderTopColor).toBe("rgb(179, 38, 30)");
  const second = await styleOf('#second .token[aria-checked="true"] .word');
  expect(second.borderTopColor).toBe("rgb(1, 2, 3)");
  expect(await page.locator('#first .token[aria-checked="true"]').textContent()).toContain("the");
  expect(await page.locator('#second .token[aria-checked="true"]').textContent()).toContain("cat");
  await page.close();
});

test("an element is as light or dark as what is around it, or as its theme says", async ({
  skip,
}) => {
  if (!browser) return skip(noChromium);
  const page = await open("<style>:root { color-scheme: light }</style>", { colorScheme: "dark" });
  await show(page, "heed-legend", false);
  const legend = page.locator("heed-legend");
  const isDark = async () => (await legend.getAttribute("dark")) !== null;
  expect(await isDark()).toBe(false);
  await page.evaluate(() => {
    document.documentElement.style.colorScheme = "light dark";
    (globalThis as unknown as Window).element.requestUpdate();
  });
  await drawn(page);
  expect(await isDark()).toBe(true);
  await page.emulateMedia({ colorScheme: "light" });
  await drawn(page);
  expect(await isDark()).toBe(false);
  await legend.evaluate((element) => element.setAttribute("theme", "dark"));
  await drawn(page);
  expect(await isDark()).toBe(true);
  await page.close();
});

test("keys: words and cells are chosen, one word is reached by Tab, nothing outside is asked for", async ({
  skip,
}) => {
  if (!browser) return skip(noChromium);
  const page = await open();
  await show(page, "heed-sentence", false);
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowRight");
  const said = () => page.evaluate(() => (globalThis as unknown as Window).said);
  expect(await said()).toEqual([{ query: 3 }, { query: 4 }]);
  expect(await page.locator('.token[tabindex="0"]').count()).toBe(1);
  await page.evaluate(() => document.body.replaceChildren());
  await show(page, "heed-heat-map", false);
  await page.keyboard.press("Tab");
  for (const key of ["ArrowDown", "ArrowLeft", "a"]) await page.keyboard.press(key);
  expect(await said()).toEqual([
    { query: 3, key: 3 },
    { query: 2, key: 2 },
  ]);
  await page.close();
});

test("properties may be set before the element has its name", async ({ skip }) => {
  if (!browser) return skip(noChromium);
  const page = await open("<heed-sentence></heed-sentence>");
  await page.evaluate(
    ([picture, view]) => {
      const { defineElements, textSource } = (globalThis as unknown as Window).heed;
      const element = document.querySelector("heed-sentence")!;
      Object.assign(element, { source: textSource(picture), view });
      defineElements();
    },
    [plain(picture()), start] as const,
  );
  await drawn(page);
  expect(await page.locator(".token").count()).toBe(5);
  await page.evaluate(() => {
    const element = document.querySelector("heed-sentence")!;
    element.view = { ...element.view!, query: 3 };
  });
  await drawn(page);
  expect(await page.locator(`.token[aria-checked="true"]`).textContent()).toContain("sat");
  await page.close();
});

test("an image's elements work over a source that answers later", async ({ skip }) => {
  if (!browser) return skip(noChromium);
  const page = await open();
  const { image, weights, ...rest } = imagePagePicture();
  const given = {
    ...rest,
    image: { ...image, rgb: Array.from(image.rgb) },
    weights: weights.map((part) => Array.from(part)),
  };
  await page.evaluate(({ image, ...rest }) => {
    const window = globalThis as unknown as Window;
    const { defineElements, imageSource, laterSource } = window.heed;
    defineElements();
    const held = imageSource({ ...rest, image: { ...image, rgb: Uint8Array.from(image.rgb) } });
    const { source, asked } = laterSource(held);
    window.asked = asked;
    const element = document.createElement("heed-image-page") as HeedElement;
    const view = { query: 0, key: undefined, layer: 1, head: 2 };
    document.body.append(Object.assign(element, { source, view }));
    window.element = element;
  }, given);
  const map = page.locator("heed-image-map");
  await drawn(page);
  expect(await map.getAttribute("aria-busy")).toBe("true");
  expect(await page.locator("caption").first().textContent()).toBe("In L1H2 [CLS] looks at");
  await answer(page);
  await map.and(page.locator('[aria-busy="false"]')).waitFor();
  expect(await page.locator("h2").textContent()).toContain("[CLS] looks most at patch");
  expect(await page.locator("tbody tr").count()).toBe(14);
  await page.close();
});

test("the module can be imported where there is no document", async () => {
  const elements = await import("../../src/views/page/elements.ts");
  const source = elements.textSource(picture());
  const store = new elements.ViewStore(source, { query: 2 });
  expect(store.view).toMatchObject({ query: 2, layer: 0, head: 0 });
  expect(store.view.key).toBeGreaterThan(0);
  const short = { ...picture(), weights: [[1, 2]] };
  expect(() => elements.textSource(short)).toThrow(
    "textSource: weights (heads × queries × keys) of layer 0 needs 50 values, got 2",
  );
});
