import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { noChromium, openChromium } from "../support/chromium.ts";
import { folderWithLetters } from "../support/command-line.ts";
import { app, isThere } from "./support/app.ts";
import {
  complaintsOf,
  expectAccessible,
  expectHarmless,
  holds,
  hostileTexts,
} from "./support/app-page.ts";
import { packagedApp } from "./support/built-app.ts";
import { servers } from "./support/served.ts";

// The page over other kinds of models than the embedded one, as heed open serves it: a decoder, and one that reads pictures.

const root = fileURLToPath(new URL("../..", import.meta.url));
const vit = `${root}test/tasks/image-vit`;
const clip = `${root}test/towers/clip`;
const swin = `${root}test/golden/hub-swin`;
const serve = servers();
let browser: Browser | undefined;
let context: BrowserContext;

beforeAll(async () => {
  await packagedApp();
  browser = await openChromium();
  context = (await browser?.newContext({ permissions: ["clipboard-read", "clipboard-write"] }))!;
});
beforeEach(({ skip }) => {
  if (!browser) skip(noChromium);
});
afterAll(async () => {
  await browser?.close();
});

/** The page that heed open prints the address of, with what it complains about. */
async function opened(
  args: readonly string[],
  when = isThere,
): Promise<{ page: Page; complaints: string[] }> {
  const address = await serve(args);
  const page = await context.newPage();
  const complaints = complaintsOf(page);
  await page.goto(address);
  await holds(page, when);
  return { page, complaints };
}

const found = (page: Page) => page.locator("heed-app-first .found").textContent();
const expectFound = (page: Page) => expect.poll(() => found(page));
const set = (page: Page, change: object) =>
  page.evaluate(`${app}.set(${JSON.stringify(change)})`).then(() => holds(page, isThere));

test("a decoder: what comes later is hatched, and the next word it expects is written by a tap", async () => {
  const { page, complaints } = await opened([
    "the cat sat",
    "--model",
    folderWithLetters("gpt2", 99),
  ]);
  await set(page, { query: 3, keys: [1] });
  const count = await page.evaluate<number>(`${app}.seen.keys.length`);
  expect(await page.locator("heed-app-sentence .weight.hidden").count()).toBe(count - 4);
  await expectFound(page).toContain("what comes after");
  await set(page, { query: 0 });
  await expectFound(page).toContain("can look only at itself");

  const says = page.locator("heed-app-says .choice");
  await expect.poll(() => says.count()).toBe(5);
  const name = await page.evaluate<string>(
    `${app}.model.says(${app}.seen.run).then(([{ choices }]) => choices[0].name)`,
  );
  await says.first().click();
  await holds(page, isThere);
  expect(await page.evaluate(`${app}.state.text`)).toBe(`the cat sat${name}`);
  await expectAccessible(page);
  expect(complaints).toEqual([]);
});

test("a decoder whose heads rest on the first word: other words are found, and it is said what was left out", async () => {
  const text = "The cat and the mat and the dog and the hen and the pig and the cow.";
  const { page, complaints } = await opened([text, "--model", "heed-stories"]);
  await set(page, { layer: 2, head: 0, query: 3, keys: [1] });
  await expectFound(page).toMatch(
    /^In L2H0, the#2 looks at (?!The#1).* Left out is The#1, with \.9\d/,
  );
  const number = page.locator("heed-app-sentence .token").first().locator(".number");
  await expect.poll(() => number.textContent()).toMatch(/^\.9/);
  await set(page, { panel: "heads" });
  const links = page.locator("heed-links li");
  await links.first().waitFor();
  const toFirst = links.filter({ hasText: "→ The#1" });
  expect(await toFirst.count()).toBe(0);
  await page.getByLabel("with the first word, where heads rest").check();
  expect(await toFirst.count()).toBeGreaterThan(4);
  expect(await page.locator("heed-app-heads .head p").first().textContent()).toContain(
    "it mostly rests on the first token.",
  );
  // Nothing looks at a word behind the last layer: what does change is what it predicts itself.
  const sat = { kind: "ablateHeads", heads: ["L3H0"], by: "zero", query: 4 };
  await set(page, { panel: "change", query: 4, changes: [sat] });
  const consequence = page.locator("heed-app-change .consequence");
  await consequence
    .getByText("Unchanged: next word. The change was made in the last layer")
    .waitFor();
  expect(await consequence.locator("table.outcome").count()).toBe(1);
  expect(await consequence.locator("table.outcome thead").textContent()).toContain(
    "After “mat” it expects",
  );
  await set(page, { query: 3, changes: [] });
  // A reader who pins it asks about it.
  await set(page, { panel: undefined, keys: [0] });
  await expectFound(page).toMatch(/^In L2H0, the#2 looks at The#1 with/);
  expect(complaints).toEqual([]);
});

test("a picture: weights over its patches, patches to compare, its class, and what a cut does to it", async () => {
  const { page, complaints } = await opened([`${vit}/small.png`, "--model", vit]);
  expect(await page.evaluate(`${app}.state.picture`)).toBe("small.png");
  await expectFound(page).toMatch(/\[CLS\] looks at patch \d,\d with/);
  const map = page.locator("heed-image-map canvas.overlay");
  // The map takes its size when what stands around it is there.
  let box = { width: 0, height: 0 };
  await expect
    .poll(async () => {
      const before = JSON.stringify(box);
      box = (await map.boundingBox())!;
      return JSON.stringify(box) === before;
    })
    .toBe(true);
  const at = (column: number, row: number) => ({
    position: { x: (box.width * (column + 0.5)) / 4, y: (box.height * (row + 0.5)) / 4 },
  });
  await map.click(at(2, 1));
  expect(await page.evaluate(`${app}.state.query`)).toBe(1 + 4 + 2);
  await page.getByRole("button", { name: "to compare" }).click();
  await set(page, { keys: [] });
  await map.click(at(0, 0));
  await map.click(at(3, 3));
  expect(await page.evaluate(`${app}.state.keys`)).toEqual([1, 16]);
  expect(await page.locator("heed-app-says .choice").first().textContent()).toMatch(/thing \d/);
  // A patch is called one wherever a sentence is about it.
  await set(page, { panel: "change" });
  const change = page.locator("heed-app-change");
  expect(await change.locator(".cause p").first().textContent()).toMatch(/, patch \d,\d looks at/);
  await change
    .getByRole("button", { name: /^Cut “patch \d,\d” → “patch \d,\d”$/ })
    .first()
    .waitFor();
  await page.locator("heed-app-head-chip button").first().click();
  expect(await page.locator("heed-app-head-chip p").textContent()).toMatch(
    /“patch \d,\d” looks at “patch \d,\d”/,
  );
  await page.keyboard.press("Escape");
  await set(page, { panel: undefined });

  const before = await page.evaluate<string>(`location.hash`);
  expect(before).toContain("picture=small.png");
  await page.locator("heed-app-menu button[popovertarget=menu]").click();
  await page.getByRole("button", { name: "Copy link" }).click();
  await expect
    .poll(() => page.locator("heed-app-export [role=status]").textContent())
    .toContain("chooses “small.png” there");
  const coming = page.waitForEvent("download");
  await page.getByRole("button", { name: "SVG", exact: true }).click();
  const svg = readFileSync((await (await coming).path())!, "utf8");
  expect(svg).toContain("data:image/png");
  expect(svg).toContain("small.png");
  await page.keyboard.press("Escape");

  await set(page, { panel: "heads" });
  await expect.poll(() => page.locator("heed-image-grid").count()).toBe(1);
  await set(page, { panel: "steps" });
  await expect
    .poll(() => page.locator("heed-app-steps .answer").first().textContent())
    .toContain("patch 0,0");
  await set(page, { panel: "change", changes: [{ kind: "cut", query: 7, key: 1 }] });
  await expect.poll(() => page.locator(".outcome tbody tr").count()).toBeGreaterThan(3);
  await expectAccessible(page);
  expect(complaints).toEqual([]);
});

test.each([vit, clip])(
  "a phone shows the first screen of a picture whole, to its three ways on: %s",
  async (model) => {
    const { page } = await opened([`${vit}/small.png`, "--model", model]);
    await page.setViewportSize({ width: 360, height: 740 });
    const ways = page.getByRole("button", { name: "Other heads" });
    await expect
      .poll(async () => {
        const { y, height } = (await ways.boundingBox())!;
        return y + height;
      })
      .toBeLessThanOrEqual(740);
  },
);

test("layers with patches of their own: fewer after neighbours have become one, windows hatched, each with its heads", async () => {
  const { page, complaints } = await opened([`${vit}/small.png`, "--model", swin]);
  const legend = (text: string) =>
    page.locator("heed-image-legend").getByText(text).first().waitFor();
  await set(page, { layer: 0, head: 1, query: 9 });
  await expectFound(page).toMatch(/patch 1,1 looks at patch [01],[01] with/);
  await legend("sees 4 of 64");
  await set(page, { layer: 2, head: 3 });
  await legend("Layer 2 has 4 × 4 patches");
  await legend("sees 4 of 16");
  await expectFound(page).toMatch(/patch 0,0 looks at patch [01],[01] with/);
  // The layers before have two heads only.
  await set(page, { layer: 1 });
  expect(await page.evaluate(`${app}.state.head`)).toBe(1);

  await set(page, { panel: "heads" });
  await expect.poll(() => page.locator("heed-image-grid").count()).toBe(1);
  // The head is the map on top; a title with nothing under it would be empty words.
  expect(await page.locator("heed-app-heads h3").count()).toBe(0);
  await set(page, { panel: "steps" });
  await expect.poll(() => page.locator("heed-app-steps .answer").count()).toBeGreaterThan(0);
  await set(page, { panel: "change", layer: 0, head: 1 });
  await set(page, { changes: [{ kind: "cut", query: 9, key: 0, heads: ["L0H1"] }] });
  await expect.poll(() => page.locator(".outcome tbody tr").count()).toBeGreaterThan(1);
  await expectAccessible(page);
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
  expect(complaints).toEqual([]);
});

test("without a picture one is asked for; what is none is refused, and names never become markup", async () => {
  const { page, complaints } = await opened(["--model", vit], `${app}?.model !== undefined`);
  const input = page.locator("heed-app-picture input[type=file]");
  const picture = readFileSync(`${vit}/small.png`);
  const give = (name: string, buffer: Buffer) =>
    input.setInputFiles({ name, mimeType: "image/png", buffer });
  await give("words.png", Buffer.from("no picture"));
  await expect
    .poll(() => page.locator("heed-app-picture [role=alert]").textContent())
    .toContain("words.png: neither PNG nor JPEG nor WebP");
  await give(`${hostileTexts[0]!.replaceAll("/", "")}.png`, picture);
  await holds(page, isThere);
  expect(await page.locator("heed-app-picture [role=alert]").count()).toBe(0);
  await expectHarmless(page);

  // The address follows what moves.
  await holds(page, "location.hash.includes('picture=')");
  const link = await page.evaluate<string>("location.href");
  await page.goto("about:blank");
  await page.goto(link);
  await holds(page, `${app}?.model !== undefined`);
  await expect
    .poll(() => page.locator("heed-app-picture .drop").textContent())
    .toContain("The link is about a picture");
  await give("small.png", picture);
  await holds(page, isThere);
  expect(complaints).toEqual([]);
});

test("what models take: curves of the model on screen, the table of known ones, and curves of one that is tapped", async () => {
  const { page, complaints } = await opened(["--model", folderWithLetters("gpt2", 99), "the cat"]);
  await set(page, { panel: "models" });
  const panel = page.locator("heed-app-planner");
  const label = () => panel.locator("svg.memory").getAttribute("aria-label");
  await expect.poll(() => panel.locator("details.kind").count()).toBe(6);
  await expect.poll(label).toMatch(/float32 .*float16 .*int8 .*all attention weights/);

  await panel.locator("details.kind").first().locator("summary").click();
  const family = panel.locator("tbody", { has: page.getByText("gpt2", { exact: true }) });
  expect(await family.locator(".family").textContent()).toMatch(/recorded in PyTorch/);
  expect(await family.locator("tr", { hasText: "GPT-3" }).textContent()).toContain(
    "counts it only",
  );
  await page.getByRole("button", { name: "Memory of one pass: GPT-2 small" }).click();
  await expect.poll(label).toMatch(/GPT-2 small At 1,024 \(tokens\): weights as float32 785 MB/);
  expect(await panel.locator("h4").first().textContent()).toContain("GPT-2 small");
  await panel.locator("select").selectOption("512");
  await expect.poll(label).toContain("At 512");
  await panel.locator("details", { hasText: "The numbers" }).locator("summary").first().click();
  expect(await panel.locator("table.numbers tbody tr").count()).toBe(9);
  await expectAccessible(page);
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
  await page.getByRole("button", { name: "Back to gpt2" }).click();
  await expect.poll(label).not.toContain("GPT-2 small");
  expect(complaints).toEqual([]);
});

test("a folder without a tokenizer: every panel says why it has nothing to show, and nothing of the model before is left", async () => {
  const { page, complaints } = await opened([]);
  const folder = `${root}test/golden/bart/`;
  await page.evaluate(`${app}.set({ panel: "models" })`);
  await page
    .locator("heed-app-models input[type=file]")
    .last()
    .setInputFiles([`${folder}config.json`, `${folder}model.safetensors`]);
  await holds(page, `${app}.model?.said.type === "bart" && ${app}.error !== undefined`);
  expect(await page.evaluate(`${app}.seen`)).toBeUndefined();
  for (const panel of ["steps", "change", "heads", "compare"]) {
    await page.evaluate(`${app}.set({ panel: "${panel}" })`);
    const shown = page.locator("#panel p[role=status]");
    await expect.poll(() => shown.textContent()).toContain("Give its tokenizer's files");
    expect(await page.locator("heed-app-first .found").textContent()).toBe("");
  }
  expect(complaints).toEqual([]);
});
