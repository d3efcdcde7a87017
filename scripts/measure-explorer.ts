// Prints how quick the explorer is on this machine, in Chromium. Run: npm run site && npx tsx scripts/measure-explorer.ts
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { type Browser, chromium, type Page } from "playwright-core";
import { configOf, newModel } from "../src/training/index.ts";
import { serveApp } from "../test/web/support/app-server.ts";

const folder = fileURLToPath(new URL("../site/dist", import.meta.url));
const app = "document.querySelector('heed-app').app";
const isThere = `${app}?.model !== undefined && ${app}.seen !== undefined && !${app}.isBusy`;
/** Repeated, and the middle one told. */
const times = 9;
const frame = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))";

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function say(what: string, value: string): void {
  console.log(`${what.padEnd(58)} ${value}`);
}

const ms = (value: number) => `${Math.round(value)} ms`;

async function holds(page: Page, expression: string): Promise<void> {
  while ((await page.evaluate(expression).catch(() => false)) !== true)
    await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Milliseconds within the page from a change of its state until the frame that shows it. */
async function change(page: Page, changes: readonly string[]): Promise<number> {
  const measured: number[] = [];
  for (const one of changes)
    measured.push(
      await page.evaluate<number>(`(async () => {
        const start = performance.now();
        const before = ${app}.seen;
        ${app}.set(${one});
        while (${app}.isBusy || ${app}.seen === before) await new Promise((done) => { const { port1, port2 } = new MessageChannel(); port1.onmessage = done; port2.postMessage(0); });
        await ${frame};
        return performance.now() - start;
      })()`),
    );
  return middle(measured);
}

async function opened(browser: Browser, address: string, isKept: boolean) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
  const page = await context.newPage();
  if (isKept) {
    await page.goto(address);
    await holds(page, isThere);
  }
  const start = performance.now();
  await page.goto(address);
  await holds(page, `${app}?.seen !== undefined`);
  const picture = performance.now() - start;
  await holds(page, isThere);
  return { page, picture, model: performance.now() - start };
}

async function main(): Promise<void> {
  if (!existsSync(join(folder, "index.html")))
    throw new Error("npm run site builds what is measured");
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu"],
  });
  const server = await serveApp(folder, {});
  try {
    say("machine", `${cpus()[0]?.model}, ${cpus().length} cores; Chromium ${browser.version()}`);
    sizes();
    const first = await opened(browser, server.address, false);
    say("first visit: time to first picture (recorded)", ms(first.picture));
    say("first visit: until the model answers", ms(first.model));
    await first.page.context().close();
    const { page, picture, model } = await opened(browser, server.address, true);
    say("later visit: time to first picture", ms(picture));
    say("later visit: until the model answers", ms(model));
    say("backend", await page.evaluate<string>(`${app}.model.said.backend`));
    const words = "the cat sat on the mat because it was tired and the dog lay on the rug";
    const texts = Array.from({ length: times }, (_, index) =>
      JSON.stringify({ text: `${words} near the door of the house by the sea ${index}` }),
    );
    say("another text of about 30 tokens: change to picture", ms(await change(page, texts)));
    const cuts = Array.from({ length: times }, (_, index) =>
      JSON.stringify({
        changes: [{ kind: "cut", heads: ["L3H1"], query: 8, key: index + 1, how: "renormalized" }],
      }),
    );
    say("a link is cut in layer 3: change to picture", ms(await change(page, cuts)));
    say("frames a second while heads are walked", (await walked(page)).toFixed(0));
    const used = await page.evaluate<number>(
      "performance.measureUserAgentSpecificMemory?.().then(({ bytes }) => bytes)",
    );
    if (used) say("memory of the page and its workers", `${Math.round(used / 1e6)} MB`);
    await manyHeads(page);
  } finally {
    await browser.close();
    await server.close();
  }
}

/** Another head with every frame, for a second. */
async function walked(page: Page): Promise<number> {
  await page.evaluate(`${app}.set({ changes: [], panel: "heads" })`);
  await holds(page, isThere);
  return page.evaluate<number>(`(async () => {
    const { layers, heads } = ${app}.seen;
    const start = performance.now();
    let frames = 0;
    while (performance.now() - start < 1000) {
      const head = frames % (layers * heads);
      ${app}.set({ layer: Math.floor(head / heads), head: head % heads });
      await new Promise((done) => requestAnimationFrame(done));
      frames++;
    }
    return frames;
  })()`);
}

/** The grid of 24 layers of 16 heads over 512 tokens: how soon it is there, and whether it follows the hand. */
async function manyHeads(page: Page): Promise<void> {
  const known = join(fileURLToPath(new URL("..", import.meta.url)), "models/all-MiniLM-L6-v2");
  const others = Object.fromEntries(
    ["tokenizer.json", "tokenizer_config.json"].map((name) => [
      name,
      readFileSync(join(known, name)),
    ]),
  );
  const shape = { family: "bert", layers: 24, heads: 16, width: 64, positions: 512 } as const;
  const files = await newModel(configOf(shape, 30522, { padding: 0, end: 102 }), { others });
  await page.evaluate(`${app}.set({ panel: "models" })`);
  await page
    .locator("heed-app-models input[type=file]")
    .last()
    .setInputFiles(
      Object.entries(files).map(([name, bytes]) => ({
        name,
        mimeType: "application/octet-stream",
        buffer: Buffer.from(bytes),
      })),
    );
  await holds(page, `${app}.seen?.layers === 24 && !${app}.isBusy`);
  const text = Array.from({ length: 510 }, (_, index) => (index % 2 ? "cat" : "mat")).join(" ");
  await page.evaluate(`${app}.set({ panel: undefined, text: "${text}" })`);
  await holds(page, `${app}.seen?.keys.length === 512 && !${app}.isBusy`);
  const what = "24 × 16 heads, 512 tokens";
  const opens = await page.evaluate<number>(`(async () => {
    const start = performance.now();
    ${app}.set({ panel: "heads" });
    await ${frame};
    return performance.now() - start;
  })()`);
  say(`${what}: Other heads opens`, ms(opens));
  const box = (await page.locator("#panel").boundingBox())!;
  const [x, y] = [box.x + box.width / 2, Math.min(box.y + box.height / 2, 600)];
  await page.mouse.move(x, y);
  say(`${what}: scrolling`, await frames(page, () => page.mouse.wheel(0, 40)));
  let at = 0;
  const over = () => {
    at += 7;
    return page.mouse.move(x - 300 + (at % 600), y - 100 + (at % 200));
  };
  say(`${what}: hovering`, await frames(page, over));
}

/** Frames a second and the longest, in two seconds of a hand that moves. */
async function frames(page: Page, move: () => Promise<void>): Promise<string> {
  const counted = page.evaluate<number[]>(`(async () => {
    const lengths = [];
    const start = performance.now();
    for (let last = start; last - start < 2000; ) {
      const now = await new Promise(requestAnimationFrame);
      lengths.push(now - last);
      last = now;
    }
    return lengths;
  })()`);
  let isOver = false;
  void counted.then(() => {
    isOver = true;
  });
  while (!isOver) await move();
  const lengths = await counted;
  return `${Math.round(lengths.length / 2)} frames a second, the longest ${ms(Math.max(...lengths))}`;
}

/** What comes over the network: as it lies there, and packed as hosts send it. */
function sizes(): void {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    statSync(join(folder, name)).isFile(),
  );
  const sum = (pattern: RegExp, size: (bytes: Buffer) => number) =>
    names
      .filter((name) => pattern.test(name.replaceAll("\\", "/")))
      .reduce((total, name) => total + size(readFileSync(join(folder, name))), 0);
  const kB = (bytes: number) => `${Math.round(bytes / 1000)} kB`;
  const whole = (bytes: Buffer) => bytes.length;
  const packed = (bytes: Buffer) => gzipSync(bytes).length;
  const page = /^index\.html$|\/(main|start)\.js$|\.css$/;
  say("the page", `${kB(sum(page, whole))}, ${kB(sum(page, packed))} packed`);
  say("all scripts", `${kB(sum(/\.js$/, whole))}, ${kB(sum(/\.js$/, packed))} packed`);
  say("the recorded run", kB(sum(/recorded\.bin$/, whole)));
  say("the model", `${(sum(/^model\//, whole) / 1e6).toFixed(1)} MB`);
}

await main();
