import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { load } from "../../src/index.ts";
import { browserPrograms, endPrograms, inProgram } from "../support/browser-programs.ts";
import { noChromium, openChromium } from "../support/chromium.ts";

// The same pages in every browser there is: with threads and without, and where a page's policy forbids them.

const root = fileURLToPath(new URL("../..", import.meta.url));
const embedded = "/models/all-MiniLM-L6-v2/";
const small = "/test/tasks/tokens-bert-left-windows/";
const isolation = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};
const allowed = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:";

/** A page's headers, and the model it loads. */
const pages: Readonly<Record<string, { headers: Record<string, string>; model: string }>> = {
  "isolated.html": { headers: isolation, model: embedded },
  "plain.html": { headers: {}, model: small },
  "policy.html": {
    headers: { ...isolation, "content-security-policy": allowed },
    model: small,
  },
  "no-workers.html": {
    headers: {
      ...isolation,
      "content-security-policy":
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'none'",
    },
    model: small,
  },
  "no-wasm.html": {
    headers: { "content-security-policy": "default-src 'self'; script-src 'self'" },
    model: small,
  },
  "trusted.html": {
    headers: {
      ...isolation,
      "content-security-policy": `${allowed}; require-trusted-types-for 'script'; trusted-types heed`,
    },
    model: small,
  },
};

interface Result {
  readonly page: string;
  readonly isIsolated: boolean;
  readonly error?: string;
  readonly backend?: string;
  readonly weight?: number;
  readonly warnings?: readonly string[];
  readonly tokens?: unknown;
}

let server: Server;
let origin = "";
let told: (result: Result) => void = () => {};
const tokens: Record<string, unknown> = {};

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [join(root, "test/support/browser-page.ts")],
    bundle: true,
    format: "esm",
    write: false,
  });
  server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url!, "http://localhost");
    if (pathname === "/result") {
      let text = "";
      for await (const part of request) text += part;
      response.end();
      return told(JSON.parse(text) as Result);
    }
    const page = pages[pathname.slice(1)];
    for (const [name, value] of Object.entries(page?.headers ?? {}))
      response.setHeader(name, value);
    if (page)
      return response
        .setHeader("content-type", "text/html")
        .end('<!doctype html><title>heed</title><script type="module" src="/page.js"></script>');
    if (pathname === "/page.js")
      return response.setHeader("content-type", "text/javascript").end(outputFiles[0]!.text);
    const isModel = pathname.startsWith(embedded) || pathname.startsWith(small);
    const file = isModel ? await readFile(join(root, pathname)).catch(() => undefined) : undefined;
    if (!file) return response.writeHead(404).end();
    response.setHeader("content-length", file.length).end(file);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const place of [embedded, small]) {
    const model = await load(join(root, place));
    tokens[place] = ["a\ud800b", "\udc00 mat", "e\u0301\ud83d"].map((text) =>
      model.tokenizer!.encode(text).tokens.map(({ text, start, end }) => [text, start, end]),
    );
    await model.dispose();
  }
});

afterAll(() => {
  endPrograms();
  server.closeAllConnections();
  server.close();
});

/** The address of the first page; each goes on to the next. */
function firstAddress(): string {
  const names = Object.keys(pages);
  return names.reduceRight((next, name) => {
    const query = new URLSearchParams({ model: pages[name]!.model, ...(next && { next }) });
    return `${origin}/${name}?${query}`;
  }, "");
}

/** What all pages tell, once a browser is started at the first. */
function toldByAll(): Promise<Map<string, Result>> {
  const results = new Map<string, Result>();
  return new Promise((resolve) => {
    told = (result) => {
      results.set(result.page, result);
      if (results.size === Object.keys(pages).length) resolve(results);
    };
  });
}

const refusedWasm =
  /EngineError: cpu: this page's Content Security Policy refuses WebAssembly\. Let it allow script-src 'wasm-unsafe-eval'/;

/** `refusesWorkers`: whether this engine applies worker-src to blobs of the page's own, as WebKit does not. */
function expectAll(results: ReadonlyMap<string, Result>, { refusesWorkers = true } = {}) {
  const kernels = expect.stringMatching(/^cpu \((relaxed|wasm)\)$/);
  for (const [page, result] of results) {
    if (page === "no-wasm.html") continue;
    const { model } = pages[page]!;
    expect(result.error, page).toBeUndefined();
    expect(result.backend, page).toEqual(kernels);
    expect(result.tokens, page).toEqual(JSON.parse(JSON.stringify(tokens[model])));
    expect(result.weight, page).toBeCloseTo(model === embedded ? 0.7117 : 1, 3);
  }
  expect(results.get("isolated.html")!.isIsolated).toBe(true);
  const warningsOf = (page: string) => results.get(page)!.warnings;
  for (const page of ["isolated.html", "policy.html", "trusted.html"])
    expect(warningsOf(page), page).toEqual([]);
  expect(warningsOf("plain.html")).toEqual([
    expect.stringContaining("one thread, not 2: this page is not cross-origin isolated"),
  ]);
  const refusal =
    /calling thread alone: .*Content Security Policy forbids its worker.*worker-src blob:/;
  const refused = [expect.stringMatching(refusal)];
  expect(warningsOf("no-workers.html")).toEqual(refusesWorkers ? refused : []);
  expect(results.get("no-wasm.html")!.error).toMatch(refusedWasm);
}

test("in Chromium", async ({ skip }) => {
  const browser = await openChromium();
  if (!browser) return skip(noChromium);
  const tab = await browser.newPage();
  const results = toldByAll();
  void tab.goto(firstAddress());
  expectAll(await results);
  await browser.close();
});

describe("in other engines", () => {
  for (const { name, command, missing } of browserPrograms)
    test(name, async ({ skip }) => {
      if (!command) return skip(missing);
      const results = await inProgram(command, firstAddress(), toldByAll());
      expectAll(results, { refusesWorkers: name !== "WebKit" });
    });
});
