import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Explorer, type Seen } from "../../src/explore/index.ts";
import { load } from "../../src/index.ts";
import { drawn, noChromium, openChromium } from "../support/chromium.ts";
import type { PanelsPage } from "../support/panels-page.ts";

interface Window {
  readonly heed: PanelsPage;
  set: Record<string, unknown>[];
}

const texts: readonly string[] = [
  "She sat on the bank of the river.",
  "She put her money in the bank.",
];
const entry = fileURLToPath(new URL("../support/panels-page.ts", import.meta.url));
const css = readFileSync(new URL("../../web/page.css", import.meta.url), "utf8");
const explorer = new Explorer(await load());
let browser: Browser | undefined;
let script = "";
let runs: unknown;
let alike: number[] = [];

beforeAll(async () => {
  browser = await openChromium();
  const built = await build({
    entryPoints: [entry],
    bundle: true,
    format: "iife",
    write: false,
    conditions: ["heed/source"],
  });
  script = built.outputFiles[0]!.text;
  const seen = await Promise.all(texts.map((input) => explorer.see({ input })));
  const bankOf = ({ run, queries }: Seen) => ({
    run,
    tokens: [queries.findIndex(({ text }) => text === "bank")],
  });
  alike = Array.from(await explorer.alike(bankOf(seen[0]!), bankOf(seen[1]!)));
  runs = seen.map((one) => ({ ...one, weights: one.weights!.map((part) => Array.from(part)) }));
});

afterAll(() => Promise.all([browser?.close(), explorer.dispose()]));

/** A panel over recorded runs of the model: what it asks of the model is answered from them, and what it sets is kept. */
async function open(tag: string, state: object, width = 720): Promise<Page> {
  const page = await browser!.newPage({ viewport: { width, height: 900 } });
  page.on("pageerror", (error) => {
    throw error;
  });
  await page.setContent(`<!doctype html><style>${css}</style><main></main>`);
  await page.addScriptTag({ content: script });
  await page.evaluate(
    ([tag, given, texts, runs, alike]) => {
      const window = globalThis as unknown as Window;
      const { elements, firstState, words } = window.heed;
      const seens = (runs as (Omit<Seen, "weights"> & { weights: number[][] })[]).map((run) => ({
        ...run,
        weights: run.weights.map((part) => Float32Array.from(part)),
      }));
      const [first] = seens;
      const source = elements.textSource({
        texts: [texts[0]!],
        model: { name: "m", layers: first!.layers, heads: first!.heads, tokens: 11 },
        queries: first!.queries.map(({ text, isSpecial }) => ({ text, special: isSpecial })),
        weights: first!.weights,
      });
      const count = first!.layers * first!.heads;
      const model = {
        said: { readsImages: false },
        see: async ({ input }: { input: string }) => seens[texts.indexOf(input)]!,
        alike: async () => Float32Array.from(alike),
        measure: async (
          _run: number,
          name: string,
          _question: object,
          { onPart }: { onPart: (done: number, of: number, values: Float32Array) => void },
        ) => {
          if (name === "gradient")
            return Float32Array.from({ length: count }, (_, head) => (head === 1 ? -0.25 : 0.5));
          const values = new Float32Array(count).fill(Number.NaN);
          values[0] = 0.75;
          onPart(1, count, values);
          return new Promise<Float32Array>(() => undefined);
        },
      };
      const element = document.createElement(tag) as HTMLElement & { app: unknown };
      let state = { ...firstState, text: texts[0]!, ...given };
      window.set = [];
      const give = (): void => {
        const set = (change: object): void => {
          window.set.push(change as Record<string, unknown>);
          state = { ...state, ...change };
          give();
        };
        element.app = { state, words, model, seen: first, clean: first, source, set };
      };
      give();
      document.querySelector("main")!.append(element);
    },
    [tag, state, [...texts], runs, alike] as const,
  );
  for (let frame = 0; frame < 3; frame++) await drawn(page);
  return page;
}

const asked = (page: Page) => page.evaluate(() => (globalThis as unknown as Window).set);

test("Heads: a head is chosen in the grid, its links pin words, its lines are kept beside others'", async ({
  skip,
}) => {
  if (!browser) return skip(noChromium);
  const page = await open("heed-app-heads", { query: 5, keys: [8], layer: 3, head: 1 });
  const status = page.locator("heed-heads .status");
  expect(await status.textContent()).toMatch(
    /^L3H1: looks at river 0\.\d\d.*\(number \d+ of 72\)$/,
  );
  await page.locator("heed-heads .overlay").focus();
  await page.keyboard.press("ArrowDown");
  expect(await asked(page)).toEqual([{ layer: 4, head: 1, query: 5, keys: [8] }]);
  await page.locator("heed-links button").first().click();
  const last = (await asked(page)).at(-1)!;
  expect(last).toMatchObject({ layer: 4, head: 1 });
  expect((last.keys as number[]).length).toBe(1);
  expect(await page.locator('heed-links button[aria-pressed="true"]').count()).toBe(1);
  await page.getByRole("button", { name: "Lines", exact: true }).click();
  await page.getByRole("button", { name: "Keep the lines of L4H1" }).click();
  await page.locator("heed-heads .overlay").focus();
  await page.keyboard.press("ArrowRight");
  await drawn(page);
  expect(await page.locator("heed-lines .legend li").allTextContents()).toEqual(["L4H2", "L4H1"]);
  await page.close();
});

test("Heads: every measure says what it is; what is not known yet is not shown as 0", async ({
  skip,
}) => {
  if (!browser) return skip(noChromium);
  const page = await open("heed-app-heads", { query: 5, keys: [8], layer: 0, head: 0 });
  const measure = page.locator('select[name="measure"]');
  const says = page.locator(".says");
  const seen = new Set<string>();
  for (const name of ["pattern", "key", "entropy", "distance", "special"]) {
    await measure.selectOption(name);
    await drawn(page);
    seen.add((await says.textContent())!);
  }
  expect(seen.size).toBe(5);
  await measure.selectOption("silenced");
  await drawn(page);
  const status = page.locator("heed-heads .status");
  expect(await status.textContent()).toContain("change without it 0.25");
  expect(await page.getByText("1 of 72 heads tried").count()).toBe(1);
  await page.locator("heed-heads .overlay").focus();
  await page.keyboard.press("ArrowRight");
  await drawn(page);
  expect(await status.textContent()).toContain("not known yet");
  await measure.selectOption("gradient");
  await drawn(page);
  await drawn(page);
  expect(await says.textContent()).toMatch(/How much each head brings to making .* like/);
  // The text's own words stand out: one of them may be "it".
  const words = await page.evaluate<string[]>(
    `[...document.querySelector("heed-app-heads").shadowRoot.querySelectorAll(".says bdi")].map((one) => one.className)`,
  );
  expect(words).toEqual(["query", "first"]);
  expect(await status.textContent()).toContain("brings (gradient × weight) −0.25");
  await page.close();
});

test("Compare: bank beside river and beside money, one selection for both, words that differ can be chosen", async ({
  skip,
}) => {
  if (!browser) return skip(noChromium);
  const state = { query: 5, keys: [8], layer: 4, head: 0, other: texts[1] };
  const page = await open("heed-app-compare", state, 360);
  const chosen = () => page.locator('.words [aria-checked="true"]').allTextContents();
  expect(await chosen()).toEqual(["bank", "bank"]);
  const [start, end] = [alike[0]!.toFixed(2), alike.at(-1)!.toFixed(2)];
  expect(await page.locator("section p").first().textContent()).toContain(`${start} alike`);
  expect(await page.locator("svg").getAttribute("aria-label")).toContain(`end ${end}`);
  const rows = await page.locator("tbody tr").allTextContents();
  expect(rows.some((row) => row.includes("river / –"))).toBe(true);
  await page.getByRole("radio", { name: "money" }).click();
  await drawn(page);
  expect(await chosen()).toEqual(["bank", "money"]);
  await page.getByRole("radio", { name: "She" }).first().click();
  await drawn(page);
  expect(await chosen()).toEqual(["She", "She"]);
  expect((await asked(page)).at(-1)).toEqual({ query: 1 });
  const overflow = () => page.evaluate(() => document.documentElement.scrollWidth);
  expect(await overflow()).toBeLessThanOrEqual(360);
  await page.locator('input[name="other"]').fill("She sat on the bank of the river.");
  await page.getByRole("button", { name: "Compare", exact: true }).click();
  await drawn(page);
  await drawn(page);
  expect(await page.locator("heed-heads .status").textContent()).toContain("elsewhere 0.00");
  await page.close();
});
