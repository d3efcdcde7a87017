import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type FaultServer, faultServer } from "../../test/support/fault-server.ts";
import { memoryCaches } from "../../test/support/memory-caches.ts";
import type { AddressOptions } from "./address.ts";
import { type CacheMode, keptAddress } from "./kept-source.ts";
import { keptModels, removeKept } from "./remote/kept.ts";
import type { FileSource } from "./source.ts";

const content = Uint8Array.from({ length: 10_000_000 }, (_, i) => (i * 31 + (i >> 8)) & 255);
const other = content.map((byte) => byte ^ 1);
const name = "model.safetensors";
let server: FaultServer;
let caches: ReturnType<typeof memoryCaches>;
let warnings: string[];
let sources: FileSource[];

beforeEach(async () => {
  caches = memoryCaches();
  vi.stubGlobal("caches", caches);
  server = await faultServer({ [name]: { content }, "config.json": { content: "{}" } });
  warnings = [];
  sources = [];
});
afterEach(async () => {
  vi.unstubAllGlobals();
  await Promise.all(sources.map((source) => source.close()));
  await server.close();
});

async function opened(cache: CacheMode = true, options: AddressOptions = {}) {
  const source = await keptAddress(server.url, cache, {
    wait: async () => undefined,
    onWarning: (text) => warnings.push(text),
    ...options,
  });
  sources.push(source);
  return source;
}

/** Reads as loading does; gives the bytes of the weights. */
async function visit(source: FileSource, end = content.length): Promise<Uint8Array> {
  // As a load that goes well says at its end; one that fails before is no whole model.
  source.keep?.();
  await source.size("config.json");
  await source.read("config.json", 0, 2);
  expect(await source.size("vocab.txt")).toBeUndefined();
  await source.size(name);
  source.expectRanges?.(name, [[0, content.length]]);
  return source.read(name, 0, end);
}

/** A first visit, until all is kept. */
async function kept(): Promise<void> {
  const source = await opened();
  await visit(source);
  await source.close();
  await vi.waitFor(async () => expect((await keptModels())[0]?.isComplete).toBe(true));
  server.requests.length = 0;
}

const isContent = (bytes: Uint8Array) => Buffer.compare(bytes, content) === 0;
const parts = () =>
  [...caches.stores.values()]
    .flatMap((store) => [...store.keys()])
    .filter((key) => key.includes(name));

/** Changes one byte of a kept part. */
async function damage(place: number): Promise<void> {
  const [store] = caches.stores.values();
  const key = parts().find((one) => one.endsWith(`part=${place}`))!;
  const response = store!.get(key)!;
  const bytes = new Uint8Array(await response.clone().arrayBuffer());
  bytes[1000]! ^= 1;
  store!.set(key, new Response(bytes, { headers: response.headers }));
}

describe("a second visit", () => {
  test("needs no network", async () => {
    await kept();
    await server.close();
    const source = await opened();
    expect(isContent(await visit(source))).toBe(true);
    expect(source.isCached?.()).toBe(true);
    expect(server.requests).toEqual([]);
    expect(warnings).toEqual([]);
  });

  test("fetches again the part that was damaged, and says so", async () => {
    await kept();
    await damage(1);
    const source = await opened();
    expect(isContent(await visit(source))).toBe(true);
    expect(server.requests.map(({ range }) => range)).toEqual(["bytes=4194304-8388607"]);
    expect(warnings.join()).toMatch(/model\.safetensors: what was kept of it is damaged/);
    expect(source.isCached?.()).toBe(false);
    await source.close();
    server.requests.length = 0;
    await vi.waitFor(() => expect(parts()).toHaveLength(3));
    expect(isContent(await visit(await opened()))).toBe(true);
    expect(server.requests).toEqual([]);
  });

  test("does not mend a damaged part with another version", async () => {
    await kept();
    await damage(1);
    Object.assign(server.files[name]!, { content: other, etag: '"2"' });
    await expect(opened().then((source) => visit(source))).rejects.toThrow("or since it was kept");
  });

  test("does not mend what has no version", async () => {
    server.files[name]!.etag = null;
    await kept();
    expect(isContent(await visit(await opened()))).toBe(true);
    expect(server.requests).toEqual([]);
    await damage(1);
    await expect(opened().then((source) => visit(source))).rejects.toThrow("names no version");
  });

  test("goes on where the first was interrupted", async () => {
    server.files[name]!.faults = [{ cutAfter: 6_000_000 }];
    const controller = new AbortController();
    const stop = () => controller.abort(new Error("enough"));
    server.files[name]!.faults.push({ before: stop });
    const first = await opened(true, { signal: controller.signal });
    await expect(visit(first)).rejects.toThrow("enough");
    await first.close();
    await vi.waitFor(() => expect(parts()).toHaveLength(1));
    expect(await keptModels()).toMatchObject([{ isComplete: false }]);
    server.requests.length = 0;
    server.files[name]!.faults = [];
    const source = await opened();
    expect(isContent(await visit(source))).toBe(true);
    const ranges = server.requests
      .filter(({ path }) => path.includes(name))
      .map(({ range }) => range);
    expect(ranges).toEqual(["bytes=4194304-9999999"]);
    expect(source.isCached?.()).toBe(false);
  });
});

describe("a storage", () => {
  const part = 4 * 1024 * 1024;

  test("that has not all parts is not asked for those that nobody read, nor is the network", async () => {
    const read = async (source: FileSource) => {
      source.expectFiles?.([name]);
      source.keep?.();
      await source.size(name);
      await source.read(name, 0, 100);
      source.expectRanges?.(name, [[2 * part + 5, 2 * part + 500]]);
      await source.read(name, 2 * part + 5, 2 * part + 500);
    };
    server.files[name]!.content = new Uint8Array(5 * part);
    const first = await opened();
    await read(first);
    await first.close();
    await vi.waitFor(async () => expect((await keptModels())[0]?.isComplete).toBe(true), 10_000);
    const few = parts().map((key) => key.slice(-1));
    expect(few).toContain("2");
    expect(few.length).toBeLessThan(5);
    await server.close();
    const second = await opened();
    await read(second);
    expect(second.isCached?.()).toBe(true);
  });

  test("that cannot be read is as good as damaged", async () => {
    await kept();
    const { open } = caches;
    vi.stubGlobal("caches", {
      ...caches,
      open: async (model: string) => {
        const cache = await open(model);
        const broken = (key: string | Request) => String(key).endsWith("part=1");
        const failing = async () => {
          throw new Error("disk");
        };
        return {
          ...cache,
          match: (key: string | Request) => (broken(key) ? failing() : cache.match(key)),
          delete: failing,
        };
      },
    });
    // Part 1 is looked up beside the one before it, and nobody takes it.
    const header = await opened();
    await header.size(name);
    await header.read(name, 0, 100);
    expect(isContent(await visit(await opened()))).toBe(true);
    expect(warnings.join()).toMatch(/model\.safetensors: what was kept of it is damaged/);
  });

  test("for which there is no memory keeps nothing, and that is said", async () => {
    const source = await opened();
    const bytes = visit(source);
    await vi.waitFor(() => expect(server.requests.length).toBeGreaterThan(0));
    vi.stubGlobal(
      "Response",
      class {
        constructor() {
          throw new RangeError("Array buffer allocation failed");
        }
        static json = () => new globalThis.Response();
      },
    );
    expect(isContent(await bytes)).toBe(true);
    await source.close();
    await vi.waitFor(() => expect(warnings.join()).toMatch(/has no room to keep it/));
    expect(parts()).toEqual([]);
  });
});

describe("check", () => {
  test("asks, and takes what is the same from the storage", async () => {
    await kept();
    const before = server.sent();
    expect(isContent(await visit(await opened("check")))).toBe(true);
    expect(server.requests.map(({ path }) => path)).toContain(`/${name}`);
    expect(server.sent() - before).toBeLessThan(8_000_000);
  });

  test("takes what is new, and lets go of what was", async () => {
    await kept();
    const old = parts();
    Object.assign(server.files[name]!, { content: other, etag: '"2"' });
    const source = await opened("check");
    expect(Buffer.compare(await visit(source), other)).toBe(0);
    await source.close();
    await vi.waitFor(() => expect(parts().filter((key) => old.includes(key))).toEqual([]));
    expect(parts()).toHaveLength(3);
  });

  test("uses what is kept where nobody answers, and says so", async () => {
    await kept();
    await server.close();
    expect(isContent(await visit(await opened("check")))).toBe(true);
    expect(warnings.join()).toMatch(/cannot be reached .* Using what was kept on \d{4}-\d\d-\d\d/);
  });
});

test("false neither keeps nor takes", async () => {
  const source = await opened(false);
  await visit(source);
  await source.close();
  expect(caches.stores.size).toBe(0);
  await kept();
  await visit(await opened(false));
  expect(server.requests.length).toBeGreaterThan(0);
});

test("models are listed and removed; a query's secret is not written down", async () => {
  const source = await keptAddress(`${server.url}/?key=secret`, true, {});
  sources.push(source);
  await visit(source);
  await source.close();
  await vi.waitFor(async () => expect((await keptModels())[0]?.isComplete).toBe(true));
  const [entry] = await keptModels();
  expect(entry).toMatchObject({ isComplete: true });
  expect(entry!.bytes).toBeGreaterThan(content.length);
  expect(Date.now() - entry!.keptAt!.getTime()).toBeLessThan(60_000);
  expect(JSON.stringify([...caches.stores.keys()])).not.toContain("secret");
  expect(await removeKept(`${server.url}/?key=other`)).toBe(false);
  expect(await removeKept(entry!.source)).toBe(true);
  expect(await keptModels()).toEqual([]);
});

test("a load that failed is asked for anew, and one that finds nothing leaves nothing", async () => {
  const first = await opened();
  await first.size("config.json");
  await first.read("config.json", 0, 2);
  expect(await first.size("tokenizer.json")).toBeUndefined();
  await first.close();
  await vi.waitFor(async () => expect(await keptModels()).toMatchObject([{ isComplete: false }]));
  server.files["tokenizer.json"] = { content: "[]" };
  expect(await (await opened()).size("tokenizer.json")).toBe(2);
  await removeKept(server.url);
  const wrong = await keptAddress(`${server.url}/nowhere/`, true, {});
  expect(await wrong.size("config.json")).toBeUndefined();
  await wrong.close();
  await vi.waitFor(() => expect([...caches.stores.keys()].join()).not.toContain("nowhere"));
});

test("a visit that reads less leaves what is kept as it was", async () => {
  await kept();
  const source = await opened();
  await source.size("config.json");
  await source.close();
  await vi.waitFor(async () => expect(await keptModels()).toMatchObject([{ isComplete: true }]));
  expect(isContent(await visit(await opened()))).toBe(true);
  expect(server.requests).toEqual([]);
});

describe("of two loads side by side", () => {
  const again = async () => {
    server.requests.length = 0;
    expect(isContent(await visit(await opened()))).toBe(true);
    expect(server.requests).toEqual([]);
    expect(warnings).toEqual([]);
  };
  const complete = () =>
    vi.waitFor(async () => expect(await keptModels()).toMatchObject([{ isComplete: true }]));

  test("one that ends before it has read anything leaves what the other keeps", async () => {
    const [early, source] = [await opened(), await opened()];
    const reading = visit(source);
    await early.close();
    expect(isContent(await reading)).toBe(true);
    await source.close();
    await complete();
    await again();
  });

  test("one that ends when some is kept leaves what the other keeps", async () => {
    const source = await opened();
    await visit(source);
    await vi.waitFor(() => expect(parts().length).toBeGreaterThan(0), 10_000);
    const early = await opened();
    await early.size("config.json");
    await early.close();
    await vi.waitFor(async () => expect(await keptModels()).toMatchObject([{ isComplete: false }]));
    await source.close();
    await complete();
    await again();
  });

  test("one that ends last, and knows less, leaves what the other knows", async () => {
    const early = await opened();
    await early.size("config.json");
    await kept();
    await early.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await again();
  });
});

test("no room: it is said once, and the model is read all the same", async () => {
  caches.limits.bytes = 5_000_000;
  const source = await opened();
  expect(isContent(await visit(source))).toBe(true);
  await source.close();
  await vi.waitFor(() => expect(warnings).toHaveLength(1));
  expect(warnings[0]).toMatch(
    /no room to keep it \(Quota exceeded\.\); the next visit fetches it again/,
  );
});

test("an index that was damaged is as good as none", async () => {
  await kept();
  const [store] = caches.stores.values();
  store!.set("https://heed.invalid/index", new Response("{"));
  expect(isContent(await visit(await opened()))).toBe(true);
  expect(server.requests.map(({ range }) => range)).toEqual([undefined, undefined, undefined]);
});
