import { type ChildProcess, spawn } from "node:child_process";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { createServer, type Server } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pageFiles } from "../../src/cli/explorer/page-files.ts";
import { type PageServer, servePage } from "../../src/cli/explorer/server.ts";
import { Explorer } from "../../src/explore/explorer.ts";
import { exploreOver, pack } from "../../src/explore/index.ts";
import type { Exploring } from "../../src/explore/questions.ts";
import { load } from "../../src/index.ts";
import { builtPackage } from "../support/built-package.ts";
import { commandLine, folderWithWords } from "../support/command-line.ts";

// `heed open` is asked as a stranger would: from another name, another page, without the token, for files that are not its own.

const folder = folderWithWords("bert-mlm", 121);
const text = "the cat sat on the mat because it was tired .";
const bytes = 10_000;
let explorer: Explorer;
let page: PageServer;

beforeAll(async () => {
  await builtPackage();
  explorer = new Explorer(await load(folder, { backend: "reference" }));
  page = await servePage({
    explorer,
    files: pageFiles({ kind: "files", name: '"><script>' }),
    port: 0,
    limits: { bytes },
  });
});
afterAll(async () => {
  await page.close();
  await explorer.dispose();
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A request as it is written, whatever a browser or `fetch` would make of it. */
function raw(
  path: string,
  {
    method = "GET",
    headers = {},
    body,
    to = page,
  }: {
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: Uint8Array;
    readonly to?: PageServer;
  } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(to.address);
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, path, method, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () =>
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          body: Buffer.concat(parts),
        }),
      );
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}

const origin = () => new URL(page.address).origin;
const asks = (headers: Readonly<Record<string, string>> = {}) => ({
  method: "POST",
  body: pack({ method: "said", values: [], wantsParts: false }),
  headers: { origin: origin(), authorization: `Bearer ${page.token}`, ...headers },
});

test("is bound to this machine alone", () => {
  expect(page.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
});

test("answers with its token, and refuses each question that lacks a part of what is asked for", async () => {
  expect(await raw("/ask", asks())).toMatchObject({ status: 200 });
  const wrong = page.token.replace(/^./, (letter) => (letter === "A" ? "B" : "A"));
  for (const authorization of [
    "Bearer ",
    page.token,
    `Bearer ${wrong}`,
    `Bearer ${page.token} `.repeat(2),
  ])
    expect(await raw("/ask", asks({ authorization })), authorization).toMatchObject({
      status: 401,
    });
  const { origin: _, ...without } = asks().headers;
  expect(await raw("/ask", { ...asks(), headers: without }), "no origin").toMatchObject({
    status: 403,
  });
  for (const other of [
    "http://evil.example",
    "null",
    "https://127.0.0.1:1",
    `${origin()}.evil.example`,
  ])
    expect(await raw("/ask", asks({ origin: other })), other).toMatchObject({ status: 403 });
  for (const method of ["GET", "PUT", "OPTIONS", "DELETE"])
    expect(await raw("/ask", { ...asks(), method }), method).toMatchObject({ status: 405 });
});

test("a name of another site that leads to this machine gets nothing, not even the page", async () => {
  const { port } = new URL(page.address);
  for (const host of [
    `evil.example:${port}`,
    "evil.example",
    "127.0.0.1",
    `127.0.0.1:${port}.evil.example`,
  ]) {
    for (const path of ["/", "/ask"])
      expect(await raw(path, { headers: { host } }), host).toMatchObject({ status: 403 });
  }
  expect(await raw("/", { headers: { host: `localhost:${port}` } })).toMatchObject({ status: 200 });
});

test("two pages have two tokens, and one's opens nothing at the other", async () => {
  const other = await servePage({ explorer, files: new Map(), port: 0 });
  try {
    expect(other.token).not.toBe(page.token);
    expect(Buffer.from(other.token, "base64url")).toHaveLength(32);
    const headers = { ...asks().headers, origin: new URL(other.address).origin };
    expect(await raw("/ask", { ...asks(), headers, to: other })).toMatchObject({ status: 401 });
  } finally {
    await other.close();
  }
});

test("every answer has the headers of a page that runs nothing but its own", async () => {
  for (const path of ["/", "/nothing", "/ask"]) {
    const { headers } = await raw(path);
    expect(headers, path).toMatchObject({
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
      "cross-origin-resource-policy": "same-origin",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    });
    const policy = headers["content-security-policy"] as string;
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/'unsafe-eval'|script-src[^;]*'unsafe-inline'|\*/);
    expect(headers).not.toHaveProperty("access-control-allow-origin");
  }
});

test("nothing outside the page is served", async () => {
  const { body } = await raw("/");
  const script = /\.(\/app-\w+)\/main\.js/.exec(body.toString())![1]!;
  expect(await raw(`${script}/main.js`)).toMatchObject({ status: 200 });
  for (const path of [
    "/package.json",
    "/../package.json",
    "/%2e%2e/package.json",
    `${script}/../../../package.json`,
    `${script}/..%2f..%2f..%2fpackage.json`,
    `${script}/`,
    script,
    "//etc/passwd",
    "/..\\..\\package.json",
    "/model/config.json",
    "/model/../config.json",
    "/__proto__",
    "/index.html\0",
  ])
    expect(await raw(path).catch(() => ({ status: 400 })), path).not.toMatchObject({ status: 200 });
  expect(await raw("/", { method: "POST" })).toMatchObject({ status: 405 });
});

test("what the page is told of the model is no markup", async () => {
  const { body } = await raw("/");
  expect(body.toString()).toContain(
    'content="{&quot;kind&quot;:&quot;files&quot;,&quot;name&quot;:&quot;\\&quot;&gt;&lt;script&gt;&quot;}"',
  );
});

test("a question that is too long is refused, announced or not", async () => {
  const body = new Uint8Array(bytes + 1);
  expect(await raw("/ask", { ...asks(), body })).toMatchObject({ status: 413 });
  const chunked = {
    ...asks(),
    body,
    headers: { ...asks().headers, "transfer-encoding": "chunked" },
  };
  expect(await raw("/ask", chunked)).toMatchObject({ status: 413 });
  expect(await raw("/ask", asks({ "content-type": "text/plain" }))).toMatchObject({ status: 200 });
});

test("bytes that are no question are answered with an error, and the page goes on", async () => {
  const { status, body } = await raw("/ask", { ...asks(), body: Buffer.from("no question") });
  expect(status).toBe(200);
  expect(body.toString("latin1")).toContain("unpack: 11 bytes");
  for (const method of ["dispose", "constructor", "__proto__", "toString"])
    expect(
      (await raw("/ask", { ...asks(), body: pack({ method, values: [] }) })).body.toString(),
    ).toContain("is not asked for");
  expect(await raw("/ask", asks())).toMatchObject({ status: 200 });
});

/** An explorer whose runs end when they are cancelled, and what became of them. */
function endless() {
  const signals: AbortSignal[] = [];
  const see: Exploring["see"] = (_, { signal } = {}) => {
    signals.push(signal!);
    return new Promise((_, reject) => {
      signal!.addEventListener("abort", () => reject(signal!.reason));
    });
  };
  return { signals, explorer: { ...explorer, said: explorer.said, see } as unknown as Exploring };
}

const see = () => ({ ...asks(), body: pack({ method: "see", values: [{ input: text }] }) });

test("a run ends when its page goes away from it", async () => {
  const { signals, explorer } = endless();
  const server = await servePage({ explorer, files: new Map(), port: 0 });
  try {
    const leave = new AbortController();
    const gone = fetch(`${server.address}ask`, {
      ...see(),
      headers: { origin: new URL(server.address).origin, authorization: `Bearer ${server.token}` },
      signal: leave.signal,
    });
    await expect.poll(() => signals.length).toBe(1);
    leave.abort();
    await expect(gone).rejects.toThrow();
    await expect.poll(() => signals[0]!.aborted).toBe(true);
  } finally {
    await server.close();
  }
});

test("a run that takes too long ends, and of too many the oldest", async () => {
  const { signals, explorer } = endless();
  const short = await servePage({
    explorer,
    files: new Map(),
    port: 0,
    limits: { milliseconds: 30 },
  });
  const long = await servePage({ explorer, files: new Map(), port: 0 });
  const headersOf = ({ address, token }: PageServer) => ({
    origin: new URL(address).origin,
    authorization: `Bearer ${token}`,
  });
  try {
    const answer = await raw("/ask", { ...see(), headers: headersOf(short), to: short });
    expect(answer.body.toString()).toContain("it took too long");
    signals.length = 0;
    const first = raw("/ask", { ...see(), headers: headersOf(long), to: long });
    await expect.poll(() => signals.length).toBe(1);
    for (let count = 0; count < 8; count++)
      raw("/ask", { ...see(), headers: headersOf(long), to: long }).catch(() => {});
    expect((await first).body.toString()).toContain("too many questions");
  } finally {
    await Promise.all([short.close(), long.close()]);
  }
});

test("a page asks the model through it as it would ask the model itself", async () => {
  const native = globalThis.fetch;
  // What a browser adds.
  globalThis.fetch = (address, options) =>
    native(address, { ...options, headers: { ...options?.headers, origin: origin() } });
  try {
    const remote = await exploreOver(`${page.address}ask`, page.token);
    expect(remote.said).toEqual(explorer.said);
    const [there, here] = [await remote.see({ input: text }), await explorer.see({ input: text })];
    expect(there.weights).toEqual(here.weights);
    await expect(exploreOver(`${page.address}ask`, "wrong")).rejects.toThrow(/answered 401/);
  } finally {
    globalThis.fetch = native;
  }
});

test("what cannot be opened says what to do", async () => {
  const run = (...args: string[]) => commandLine("open", "--no-browser", ...args);
  expect((await run("test/images/exif-8.png")).error?.message).toMatch(
    /reads texts, and this is a picture\. Give --model/,
  );
  expect((await run("test/golden/hub-whisper/sound.wav")).error?.message).toMatch(
    /sound\.wav: .* reads texts, and this is a sound\. Give --model one that hears/,
  );
  const hears = ["--model", "test/golden/hub-whisper"];
  expect((await run("a text", ...hears)).error?.message).toMatch(/reads sound\. Give it a sound/);
  expect((await run("test/images/exif-8.png", ...hears)).error?.message).toMatch(/reads sound/);
  expect((await run("nowhere.wav", ...hears)).error?.message).toMatch(/there is no such file/);
  expect((await run("", "--model", folder)).error?.message).toMatch(/text/);
  expect((await run("--model", "/no/such/folder")).error?.message).toMatch(/\/no\/such\/folder/);
  expect((await run("--port", "70000")).error?.message).toMatch(/0 to 65535/);
  const taken = createServer().listen(0, "127.0.0.1") as Server;
  await new Promise((resolve) => taken.once("listening", resolve));
  const { port } = taken.address() as { port: number };
  const { error } = await run("--model", folder, "--backend", "reference", "--port", String(port));
  expect(error?.message).toBe(
    `--port ${port}: another program has it. Leave it out, or give another`,
  );
  taken.close();
});

const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
});

test("without a terminal it prints the address, waits for no browser, and ends when it is told to", async () => {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const child = spawn(
    process.execPath,
    ["dist/cli/main.js", "open", text, "--model", folder, "--backend", "reference", "--port", "0"],
    { cwd: root, stdio: ["ignore", "pipe", "pipe"] },
  );
  children.push(child);
  const address = await new Promise<string>((resolve, reject) => {
    let said = "";
    child.stdout.on("data", (part: Buffer) => {
      said += part;
      if (said.endsWith("\n")) resolve(said.trim());
    });
    child.on("exit", (code) => reject(new Error(`ended with ${code}`)));
  });
  const { origin, searchParams, hash } = new URL(address);
  expect(origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(searchParams.get("engine")).toMatch(/^[\w-]{43}$/);
  const parts = new URLSearchParams(hash.slice(1));
  expect(parts.get("text")).toBe(text);
  expect(parts.get("model")).toBe("files:bert-mlm");
  expect((await fetch(origin)).status).toBe(200);
  const end = new Promise((resolve) => child.once("exit", (code) => resolve(code)));
  child.kill("SIGINT");
  expect(await end).toBe(0);
});
