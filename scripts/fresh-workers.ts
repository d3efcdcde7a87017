// Loads the embedded model in fresh workers of a page and compares what they compute: `npm run fresh:workers -- 2000` (of the built package);
// `--browser Firefox` asks another one, `--seconds 50` begins none after so long.
// A race between threads that start and memory that grows shows where both are new, about once in a hundred.
import { parseArgs } from "node:util";
import { browserPrograms, endPrograms, inProgram } from "../test/support/browser-programs.ts";
import { noChromium, openChromium } from "../test/support/chromium.ts";
import { serveApp } from "../test/web/support/app-server.ts";
import { root, setUp } from "./setup.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    browser: { type: "string", default: "Chromium" },
    backend: { type: "string", default: "wasm" },
    threads: { type: "string", default: "2" },
    seconds: { type: "string", default: "1e9" },
  },
});
const expected = "0.71";

/** What a fresh worker does; its page has heed and the model once, the worker has nothing. */
const worker = `
import { embedded, load } from "/dist/heed.bundle.js";
const told = async () => {
  const model = await load(embedded, ${JSON.stringify({ backend: values.backend, threads: Number(values.threads) })});
  const run = await model.run("The cat sat on the mat because it was tired.", { read: ["layers.5.weights"] });
  const weight = run.weight("L5H11", "it", "cat").toFixed(2);
  await model.dispose();
  return weight;
};
postMessage(await told().catch((error) => error.name + ": " + error.message));`;

const page = `<!doctype html><meta charset="utf-8"><title>fresh workers</title><script type="module">
const outcomes = {};
let begun = 0;
const end = performance.now() + ${Number(values.seconds)} * 1000;
while (begun < ${Number(positionals[0] ?? 200)} && performance.now() < end) {
  begun += 1;
  const worker = new Worker("/worker.js", { type: "module" });
  const outcome = await new Promise((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => resolve("the worker ended: " + message);
  });
  worker.terminate();
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
}
await fetch("/told", { method: "POST", body: JSON.stringify({ begun, outcomes, isIsolated: crossOriginIsolated, browser: navigator.userAgent }) });
</script>`;

interface Told {
  readonly begun: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly isIsolated: boolean;
  readonly browser: string;
}

let tell: (told: Told) => void;
const told = new Promise<Told>((resolve) => {
  tell = resolve;
});

/** Opens the page in the browser that was asked for, and waits for what it tells. */
async function seen(address: string): Promise<Told> {
  if (values.browser === "Chromium") {
    const browser = await openChromium();
    if (!browser) throw new Error(noChromium);
    try {
      await (await browser.newPage()).goto(address);
      return await told;
    } finally {
      await browser.close();
    }
  }
  const program = browserPrograms.find(({ name }) => name === values.browser);
  if (!program) throw new Error(`--browser is Chromium, Firefox or WebKit, got ${values.browser}`);
  if (!program.command) throw new Error(program.missing);
  return inProgram(program.command, address, told).finally(endPrograms);
}

setUp();
const server = await serveApp(root, {
  headers: {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
  },
  instead: { "index.html": page, "worker.js": worker },
  posted: (body) => tell(JSON.parse(body) as Told),
});
const { begun, outcomes, isIsolated, browser } = await seen(server.address);
await server.close();
const good = outcomes[expected] ?? 0;
process.stdout.write(
  `${browser}, ${values.backend}${isIsolated ? "" : ", not isolated"}: ${good} of ${begun} fresh workers computed ${expected}\n`,
);
for (const [outcome, times] of Object.entries(outcomes))
  if (outcome !== expected) process.stdout.write(`  ${times} × ${outcome}\n`);
process.exitCode = good === begun ? 0 : 1;
