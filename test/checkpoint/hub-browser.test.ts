import { describe, expect, onTestFinished, test, vi } from "vitest";
import { hubSource as browserSource } from "../../src/checkpoint/hub/hub.browser.ts";
import {
  asked,
  bytes,
  commit,
  eachWithHub,
  model,
  needed,
  stub,
  weights,
} from "../support/hub-fixture.ts";
import { hubStub, sha256 } from "../support/hub-stub.ts";

eachWithHub();

describe("in a browser", () => {
  test("reads ranges of large files and keeps small ones", async () => {
    const source = await browserSource("tiny/bert", { hubUrl: stub.url });
    expect(await source.list()).toEqual(needed);
    expect(await source.size("model.safetensors")).toBe(weights.length);
    expect(await source.size("tf_model.h5")).toBeUndefined();
    expect(stub.requests.every(({ path }) => path.startsWith("/api/"))).toBe(true);
    expect(new TextDecoder().decode(await source.read("config.json", 0, 21))).toBe(
      model["config.json"],
    );
    await source.read("config.json", 3, 5);
    expect(asked()).toEqual(["config.json"]);
    await expect(source.read("config.json", 0, 999)).rejects.toThrow(
      /has 21 bytes, asked for 0 to 999/,
    );
    await expect(source.read("nothing", 0, 1)).rejects.toThrow(/has no file nothing/);
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
    const source = await browserSource("a/b", { hubUrl: hub.url, wait: async () => undefined });
    const path = new RegExp(sha256(large));
    hub.faults.push({ path, times: 1, cutAfter: 1000 });
    expect(await source.read("model.safetensors", 5_000_000, 5_100_000)).toEqual(
      large.slice(5_000_000, 5_100_000),
    );
    expect(hub.requests.filter(({ isCdn }) => isCdn).map(({ range }) => range)).toEqual([
      "bytes=5000000-5099999",
      "bytes=5001000-5099999",
    ]);
    hub.faults.push({ path, times: 1, ignoresRange: true });
    expect(await source.read("model.safetensors", 1_000_000, 1_000_010)).toEqual(
      large.slice(1_000_000, 1_000_010),
    );
    expect(await source.read("model.safetensors", 7, 7)).toEqual(new Uint8Array());
  });

  test("the Cache API keeps small files between visits", async () => {
    const kept = new Map<string, Response>();
    const cache = {
      match: async (url: string) => kept.get(url)?.clone(),
      put: async (url: string, response: Response) => void kept.set(url, response),
      delete: async (url: string) => kept.delete(url),
    };
    vi.stubGlobal("caches", { open: async () => cache });
    onTestFinished(() => void vi.unstubAllGlobals());
    for (const visits of [1, 1]) {
      const source = await browserSource("tiny/bert", { hubUrl: stub.url });
      expect(new TextDecoder().decode(await source.read("config.json", 0, 21))).toBe(
        model["config.json"],
      );
      expect(asked()).toHaveLength(visits);
    }
  });
});
