import { readdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { openChromium } from "../../test/support/chromium.ts";
import { atMost, type Claim, type Row } from "../claim.ts";

type Heed = typeof import("../../src/browser.ts");

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = "models/all-MiniLM-L6-v2";
const weights = `${folder}/model.safetensors`;
/** What a request waits for before its first byte, in milliseconds. */
const latencies = [0, 20, 50, 100];
const rounds = 5;
const most = 1.3;
/** How long a model that is loaded may take until it is kept. */
const keptWithin = 60_000;

/** What loading from an address costs beside one plain fetch of the same bytes, in Chromium: a server of this machine answers each request late. */
export const fetching: Claim = {
  name: "fetching",
  title: "Loading from an address ÷ one fetch of its weights, in Chromium",
  measure,
};

async function measure(at: (place: string) => void): Promise<Row[]> {
  const browser = await openChromium();
  if (!browser) {
    console.log("fetching: skipped, there is no Chromium on this machine");
    return [];
  }
  const server = await lateServer();
  const rows: Row[] = [];
  try {
    const tab = await browser.newPage();
    await tab.goto(server.origin);
    await tab.waitForFunction("window.heed");
    for (const latency of latencies) {
      server.setLatency(latency);
      const [loads, plains, visits]: [number[], number[], number[]] = [[], [], []];
      let requests = 0;
      for (let round = 0; round <= rounds; round++) {
        at(`${latency} ms of latency, round ${round} of ${rounds}`);
        const plain = await tab.evaluate(fetchOnce, `/${weights}`);
        // Another name each time, so that no cache of the browser has it.
        const source = `/${latency}-${round}/${folder}/`;
        const first = await tab.evaluate(loadOnce, { source, keptWithin });
        server.takeRequests();
        const again = await tab.evaluate(loadOnce, { source, keptWithin });
        requests += server.takeRequests();
        await tab.evaluate(forget, source);
        if (first.cached || !again.cached) throw new Error("fetching: the visits are mixed up");
        if (first.weight !== again.weight) throw new Error("fetching: the visits differ");
        if (round === 0) continue; // the first round warms up
        plains.push(plain);
        loads.push(first.ms);
        visits.push(again.ms);
      }
      const [load, plain, visit] = [loads, plains, visits].map((all) => Math.min(...all));
      const shared = { rival: plain!, unit: "ms" };
      const label = `${latency} ms of latency`;
      rows.push(
        { label, ours: load!, ...shared, ...atMost(load! / plain!, most) },
        {
          label: `${label}, second visit: ${requests} requests`,
          ours: visit!,
          ...shared,
          ...atMost(visit! / plain!, most),
        },
      );
    }
  } finally {
    await browser.close();
    server.close();
  }
  return rows;
}

/** Milliseconds until all bytes of an address are in memory. */
async function fetchOnce(url: string): Promise<number> {
  const start = performance.now();
  await (await fetch(url)).arrayBuffer();
  return performance.now() - start;
}

async function loadOnce({ source, keptWithin }: { source: string; keptWithin: number }) {
  const { load, keptModels } = (globalThis as unknown as { heed: Heed }).heed;
  const start = performance.now();
  const model = await load(source);
  const ms = performance.now() - start;
  const run = await model.run("The cat sat on the mat because it was tired.", {
    read: ["layers.5.weights"],
  });
  const weight = run.weight("L5H11", "it", "cat");
  await model.dispose();
  for (const until = performance.now() + keptWithin; ; ) {
    const kept = await keptModels();
    if (kept.length > 0 && kept.every(({ isComplete }) => isComplete)) break;
    if (performance.now() > until)
      throw new Error(
        `fetching: ${source} is not kept ${keptWithin} ms after it was loaded: ${JSON.stringify(kept)}`,
      );
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { ms, weight, cached: model.cached };
}

async function forget(source: string): Promise<void> {
  await (globalThis as unknown as { heed: Heed }).heed.forgetModel(source);
}

async function lateServer() {
  const bundle = await build({
    entryPoints: [`${root}/src/browser.ts`],
    bundle: true,
    format: "esm",
    platform: "browser",
    write: false,
  });
  const page = `<!doctype html><script type="module">import * as heed from "/heed.js"; window.heed = heed; window.__name = (f) => f;</script>`;
  const names = readdirSync(join(root, folder), { recursive: true }) as string[];
  const paths = names.map((name) => join(root, folder, name));
  const files = new Map<string, Buffer | string>([
    ["/", page],
    ["/heed.js", bundle.outputFiles[0]!.text],
    ...paths
      .filter((path) => statSync(path).isFile())
      .map((path) => [`/${relative(root, path)}`, readFileSync(path)] as const),
  ]);
  let latency = 0;
  let requests = 0;
  const server = createServer(async ({ url }, response) => {
    requests++;
    const path = new URL(url!, "http://host").pathname;
    const content = files.get(path) ?? files.get(path.replace(/^\/[\d-]+/, ""));
    if (latency > 0) await new Promise((resolve) => setTimeout(resolve, latency));
    if (content === undefined) return void response.writeHead(404).end();
    const type = path === "/" ? "text/html" : path.endsWith(".js") ? "text/javascript" : "x/y";
    response
      .writeHead(200, {
        "content-type": type,
        "content-length": Buffer.byteLength(content),
        "cache-control": "no-store",
        etag: '"1"',
      })
      .end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    setLatency(ms: number) {
      latency = ms;
    },
    /** Requests since it was asked last. */
    takeRequests() {
      const count = requests;
      requests = 0;
      return count;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
