// Lines between words in Chromium: heed's <heed-lines> and a page that BertViz wrote. Run: npm run build, bench/rivals/bertviz-page.py --lines FOLDER, then
// npx tsx scripts/measure-lines.ts FOLDER [node_modules with d3@5.7.0, jquery@2.0.0 and requirejs@2.3.6, which BertViz's page fetches]
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium, type Page } from "playwright-core";

const [folder, libraries] = process.argv.slice(2);
if (!folder) throw new Error("measure-lines: give the folder of bertviz-page.py --lines");
/** A page that has not drawn by then is told so. */
const most = 300_000;
const origin = "http://lines.heed";

const bundled = await build({
  entryPoints: [fileURLToPath(new URL("../dist/views/page/elements.js", import.meta.url))],
  bundle: true,
  write: false,
  format: "esm",
  minify: true,
});

function heedPage(file: string): string {
  return `<!doctype html><meta charset="utf-8"><script type="module">
    import { defineElements } from "${origin}/elements.js";
    defineElements();
    const lines = document.createElement("heed-lines");
    lines.heads = Array.from({ length: 12 }, (_, head) => ({ layer: 0, head }));
    lines.setAttribute("src", "${origin}/${file}");
    document.body.append(lines);
  </script>`;
}

const libraryOf: Readonly<Record<string, string>> = {
  "d3.min.js": "d3/dist/d3.min.js",
  "jquery.min.js": "jquery/dist/jquery.min.js",
  "require.min.js": "requirejs/require.js",
};

/** Frames while a pointer goes down the words, one a frame. */
async function hovered(page: Page, word: string): Promise<string> {
  const boxes = await page.evaluate<{ x: number; y: number }[]>(`(() => {
    const own = document.querySelector("heed-lines")?.shadowRoot ?? document;
    return Array.from(own.querySelectorAll(${JSON.stringify(word)}), (each) => each.getBoundingClientRect())
      .filter(({ top, bottom }) => top > 0 && bottom < innerHeight).map(({ x, y, width, height }) => ({ x: x + width / 2, y: y + height / 2 }));
  })()`);
  await page.evaluate(
    `(() => { const times = (window.frames_ = []); const tick = (now) => { times.push(now); requestAnimationFrame(tick); }; requestAnimationFrame(tick); })()`,
  );
  for (const { x, y } of [...boxes, ...boxes.toReversed(), ...boxes]) {
    await page.mouse.move(x, y);
    await page.evaluate("new Promise((done) => requestAnimationFrame(done))");
  }
  const times = await page.evaluate<number[]>("window.frames_");
  const gaps = times.slice(1).map((time, n) => time - times[n]!);
  const seconds = (times.at(-1)! - times[0]!) / 1000;
  const slow = gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length * 0.95)]!;
  return `${boxes.length} words hovered three times: ${(gaps.length / seconds).toFixed(0)} frames a second, 95 of 100 within ${slow.toFixed(0)} ms, longest ${Math.max(...gaps).toFixed(0)} ms`;
}

async function measure(name: string, html: string, drawn: string, word: string): Promise<void> {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox"],
  });
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
  let crashed = false;
  page.on("crash", () => {
    crashed = true;
  });
  await page.route("**/*", (route) => {
    const { pathname } = new URL(route.request().url());
    const file = pathname.split("/").at(-1)!;
    const library = libraryOf[file];
    if (pathname === "/") return route.fulfill({ contentType: "text/html", body: html });
    if (file === "elements.js")
      return route.fulfill({ contentType: "text/javascript", body: bundled.outputFiles[0]!.text });
    if (library && libraries)
      return route.fulfill({ contentType: "text/javascript", path: join(libraries, library) });
    const path = join(folder!, file);
    return existsSync(path) ? route.fulfill({ path }) : route.abort();
  });
  const start = performance.now();
  const isOver = () => crashed || performance.now() - start > most;
  const late = new Promise<"late">((done) => setTimeout(done, most, "late").unref());
  await Promise.race([page.goto(`${origin}/`, { timeout: 0 }).catch(() => undefined), late]);
  for (;;) {
    const isDrawn = await Promise.race([page.evaluate(drawn).catch(() => false), late]);
    if (isDrawn === true || isOver()) break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const took = performance.now() - start;
  console.log(
    `${name}: ${crashed ? "crashed after" : took > most ? "nothing drawn within" : "drawn after"} ${(took / 1000).toFixed(2)} s`,
  );
  if (!isOver()) console.log(`${name}: ${await Promise.race([hovered(page, word), late])}`);
  await browser.close().catch(() => undefined);
}

for (const file of readdirSync(folder)
  .filter((name) => /\.(safetensors|html)$/.test(name))
  .toSorted()) {
  if (file.endsWith(".safetensors"))
    await measure(
      `heed ${file}`,
      heedPage(file),
      `(() => { const canvas = document.querySelector("heed-lines")?.shadowRoot?.querySelector("canvas"); if (!canvas || canvas.width === 0) return false;
        const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data; return pixels.some((value) => value !== 0); })()`,
      ".query .word",
    );
  else if (libraries)
    await measure(
      `BertViz ${file}`,
      readFileSync(join(folder, file), "utf8"),
      `document.querySelector("#vis svg #attention line, #vis svg line") !== null && await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))`.replace(
        /^(.*)$/s,
        "(async () => $1)()",
      ),
      "#leftText text, #left text, .word",
    );
}
