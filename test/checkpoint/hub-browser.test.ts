import { describe, expect, onTestFinished, test, vi } from "vitest";
import { hubSource as browserSource } from "../../src/checkpoint/hub/hub.browser.ts";
import { type CacheMode, keptHub } from "../../src/checkpoint/kept-source.ts";
import { keptModels } from "../../src/checkpoint/remote/kept.ts";
import type { FileSource } from "../../src/checkpoint/source.ts";
import {
  asked,
  bytes,
  commit,
  eachWithHub,
  model,
  needed,
  stub,
  warnings,
  weights,
} from "../support/hub-fixture.ts";
import { hubStub, sha256 } from "../support/hub-stub.ts";
import { memoryCaches } from "../support/memory-caches.ts";

eachWithHub();

const wait = async () => undefined;
const text = async (source: FileSource, file: "config.json" | "vocab.txt") =>
  new TextDecoder().decode(await source.read(file, 0, model[file].length));

describe("in a browser", () => {
  test("nothing is asked for before it is read, and every file once", async () => {
    const source = await browserSource("tiny/bert", { hubUrl: stub.url });
    onTestFinished(() => source.close());
    expect(await source.list()).toEqual(needed);
    expect(await source.size("model.safetensors")).toBe(weights.length);
    expect(await source.size("tf_model.h5")).toBeUndefined();
    expect(stub.requests.every(({ path }) => path.startsWith("/api/"))).toBe(true);
    expect(await text(source, "config.json")).toBe(model["config.json"]);
    await source.read("config.json", 3, 5);
    expect(asked()).toEqual(["config.json"]);
    await expect(source.read("config.json", 0, 999)).rejects.toThrow("the file has 21 bytes");
    await expect(source.read("nothing", 0, 1)).rejects.toThrow("there is no such file");
  });

  test("a large file by ranges, through cuts, and from servers without ranges", async () => {
    const large = bytes(6 << 20, 3);
    const hub = await hubStub({
      "a/b": {
        refs: { main: commit },
        commits: { [commit]: { "config.json": "{}", "model.safetensors": large } },
      },
    });
    onTestFinished(() => hub.close());
    const source = await browserSource("a/b", { hubUrl: hub.url, wait });
    onTestFinished(() => source.close());
    const path = new RegExp(sha256(large));
    hub.faults.push({ path, times: 1, cutAfter: 1000 });
    expect(await source.read("model.safetensors", 5_000_000, 5_100_000)).toEqual(
      large.slice(5_000_000, 5_100_000),
    );
    expect(hub.requests.filter(({ isCdn }) => isCdn).map(({ range }) => range)).toEqual([
      "bytes=4194304-6291455",
      "bytes=4195304-6291455",
    ]);
    hub.faults.push({ path, times: 1, ignoresRange: true });
    expect(await source.read("model.safetensors", 1_000_000, 1_000_010)).toEqual(
      large.slice(1_000_000, 1_000_010),
    );
    expect(await source.read("model.safetensors", 7, 7)).toEqual(new Uint8Array());
    const whole = await browserSource("a/b", { hubUrl: hub.url, wait });
    onTestFinished(() => whole.close());
    hub.faults.push({ path, times: 1, isWrong: true });
    await expect(whole.read("model.safetensors", 0, large.length)).rejects.toThrow(
      /^hub: model.safetensors of a\/b at main arrived with the hash [0-9a-f]+, expected/,
    );
  });

  test.each(["vocab.txt", "model.safetensors"])("a wrong byte of %s is noticed", async (file) => {
    const path = file === "vocab.txt" ? /vocab/ : new RegExp(sha256(weights));
    stub.faults.push({ path, times: 1, isWrong: true });
    const source = await browserSource("tiny/bert", { hubUrl: stub.url, wait });
    onTestFinished(() => source.close());
    await expect(source.read(file, 0, 4)).rejects.toThrow(
      new RegExp(`^hub: ${file} of tiny/bert at main arrived with the hash [0-9a-f]+, expected`),
    );
  });

  test("a listing without an end has a limit", async () => {
    const { hubConnection, requestBytes } = await import("../../src/checkpoint/hub/request.ts");
    const subject = { id: "tiny/bert", revision: "main" };
    const connection = hubConnection({ hubUrl: stub.url });
    const url = `${stub.url}/tiny/bert/resolve/${commit}/vocab.txt`;
    await expect(requestBytes(connection, subject, url, {}, 3)).rejects.toThrow(
      "more than the 3 bytes that it may have",
    );
  });
});

describe("between visits", () => {
  async function visit(cache: CacheMode = true, end = 4): Promise<FileSource> {
    const source = await keptHub("tiny/bert", cache, {
      hubUrl: stub.url,
      wait,
      attempts: 2,
      onWarning: (message) => warnings.push(message),
    });
    expect(await text(source, "config.json")).toBe(model["config.json"]);
    expect(await source.size("added_tokens.json")).toBeUndefined();
    source.expectRanges?.("model.safetensors", [[0, weights.length]]);
    expect(await source.read("model.safetensors", 0, end)).toEqual(weights.slice(0, end));
    return source;
  }
  async function kept(): Promise<void> {
    vi.stubGlobal("caches", memoryCaches());
    onTestFinished(() => void vi.unstubAllGlobals());
    const source = await visit(true, weights.length);
    source.keep?.();
    await source.close();
    await vi.waitFor(async () => expect((await keptModels())[0]?.isComplete).toBe(true));
    stub.requests.length = 0;
  }

  test("nothing is asked the second time", async () => {
    await kept();
    const source = await visit();
    expect(source.isCached?.()).toBe(true);
    expect(stub.requests).toEqual([]);
  });

  test("check asks which commit it is, and no more where that is the same", async () => {
    await kept();
    await visit("check");
    expect(stub.requests.map(({ path }) => path)).toEqual([
      expect.stringMatching(/revision\/main/),
    ]);
  });

  test("check uses what is kept where the hub is away, and says so", async () => {
    await kept();
    stub.faults.push({ path: /revision/, times: 9, status: 503 });
    await visit("check");
    expect(warnings.join()).toMatch(/answers 503 .* Using what was kept on/);
  });
});
