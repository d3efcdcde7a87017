import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { stops } from "../../web/tour/stop.ts";
import { noChromium, openChromium } from "../support/chromium.ts";
import { app, isThere } from "./support/app.ts";
import { complaintsOf, expectAccessible, holds } from "./support/app-page.ts";
import { type AppServer, serveApp } from "./support/app-server.ts";
import { packagedApp } from "./support/built-app.ts";

// The page on a lecture's screen and on paper, and what it says of a run with changes.

let browser: Browser | undefined;
let server: AppServer;
let page: Page;
let complaints: string[] = [];

beforeAll(async () => {
  server = await serveApp(await packagedApp());
  browser = await openChromium();
  if (!browser) return;
  page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
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

/** What is shown at first, and behind each key of a clicker. */
async function walked<T>(shown: () => Promise<T>): Promise<T[]> {
  const seen = [await shown()];
  for (const key of ["PageDown", "ArrowRight", "ArrowRight", "ArrowLeft"]) {
    await page.keyboard.press(key);
    await page.waitForTimeout(200);
    seen.push(await shown());
  }
  return seen;
}

async function become(change: string): Promise<void> {
  await page.evaluate(`${app}.set(${change})`);
  await holds(page, isThere);
  await page.waitForTimeout(300);
}

/** Texts that stand smaller than so many pixels of the screen: "12 px: weight". */
const smallTexts = (least: number) => `(() => {
  const found = [];
  const walk = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) walk(element.shadowRoot);
      const own = [...element.childNodes].filter(({ nodeType }) => nodeType === 3).map(({ textContent }) => textContent.trim()).join("");
      if (own === "" || !element.checkVisibility({ visibilityProperty: true }) || element.closest(".unseen, style, svg title")) continue;
      // A picture's own units are as large on screen as it is scaled.
      const { a, b, c, d } = element.ownerSVGElement ? element.getScreenCTM() : { a: element.currentCSSZoom, b: 0, c: 0, d: element.currentCSSZoom };
      const size = Number.parseFloat(getComputedStyle(element).fontSize) * Math.sqrt(Math.abs(a * d - b * c));
      if (size < ${least}) found.push(size + " px: " + own);
    }
  };
  walk(document);
  return found;
})()`;

test.each(["undefined", '"steps"', '"change"', '"heads"', '"compare"', '"learn"'])(
  "presented on 1080 lines nothing is written below 28 px: %s",
  async (panel) => {
    await become(`{ panel: ${panel}, presents: true }`);
    expect(await page.evaluate(smallTexts(27.9))).toEqual([]);
    expect(await page.locator("heed-app-sentence .edit").count()).toBe(0);
    await become("{ presents: false }");
    expect(await page.locator("heed-app-sentence .edit").count()).toBe(1);
  },
);

const cut = '[{ kind: "cut", query: 8, key: 2, heads: ["L3H1"] }]';
const stepNames = (id: string) => `{ panel: "steps", step: "${id}" }`;

describe.each([
  { width: 1920, height: 1080 },
  { width: 1280, height: 720 },
])("presented on $width × $height", (size) => {
  beforeAll(() => page?.setViewportSize(size));
  afterAll(() => page?.setViewportSize({ width: 1920, height: 1080 }));

  const isWhole = async (view: string) => {
    await become(`{ presents: true, step: undefined, changes: [], ...${view} }`);
    const height = () => page.evaluate<number>("document.documentElement.scrollHeight");
    await expect.poll(height).toBeLessThanOrEqual(size.height);
    // Nothing is drawn so wide that it runs into what stands beside it.
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(size.width);
    await become("{ presents: false, panel: undefined, step: undefined, changes: [] }");
  };

  test.each([
    "{ panel: undefined }",
    "{ panel: 'steps' }",
    "{ panel: 'heads' }",
    "{ panel: 'heads', step: 'map' }",
    "{ panel: 'heads', step: 'lines' }",
    "{ panel: 'compare' }",
    `{ panel: 'compare', changes: ${cut} }`,
    `{ panel: 'change', changes: ${cut} }`,
    `{ panel: 'change', step: 'layers', changes: ${cut} }`,
    `{ panel: 'change', step: 'numbers', changes: ${cut} }`,
  ])("a view is on screen whole: %s", isWhole);

  test("every step is on screen whole", async () => {
    await become("{ panel: 'steps' }");
    const steps = page.locator("heed-steps");
    await steps.waitFor();
    const ids = await steps.evaluate((own) => (own as unknown as { ids: string[] }).ids);
    expect(ids.length).toBeGreaterThan(12);
    for (const id of ids) await isWhole(stepNames(id));
  });
});

test("a clicker goes from what comes of a change to its way through the layers, then to the numbers, and back", async () => {
  await become(`{ presents: true, panel: "change", step: undefined, changes: ${cut} }`);
  const parts = [".verdict", ".strip", "figure .before svg"];
  const consequence = page.locator("heed-app-change .consequence");
  const shown = async () => {
    const there = await Promise.all(parts.map((part) => consequence.locator(part).isVisible()));
    return parts.filter((_, place) => there[place]);
  };
  await holds(page, `${app}.state.step === undefined`);
  await page.locator("heed-app-change .consequence[aria-busy=false] .verdict").waitFor();
  expect(await walked(shown)).toEqual([
    [".verdict"],
    [".strip"],
    ["figure .before svg"],
    ["figure .before svg"],
    [".strip"],
  ]);
  // The sentence with its changes is said once.
  expect(await page.locator("heed-app-sentence").count()).toBe(0);
  await become("{ presents: false, panel: undefined, step: undefined, changes: [] }");
});

test("a clicker brings up the rest of a view that is longer than the screen before it goes on, and back", async () => {
  await page.setViewportSize({ width: 800, height: 600 });
  await become("{ presents: true, panel: 'steps', step: 'products' }");
  await page.locator("heed-steps h3").waitFor();
  const place = () => page.evaluate<[string, boolean]>(`[${app}.state.step, scrollY > 0]`);
  const seen: [string, boolean][] = [];
  for (let clicks = 0; clicks < 9 && seen.at(-1)?.[0] !== "directions"; clicks++) {
    await page.keyboard.press("PageDown");
    await page.waitForTimeout(200);
    seen.push(await place());
  }
  expect(seen[0]).toEqual(["products", true]);
  expect(seen.at(-1)![1]).toBe(false);
  expect(seen.at(-1)![0]).toBe("directions");
  await page.keyboard.press("PageUp");
  await expect.poll(place).toEqual(["products", false]);
  await page.setViewportSize({ width: 1920, height: 1080 });
  await become("{ presents: false, panel: undefined, step: undefined }");
});

/** What can be tapped outside of the views themselves: what leads away from one. */
const ways = `(() => {
  const views = "heed-app-head-chip, heed-app-sentence, heed-steps, heed-heads, heed-heat-map, heed-lines, heed-links, heed-app-compare .texts";
  const found = [];
  const walk = (root, isView) => {
    for (const element of root.querySelectorAll("*")) {
      const isIn = isView || element.closest(views) !== null || element.closest(".texts") !== null;
      if (element.shadowRoot) walk(element.shadowRoot, isIn);
      if (!isIn && element.matches("a, button, input, select, summary, textarea") && element.checkVisibility({ visibilityProperty: true }))
        found.push(element.localName + ": " + (element.textContent.trim() || element.getAttribute("aria-label")));
    }
  };
  walk(document, false);
  return found;
})()`;

/** A view of the tour, and one of training. */
const taught = [
  ...stops.map((stop) => `{ panel: "learn", step: "${stop}" }`),
  '{ panel: "train" }',
];

test.each(taught)(
  "presented, nothing of what teaches is for a hand or too small: %s",
  async (view) => {
    await become(`{ ...${view}, presents: true }`);
    await page.locator("heed-app-learn h3, heed-app-train p").first().waitFor();
    expect(await page.evaluate(ways)).toEqual([]);
    // The questions at the end are put to whoever listens.
    const asked = (await page.evaluate<string[]>(forHands)).filter((one) => !one.startsWith("li:"));
    expect(asked).toEqual([]);
    expect(await page.evaluate(smallTexts(27.9))).toEqual([]);
    await become("{ presents: false }");
    expect(await page.evaluate<string[]>(ways)).not.toEqual([]);
    await become("{ panel: undefined, step: undefined }");
  },
);

test("a clicker brings up what a stop of the tour tells, result by result, then the next stop; and goes back", async () => {
  await become('{ panel: "learn", step: "swap", presents: true }');
  const told = page.locator("heed-app-learn .see");
  const now = page.locator("heed-app-learn .acts .now");
  for (const [count, word] of [
    [1, "tired"],
    [2, "dirty"],
    [3, "warm"],
  ] as const) {
    await page.keyboard.press("PageDown");
    await holds(page, isThere);
    await expect.poll(() => told.count()).toBe(count);
    expect(await now.textContent()).toBe(`it was ${word}`);
    expect(await page.evaluate(`${app}.state.text`)).toContain(word);
  }
  const step = () => page.evaluate(`${app}.state.step`);
  expect(await step()).toBe("swap");
  // What is longer than the screen is brought up first.
  await expect
    .poll(async () => {
      if ((await step()) === "swap") await page.keyboard.press("PageDown");
      return step();
    })
    .toBe("place");
  await holds(page, isThere);
  await page.keyboard.press("PageDown");
  await holds(page, isThere);
  expect(await now.textContent()).toBe("the first “the”");
  await page.keyboard.press("PageUp");
  await expect.poll(() => now.count()).toBe(0);
  await page.keyboard.press("PageUp");
  await expect.poll(step).toBe("swap");
  await become("{ presents: false, panel: undefined, step: undefined }");
});

test("presented, a film is a picture whose words are as large as all others, and a click plays it", async () => {
  await become('{ panel: "train" }');
  await page.getByRole("button", { name: "Watch how it learned" }).click();
  const film = page.locator("heed-film");
  await film.locator("canvas").first().waitFor();
  await become("{ presents: true }");
  expect(await film.locator(".matrix text").count()).toBeGreaterThan(20);
  expect(await page.evaluate(smallTexts(27.9))).toEqual([]);
  expect(await page.evaluate(forHands)).toEqual([]);
  const step = film.locator(".facts strong");
  const last = await step.textContent();
  expect(last).toMatch(/^Step (\d+) of \1$/);
  await expect
    .poll(async () => {
      await page.keyboard.press("PageDown");
      return step.textContent();
    })
    .not.toBe(last);
  await become("{ presents: false }");
  await expect
    .poll(() => page.evaluate<string[]>(forHands), { timeout: 60_000 })
    .toContain("button: Pause");
  await become("{ panel: undefined }");
});

test.each(["undefined", '"steps"', '"change"', '"heads"', '"compare"'])(
  "presented, nothing but the view is there: %s",
  async (panel) => {
    const changes =
      panel === '"change"' ? `[{ kind: "cut", query: 8, key: 2, heads: ["L3H1"] }]` : "[]";
    await become(`{ panel: ${panel}, presents: true, changes: ${changes} }`);
    expect(await page.evaluate(ways)).toEqual([]);
    expect(await page.locator("heed-app-first .hint").filter({ visible: true }).count()).toBe(0);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    await become("{ presents: false, changes: [] }");
    expect(await page.evaluate<string[]>(ways)).toContain("button: Why?");
  },
);

/** What a hand is asked for within the views: buttons that read as such, sliders, boxes, and hints to point or tap. */
const forHands = `(() => {
  const found = [];
  const walk = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) walk(element.shadowRoot);
      if (!element.checkVisibility({ visibilityProperty: true })) continue;
      const own = [...element.childNodes].filter(({ nodeType }) => nodeType === 3).map(({ textContent }) => textContent.trim()).join(" ");
      const isSaid = /\\b(tap|point at|drag|click|cut a|choose)\\b/i.test(own);
      const isControl = element.matches("input, select, textarea, summary, button.plain, button.main, button.swap") && getComputedStyle(element).pointerEvents !== "none";
      if (isSaid || isControl) found.push(element.localName + ": " + (own || element.getAttribute("aria-label")));
    }
  };
  walk(document);
  return found;
})()`;

test.each([
  "{ panel: undefined }",
  ...["hand", "query", "products", "scores", "softmax", "directions"].map(
    (step) => `{ panel: "steps", step: "${step}" }`,
  ),
  "{ panel: 'heads', step: 'map' }",
  "{ panel: 'heads', step: 'lines' }",
  "{ panel: 'change' }",
  "{ panel: 'compare' }",
  "{ panel: 'talk' }",
  "{ panel: 'models' }",
])("presented, nothing asks for a hand: %s", async (view) => {
  await become(`{ presents: true, step: undefined, ...${view} }`);
  expect(await page.evaluate(forHands)).toEqual([]);
  await become("{ presents: false, panel: 'steps', step: 'softmax' }");
  await expect
    .poll(() => page.evaluate<string[]>(forHands), { timeout: 60_000 })
    .toContain("button: Reset");
  await become("{ panel: undefined, step: undefined }");
});

test("a clicker swaps the sentence's word, forth and back", async () => {
  const text = "The cat sat on the mat because it was tired.";
  await become(`{ presents: true, panel: undefined, text: "${text}" }`);
  for (const [key, word] of [
    ["PageDown", "dirty"],
    ["PageDown", "dirty"],
    ["PageUp", "tired"],
  ] as const) {
    await page.keyboard.press(key);
    await holds(page, isThere);
    expect(await page.evaluate(`${app}.state.text`)).toBe(text.replace("tired", word));
  }
  await become("{ presents: false }");
});

test("a clicker goes from all heads to the open one as a map, then as lines, and back; a link names which", async () => {
  await become(`{ panel: "heads", presents: true }`);
  const parts = ["heed-heads", "heed-heat-map", "heed-lines"];
  const shown = async () => {
    const there = await Promise.all(parts.map((part) => page.locator(part).count()));
    return parts.filter((_, place) => there[place]! > 0);
  };
  expect(await walked(shown)).toEqual([
    ["heed-heads"],
    ["heed-heat-map"],
    ["heed-lines"],
    ["heed-lines"],
    ["heed-heat-map"],
  ]);
  await expect.poll(() => page.evaluate("location.hash")).toContain("step=map");
  await become("{ presents: false, panel: undefined }");
});

test("on paper nothing is tapped, all is as wide as on screen, and a page in the dark is light", async () => {
  await become("{ panel: 'heads', theme: 'dark', presents: false }");
  await page.locator("heed-heads canvas.picture").waitFor();
  /** The map's middle cell, how wide the page is laid out, and what can be tapped. */
  const printed = () =>
    page.evaluate<[number, number, string[]]>(`(() => {
      const found = [];
      let lightness = 0;
      const walk = (root) => {
        for (const element of root.querySelectorAll("*")) {
          if (element.shadowRoot) walk(element.shadowRoot);
          if (element.matches("heed-heads")) {
            const canvas = element.shadowRoot.querySelector("canvas.picture");
            const { data } = canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height / 2, 9, 9);
            lightness = Math.max(...data.filter((_, at) => at % 4 < 3));
          }
          const isControl = element.matches("header, summary, select, button.plain, .ways button, .swap, .edit, .invitation");
          if (isControl && element.checkVisibility({ visibilityProperty: true })) found.push(element.localName + "." + element.className);
        }
      };
      walk(document);
      return [lightness, document.querySelector("heed-app").offsetWidth, found];
    })()`);
  const [dark, width] = await printed();
  await page.evaluate("dispatchEvent(new Event('beforeprint'))");
  await page.emulateMedia({ media: "print" });
  const [light, sheet, controls] = await printed();
  expect(controls).toEqual([]);
  expect(sheet).toBe(width);
  expect([dark < 200, light > 200]).toEqual([true, true]);
  await page.evaluate("dispatchEvent(new Event('afterprint'))");
  await page.emulateMedia({ media: null });
  await page.waitForTimeout(200);
  expect((await printed())[0]).toBe(dark);
  expect(await page.evaluate("document.documentElement.dataset.theme")).toBe("dark");
  await become("{ panel: undefined, theme: undefined }");
});

test("a run with changes says so where they are not listed, leads to them, and lets them go", async () => {
  const changes = `[{ kind: "cut", query: 8, key: 2, heads: ["L3H1"] }]`;
  await become(
    `{ panel: undefined, text: "The cat sat on the mat because it was tired.", layer: 3, head: 1, query: 8, changes: ${changes} }`,
  );
  const said = page.locator("heed-app .changed");
  expect(await said.textContent()).toContain("Your changes: 1");
  await expectAccessible(page);
  await said.getByRole("button").first().click();
  expect(await page.evaluate(`${app}.state.panel`)).toBe("change");
  expect(await said.count()).toBe(0);
  await become(`{ panel: "heads" }`);
  await said.getByRole("button", { name: "Remove all" }).click();
  await holds(page, isThere);
  expect(await page.evaluate(`${app}.state.changes`)).toEqual([]);
  expect(await said.count()).toBe(0);
});

test("on a phone a cut says what comes of it at the end, and is undone, where it was made", async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  await become(`{ panel: "change", changes: [] }`);
  await page.getByRole("button", { name: "Cut “it” → “cat”" }).click();
  const brief = page.locator("heed-app-change .brief");
  await expect.poll(() => brief.textContent(), { timeout: 60_000 }).toContain("turns 0.4°");
  await expect(brief.boundingBox()).resolves.toMatchObject({ x: expect.any(Number) });
  const { y, height } = (await brief.boundingBox())!;
  expect(y + height).toBeLessThanOrEqual(741);
  await expectAccessible(page);
  await brief.getByRole("button", { name: "Undo" }).click();
  await holds(page, isThere);
  expect(await page.evaluate(`${app}.state.changes`)).toEqual([]);
  await page.setViewportSize({ width: 1280, height: 720 });
});

test("a stop with several results tells each when it was tapped, and what to know after all of them", async () => {
  await become(`{ panel: "learn", step: "effect" }`);
  const panel = page.locator("heed-app-learn");
  const told = panel.locator(".see");
  const act = async (name: string | RegExp, count: number) => {
    await panel.getByRole("button", { name }).click();
    await holds(page, isThere);
    await expect.poll(() => told.count()).toBe(count);
  };
  expect(await told.count()).toBe(0);
  await act(/random numbers/, 1);
  expect(await told.textContent()).toContain("row goes flat");
  await act("take it back", 1);
  await act(/^cut/, 2);
  expect(await told.first().textContent()).toContain("link cut");
  expect(await panel.locator(".know").count()).toBe(0);
  await act("silence L5H11", 3);
  expect(await panel.locator(".know").count()).toBe(1);
});

test("a head that is silenced in vain is told with its number, and the one that moves the sentence answers", async () => {
  await become(
    `{ panel: "learn", step: "quiz", text: "The dog slept on the sofa because it was tired.", layer: 3, head: 1, changes: [] }`,
  );
  const panel = page.locator("heed-app-learn");
  await panel.getByRole("button", { name: "silence L3H1" }).click();
  await expect
    .poll(() => panel.locator(".quiet[role=status]").textContent(), { timeout: 60_000 })
    .toMatch(/Without L3H1 .* likeness to before is \.9\d+/);
  expect(complaints).toEqual([]);
});
