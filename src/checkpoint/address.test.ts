import { afterEach, describe, expect, test, vi } from "vitest";
import { type FaultServer, faultServer, type Served } from "../../test/support/fault-server.ts";
import { CheckpointError, InputError } from "../errors/errors.ts";
import { type AddressOptions, addressSource } from "./address.ts";
import { encodeSafetensors } from "./safetensors.ts";
import type { FileSource } from "./source.ts";

/** More than one part of 4 MiB. */
const content = Uint8Array.from({ length: 10_000_000 }, (_, i) => (i * 31 + (i >> 8)) & 255);
const other = content.map((byte) => byte ^ 1);
const name = "model.safetensors";
let server: FaultServer;
let waits: number[] = [];
let warnings: string[] = [];

const sources: FileSource[] = [];

afterEach(async () => {
  await Promise.all(sources.splice(0).map((source) => source.close()));
  await server?.close();
});

async function serving(file: Partial<Served> = {}, more: Record<string, Served> = {}) {
  server = await faultServer({ [name]: { content, ...file }, ...more });
  waits = [];
  warnings = [];
  return opened();
}

function opened(options: AddressOptions = {}, address = server.url) {
  const source = addressSource(address, {
    wait: async (ms) => void waits.push(ms),
    onWarning: (text) => warnings.push(text),
    ...options,
  });
  sources.push(source);
  return source;
}

const ranges = () => server.requests.map(({ range }) => range);
const same = (bytes: Uint8Array, start: number, end: number) =>
  Buffer.compare(bytes, content.subarray(start, end)) === 0;

describe("a server with ranges", () => {
  test("is asked for a file once, whatever is read of it in order", async () => {
    const source = await serving({}, { "config.json": { content: "{}" } });
    expect(await source.list()).toBeUndefined();
    expect(await source.size(name)).toBe(content.length);
    source.expectRanges?.(name, [[8, content.length]]);
    for (let at = 8; at < content.length; at += 999_999) {
      const end = Math.min(content.length, at + 999_999);
      expect(same(await source.read(name, at, end), at, end)).toBe(true);
    }
    expect(await source.size("config.json")).toBe(2);
    expect(await source.size("vocab.txt")).toBeUndefined();
    expect(await source.size("vocab.txt")).toBeUndefined();
    expect(await source.read(name, 9, 9)).toHaveLength(0);
    expect(server.requests.map(({ path }) => path)).toEqual([
      "/model.safetensors",
      "/config.json",
      "/vocab.txt",
    ]);
    expect(ranges()).toEqual([undefined, undefined, undefined]);
    await expect(source.read(name, 0, content.length + 1)).rejects.toThrow("the file has 10000000");
    await expect(source.read("vocab.txt", 0, 1)).rejects.toThrow(
      "vocab.txt: there is no such file",
    );
    await expect(source.size("../x")).rejects.toThrow("leads out");
  });

  test("is asked anew for what lies far off, and only for that", async () => {
    const source = await serving();
    await source.size(name);
    expect(
      same(await source.read(name, 9_999_000, content.length), 9_999_000, content.length),
    ).toBe(true);
    expect(same(await source.read(name, 0, 4), 0, 4)).toBe(true);
    expect(ranges().slice(0, 2)).toEqual([undefined, "bytes=8388608-9999999"]);
    expect(server.requests).toHaveLength(2);
  });

  test("gets the address's query, the headers, and a password as a header with every file", async () => {
    await serving();
    const address = server.url.replace("//", "//me:s%C3%A9cret@");
    const source = opened({ headers: { "x-key": "k" } }, `${address}/?key=a%2Fb#part`);
    await source.size(name);
    const [{ path, headers }] = server.requests as [FaultServer["requests"][number]];
    expect(path).toBe("/model.safetensors?key=a%2Fb");
    expect(headers).toMatchObject({
      "x-key": "k",
      authorization: `Basic ${Buffer.from("me:sécret").toString("base64")}`,
    });
    server.files[name]!.faults = [{ status: 418 }];
    await expect(opened({}, `${address}/?key=a%2Fb`).size(name)).rejects.toThrow(
      `${server.url}/model.safetensors?…: the server answered 418`,
    );
    expect(source.label).toBe(`${server.url}/?…`);
    expect(() => addressSource("ftp://me:secret@host/x")).toThrow('"ftp://host/x" is not');
  });
});

describe("an answer that breaks off", () => {
  test("is continued where it was, by a range of the same version", async () => {
    const source = await serving({ faults: [{ cutAfter: 3_000_000 }, { cutAfter: 2_000_000 }] });
    expect(await source.size(name)).toBe(content.length);
    expect(same(await source.read(name, 0, content.length), 0, content.length)).toBe(true);
    const starts = server.requests.map(({ range }) => Number(/\d+/.exec(range ?? "0")![0]));
    expect(server.requests).toHaveLength(3);
    expect(starts[1]).toBeGreaterThan(0);
    expect(starts[2]).toBeGreaterThan(starts[1]!);
    expect(server.requests[1]!.headers["if-range"]).toBe(`"${name}-1"`);
    expect(server.sent()).toBeLessThan(content.length + 1_000_000);
    expect(waits).toEqual([1000, 1000]); // each came further, so patience starts anew
  });

  test.each([
    ["ranges are ignored", { hasRanges: false }],
    ["there is no version", { etag: null }],
    ["there is no version, and no length", { etag: null, hasLength: false, type: "x/y" }],
    ["it is packed", { isPacked: true }],
    ["the version is weak", { etag: 'W/"1"' }],
    ["the version is a time", { etag: null, lastModified: "Mon, 01 Jan 2024 00:00:00 GMT" }],
  ])("is read where %s", async (_, file) => {
    // Packed, the file is a few hundredths as long.
    const cutAfter = "isPacked" in file ? 20_000 : 6_000_000;
    const source = await serving({ ...file, faults: [{ cutAfter }, {}] });
    expect(await source.size(name)).toBe(content.length);
    source.expectRanges?.(name, [[0, content.length]]);
    for (let at = 0; at < content.length; at += 1_000_000)
      expect(same(await source.read(name, at, at + 1_000_000), at, at + 1_000_000)).toBe(true);
    expect(server.requests).toHaveLength(2);
  });

  test.each([
    ["with another ETag", {}, { etag: '"2"' }],
    [
      "with another time",
      { etag: null, lastModified: "Mon, 01 Jan 2024 00:00:00 GMT" },
      { lastModified: "Mon, 01 Jan 2024 00:00:01 GMT" },
    ],
    ["without any version", { etag: null }, {}],
    ["ranges or not", { hasRanges: false }, { etag: '"2"' }],
  ])("is not continued with another file: %s", async (_, file, changed) => {
    const source = await serving(file);
    const change = () => void Object.assign(server.files[name]!, { content: other, ...changed });
    server.files[name]!.faults = [{ cutAfter: 6_000_000 }, { before: change }];
    const reading = (async () => {
      await source.size(name);
      return source.read(name, 0, content.length);
    })();
    await expect(reading).rejects.toThrow("it changed while it was read");
  });

  test("is not continued with a longer file", async () => {
    const source = await serving({ faults: [{ cutAfter: 100 }] });
    await source.size(name);
    server.files[name]!.content = new Uint8Array(11_000_000);
    await expect(source.read(name, 0, 1000)).rejects.toThrow(
      "had 10000000 bytes and now has 11000000",
    );
  });

  test("is given up in the end", async () => {
    const source = await serving({ faults: [{ cutAfter: 1000 }] });
    await source.size(name);
    server.files[name]!.faults = Array.from({ length: 9 }, () => ({ cutAfter: 0 }));
    await expect(source.read(name, 0, 5000)).rejects.toThrow(
      /the connection broke off|cannot be reached/,
    );
    expect(waits).toEqual([1000, 2000, 4000, 8000]);
    server.files[name]!.faults = [];
    expect(await source.read(name, 0, 5000)).toHaveLength(5000);
  });

  test("counts as one when nothing comes", async () => {
    await serving({ faults: [{ stallAfter: 70_000 }, {}] });
    const source = opened({ stallMs: 2000 });
    await source.size(name);
    expect(same(await source.read(name, 0, 200_000), 0, 200_000)).toBe(true);
    expect(server.requests).toHaveLength(2);
  });
});

describe("what has no limit", () => {
  const endless = (headers: Record<string, string>, piece: Uint8Array) => ({
    answer: (_: unknown, response: import("node:http").ServerResponse) => {
      response.writeHead(200, headers);
      // Each piece in a turn of its own: what closes the connection must be heard between them.
      const more = () =>
        void (response.destroyed || response.write(piece, () => setImmediate(more)));
      more();
    },
  });

  test("a body without end is left at the limit of its kind", async () => {
    await serving({}, { "config.json": { content: "" } });
    server.files["config.json"]!.faults = [endless({}, new Uint8Array(4_000_000).fill(32))];
    await expect(opened().size("config.json")).rejects.toThrow(
      "config.json: more than 268435456 bytes came, and the server does not say how many there are",
    );
  });

  test("a header tells the size where the server does not, and more than that is too much", async () => {
    const zeros = new Uint8Array(400);
    const file = encodeSafetensors({ a: { type: "F32", shape: [100], bytes: zeros } });
    await serving({ content: file, hasLength: false });
    expect(await opened().size(name)).toBe(file.length);
    const tail = new Uint8Array(file.length + 8);
    tail.set(file);
    server.files[name]!.content = tail;
    await expect(opened().size(name)).rejects.toThrow(`tells of ${file.length} bytes`);
  });

  test("a file that says it is too long is refused before it comes", async () => {
    const { readText } = await import("./stored-checkpoint.ts");
    await serving({}, { "config.json": { content: "{}" } });
    server.files["config.json"]!.faults = [
      endless({ "content-length": "3000000000" }, new Uint8Array(65_536)),
    ];
    await expect(readText(opened(), "config.json")).rejects.toThrow(
      "has 3000000000 bytes, too many",
    );
  });

  test("memory: what nobody reads stops coming", async () => {
    const large = new Uint8Array(200_000_000);
    const source = await serving({ content: large });
    await source.size(name);
    await vi.waitFor(() => expect(server.sent()).toBeGreaterThan(32_000_000), { timeout: 60_000 });
    // Sockets and streams hold some more, on a busy machine tens of MB; then nothing moves.
    let before = -1;
    while (server.sent() !== before) {
      before = server.sent();
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(before).toBeLessThan(120_000_000);
  });
});

describe("what a server says", () => {
  test("an empty file, and a page that a site serves for whatever is missing", async () => {
    const html = { content: "<html>", type: "text/html; charset=utf-8" };
    const source = await serving({}, { "a.txt": { content: "" }, "vocab.txt": html });
    expect(await source.size("a.txt")).toBe(0);
    expect(await source.size("vocab.txt")).toBeUndefined();
    server.files[name]!.faults = [{ status: 416, headers: { "content-range": "bytes */0" } }];
    expect(await source.size(name)).toBe(0);
  });

  test.each([
    [401, {}, "the server answered 401. It needs a permission: pass headers"],
    [403, {}, "answered 403. It needs a permission"],
    [418, {}, "answered 418. Open the address in a browser"],
    [206, {}, "content-range is missing"],
    [206, { "content-range": "bytes 5-9/200" }, "content-range is bytes 5-9/200, not what"],
  ])("status %d is refused with the next step", async (status, headers, message) => {
    const source = await serving({
      faults: [
        { status, headers },
        { status, headers },
      ],
    });
    await expect(source.size(name)).rejects.toThrow(CheckpointError);
    await expect(source.size(name)).rejects.toThrow(message);
    expect(waits).toEqual([]);
  });

  test.each([
    [429, { "retry-after": "30" }, "answered 429. Too many requests: wait 30 (seconds"],
    [429, {}, "wait a while and try again"],
    [503, {}, "answered 503. The server has a problem: try again later"],
  ])("status %d is tried again, and refused in the end", async (status, headers, message) => {
    const faults = Array.from({ length: 5 }, () => ({ status, headers }));
    const source = await serving({ faults });
    await expect(source.size(name)).rejects.toThrow(message);
    expect(server.requests).toHaveLength(5);
    expect(await source.size(name)).toBe(content.length);
  });

  test("a wait that it asks for is said, and has a limit", async () => {
    const source = await serving({ faults: [{ status: 429, headers: { "retry-after": "7200" } }] });
    expect(await source.size(name)).toBe(content.length);
    expect(waits).toEqual([60_000]);
    expect(warnings.join()).toMatch(/429.* It asks to wait 7200 s; the next attempt is in 60 s$/);
  });

  test("403 means missing once another file came", async () => {
    const source = await serving({}, { "vocab.txt": { content: "", faults: [{ status: 403 }] } });
    source.expectFiles?.([name, "vocab.txt"]);
    expect(await source.size("vocab.txt")).toBeUndefined();
  });

  test("a redirect out of the web is refused at once", async () => {
    const away = { status: 302, headers: { location: "file:///etc/passwd" } };
    const source = await serving({}, { "a.txt": { content: "a", faults: [away, away] } });
    await source.size(name);
    await expect(source.size("a.txt")).rejects.toThrow("a.txt: cannot be reached");
    expect(waits).toEqual([]);
  });
});

test("an answer that begins when nobody is there any more is left", async () => {
  await serving();
  const signals: AbortSignal[] = [];
  let isClosed = () => {};
  const closed = new Promise<void>((resolve) => {
    isClosed = resolve;
  });
  const source = opened({
    async fetch(url, init) {
      signals.push(init!.signal!);
      const answer = await fetch(url, init);
      await closed;
      return answer;
    },
  });
  source.expectFiles?.([name]);
  await vi.waitFor(() => expect(server.requests).toHaveLength(1));
  await source.close();
  isClosed();
  await vi.waitFor(() => expect(signals.map(({ aborted }) => aborted)).toEqual([true]));
});

test("a server that is not there, and a load that is stopped", async () => {
  await serving();
  const fetch = async () => {
    throw new TypeError("fetch failed", { cause: { code: "ENOTFOUND" } });
  };
  await expect(opened({ fetch }).size("a")).rejects.toThrow(
    "cannot be reached (ENOTFOUND). Is there a network?",
  );
  expect(waits).toEqual([]);
  const controller = new AbortController();
  server.files[name]!.faults = [
    { cutAfter: 70_000 },
    { before: () => controller.abort(new Error("stopped")) },
  ];
  const source = opened({ signal: controller.signal });
  await source.size(name);
  await expect(source.read(name, 0, 9_000_000)).rejects.toThrow("stopped");
});

test.each(["folder/bert", "file:///tmp", "ftp://host/x", ""])("%j is no address", (given) => {
  expect(() => addressSource(given)).toThrow(InputError);
});
