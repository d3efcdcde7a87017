import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { explain, explainReads } from "../../src/analysis/explain/explain.ts";
import type { Explanation } from "../../src/analysis/explain/step.ts";
import { load } from "../../src/load.node.ts";
import { firstState, type State } from "../../web/state/state.ts";
import { drawn, noChromium, openChromium } from "../support/chromium.ts";
import { complaintsOf } from "./support/app-page.ts";

/** A question that waits for its answer. */
interface Waiting {
  readonly question: unknown;
  readonly isCancelled: () => boolean;
  answer(explanation: unknown): void;
  refuse(reason: string): void;
}

interface Window {
  give(change: Partial<State>): void;
  readonly asked: Waiting[];
  readonly changes: Partial<State>[];
}

const web = fileURLToPath(new URL("../../web", import.meta.url));
/** The panel in a page whose model answers when the test says so. */
const entry = `
  import { defineElements } from "heed/elements";
  import { StepsPanel } from "./panels/steps.ts";
  import { english } from "./words/en.ts";
  defineElements();
  customElements.define(StepsPanel.tag, StepsPanel);
  const asked = [];
  const changes = [];
  const tokens = Array.from({ length: 13 }, (_, n) => ({ text: String(n), isSpecial: false, start: 0, end: 0 }));
  const seen = { run: 7, queries: tokens, keys: tokens, isSelf: true, layers: 6, heads: 12 };
  const model = {
    explain: (run, question, { signal }) => new Promise((answer, refuse) => {
      asked.push({ question: { run, ...question }, isCancelled: () => signal.aborted, answer, refuse: (reason) => refuse(new Error(reason)) });
    }),
  };
  const panel = document.createElement(StepsPanel.tag);
  let state;
  const give = (change) => {
    state = { ...state, ...change };
    panel.app = { state, words: english, model, seen, set: (change) => { changes.push(change); give(change); } };
  };
  Object.assign(globalThis, { give, asked, changes });
  globalThis.begin = (first) => { give(first); document.body.append(panel); };
`;

let browser: Browser | undefined;
let script = "";
let explained: Explanation;

beforeAll(async () => {
  browser = await openChromium();
  if (!browser) return;
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: web, loader: "js" },
    bundle: true,
    format: "iife",
    write: false,
    conditions: ["heed/source", "browser"],
  });
  script = outputFiles[0]!.text;
  const model = await load();
  const question = { head: "L3H1", word: "it", to: "cat", against: "mat" };
  const run = await model.run(firstState.text, { read: explainReads(model, question) });
  explained = JSON.parse(JSON.stringify(await explain(model, run, question)));
  await model.dispose();
});

afterAll(() => browser?.close());

async function open(): Promise<Page> {
  const page = await browser!.newPage({ viewport: { width: 760, height: 800 } });
  await page.setContent("<!doctype html>");
  await page.addScriptTag({ content: script });
  await page.evaluate((first) => {
    (globalThis as unknown as { begin(state: unknown): void }).begin(first);
  }, firstState);
  await drawn(page);
  return page;
}

const asked = (page: Page) =>
  page.evaluate(() =>
    (globalThis as unknown as Window).asked.map(({ question, isCancelled }) => ({
      question,
      isCancelled: isCancelled(),
    })),
  );

async function answer(page: Page, place: number, given: Explanation | string): Promise<void> {
  await page.evaluate(
    ([place, given]) => {
      const waiting = (globalThis as unknown as Window).asked[place]!;
      if (typeof given === "string") waiting.refuse(given);
      else waiting.answer(given);
    },
    [place, given] as const,
  );
  await drawn(page);
}

const give = (page: Page, change: Partial<State>) =>
  page.evaluate((change) => (globalThis as unknown as Window).give(change), change);
const changes = (page: Page) => page.evaluate(() => (globalThis as unknown as Window).changes);

test("asks once a question, cancels the one before, keeps the last answer, and says what went wrong", async ({
  skip,
}) => {
  if (!browser) return skip(noChromium);
  const page = await open();
  const complaints = complaintsOf(page);
  expect(await asked(page)).toEqual([
    {
      question: { run: 7, head: { layer: 3, head: 1 }, word: 8, to: 2, against: 6 },
      isCancelled: false,
    },
  ]);
  expect(await page.getByRole("status").textContent()).toContain("One moment");
  await give(page, { keys: [2, 10] });
  await drawn(page);
  expect((await asked(page)).map(({ isCancelled }) => isCancelled)).toEqual([true, false]);
  // What was cancelled and answers all the same is no answer.
  await answer(page, 0, explained);
  expect(await page.locator("heed-steps").count()).toBe(0);
  await answer(page, 1, explained);
  expect(await page.locator(".answer li").first().textContent()).toBe(
    "In L3H1, it gives cat .49 of its attention, and mat .14.",
  );
  await give(page, { step: "softmax", notation: "columns" });
  await drawn(page);
  expect(await asked(page)).toHaveLength(2);
  await give(page, { query: 4 });
  await drawn(page);
  expect(await page.locator("heed-steps").count()).toBe(1);
  expect(await page.locator(".steps").getAttribute("aria-busy")).toBe("true");
  await answer(page, 2, "no memory");
  expect(await page.getByRole("alert").textContent()).toContain("no memory");
  expect(await page.locator(".steps").getAttribute("aria-busy")).toBe("false");
  expect(complaints).toEqual([]);
  await page.close();
});

test("steps and pins go into the state; layer 0 is a tap away, and back", async ({ skip }) => {
  if (!browser) return skip(noChromium);
  const page = await open();
  await answer(page, 0, explained);
  await page.getByRole("button", { name: "Next" }).click();
  expect(await changes(page)).toEqual([{ step: "vector" }]);
  await give(page, { step: "products" });
  await drawn(page);
  await page.getByTitle("Pin tired").first().click();
  await page.getByTitle("Pin mat").first().click();
  expect((await changes(page)).slice(1)).toEqual([{ keys: [2, 10] }, { keys: [6, 2] }]);
  expect(await page.locator("p.quiet").first().textContent()).toContain(
    "not the embedding of the word but what layers 0 to 2 made of it",
  );
  await page.getByRole("button", { name: "Layer 0" }).click();
  expect((await changes(page)).at(-1)).toEqual({ layer: 0 });
  await page.getByRole("button", { name: "Back to L3H1" }).click();
  expect((await changes(page)).at(-1)).toEqual({ layer: 3, head: 1 });
  await page.close();
});

test("what is shown of the steps counts as the page does", async ({ skip }) => {
  if (!browser) return skip(noChromium);
  const page = await open();
  await answer(page, 0, explained);
  await give(page, { countsFromOne: true });
  await drawn(page);
  expect(await page.locator(".answer li").first().textContent()).toContain("In L4H2,");
  expect(await page.locator("p.quiet").first().textContent()).toContain("layers 1 to 3");
  await page.close();
});
