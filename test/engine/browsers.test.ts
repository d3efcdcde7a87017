import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { load } from "../../src/index.ts";
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
  for (const child of programs) end(child);
  server.closeAllConnections();
  server.close();
});

/** Browsers that were started; one that never answers is ended too. */
const programs = new Set<ChildProcess>();

/** Ends a program with all it has started. */
function end(child: ChildProcess): void {
  programs.delete(child);
  if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
}

/** The address of the first page; each goes on to the next. */
function firstAddress(): string {
  const names = Object.keys(pages);
  return names.reduceRight((next, name) => {
    const query = new URLSearchParams({ model: pages[name]!.model, ...(next && { next }) });
    return `${origin}/${name}?${query}`;
  }, "");
}

/** What all pages tell, when a browser is started at the first. */
function toldBy(
  start: (address: string) => void,
  ended: Promise<string>,
): Promise<Map<string, Result>> {
  const results = new Map<string, Result>();
  return new Promise((resolve, reject) => {
    told = (result) => {
      results.set(result.page, result);
      if (results.size === Object.keys(pages).length) resolve(results);
    };
    void ended.then((reason) => reject(new Error(`the browser ended: ${reason}`)));
    start(firstAddress());
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
  const never = new Promise<string>(() => {});
  const results = await toldBy((address) => void tab.goto(address), never);
  await browser.close();
  expectAll(results);
});

/** A browser that is a program of its own, started at an address. */
async function inProgram(command: string, given: (profile: string) => readonly string[]) {
  const profile = await mkdtemp(join(tmpdir(), "heed-browser-"));
  let child: ChildProcess | undefined;
  let output = "";
  try {
    return await new Promise<Map<string, Result>>((resolve, reject) => {
      const start = (address: string) => {
        child = spawn(command, [...given(profile), address], {
          detached: true,
          env: { ...process.env, HOME: profile, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1" },
        });
        programs.add(child);
        child.stderr?.on("data", (text) => {
          output += text;
        });
        child.once("error", reject);
        child.once("exit", (code) => reject(new Error(`${command}: exit code ${code}: ${output}`)));
      };
      toldBy(start, new Promise(() => {})).then(resolve, reject);
    });
  } finally {
    if (child) end(child);
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

const firefox = ["/usr/bin/firefox-esr", "/usr/bin/firefox"].find(existsSync);
const libraries = "/usr/lib/x86_64-linux-gnu";
const miniBrowser = (existsSync(libraries) ? readdirSync(libraries) : [])
  .filter((name) => name.startsWith("webkit2gtk-"))
  .map((name) => join(libraries, name, "MiniBrowser"))
  .find(existsSync);
const frame = ["/usr/bin/xvfb-run"].find(existsSync);

describe("in other engines", () => {
  test("Firefox", async ({ skip }) => {
    if (!firefox) return skip("there is no Firefox on this machine (apt-get install firefox-esr)");
    const results = await inProgram(firefox, (profile) => [
      "--headless",
      "--no-remote",
      "--profile",
      profile,
    ]);
    expectAll(results);
  });

  test("WebKit", async ({ skip }) => {
    if (!miniBrowser || !frame)
      return skip(
        "there is no WebKit on this machine (apt-get install webkit2gtk-driver xvfb xauth)",
      );
    const results = await inProgram(frame, () => ["-a", miniBrowser]);
    expectAll(results, { refusesWorkers: false });
  });
});
