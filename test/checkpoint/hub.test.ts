import { mkdirSync, readFileSync } from "node:fs";
import { link, lstat, readdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { scanCacheDir } from "@huggingface/hub";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { libraryApi } from "../../src/checkpoint/hub/api.node.ts";
import { repositoryCache } from "../../src/checkpoint/hub/cache.node.ts";
import { diskError } from "../../src/checkpoint/hub/download.node.ts";
import { webApi } from "../../src/checkpoint/hub/hub.browser.ts";
import { fetchFromHub, hubFiles, hubSource } from "../../src/checkpoint/hub/hub.node.ts";
import type { HubProgress } from "../../src/checkpoint/hub/hub.ts";
import { hubConnection } from "../../src/checkpoint/hub/request.ts";
import {
  asked,
  cacheDir,
  commit,
  eachWithHub,
  failure,
  listed,
  model,
  needed,
  options,
  other,
  pull,
  repository,
  shards,
  stub,
  waits,
  warnings,
  weights,
} from "../support/hub-fixture.ts";
import { etagOf, sha256 } from "../support/hub-stub.ts";

eachWithHub();

describe("a fresh download", () => {
  test("takes only the needed files and lays them out as Python does", async () => {
    const folder = await fetchFromHub("tiny/bert", options());
    expect(folder).toBe(join(repository(), "snapshots", commit));
    expect(await listed(folder)).toEqual([...needed].sort());
    expect(asked()).toEqual(needed.filter((name) => name !== "special_tokens_map.json").sort()); // an empty file needs no request
    expect(await readFile(join(folder, "model.safetensors"))).toEqual(Buffer.from(weights));
    expect(await readlink(join(folder, "model.safetensors"))).toBe(
      `../../blobs/${sha256(weights)}`,
    );
    expect(await readlink(join(folder, "1_Pooling/config.json"))).toBe(
      `../../../blobs/${etagOf("{}")}`,
    );
    expect(await readFile(join(repository(), "refs/main"), "utf8")).toBe(commit);
    expect((await readdir(join(repository(), "blobs"))).sort()).toEqual(
      needed.map((name) => etagOf(model[name as keyof typeof model])).sort(),
    );
    const scanned = await scanCacheDir(cacheDir);
    expect(scanned.repos.map(({ id, revisions }) => [id.name, revisions[0]?.refs])).toEqual([
      ["tiny/bert", ["main"]],
    ]);
  });

  test("prints nothing to stdout", async () => {
    const write = vi.spyOn(process.stdout, "write");
    const debug = vi.spyOn(console, "debug");
    await fetchFromHub("tiny/bert", options());
    expect(write).not.toHaveBeenCalled();
    expect(debug).not.toHaveBeenCalled();
  });

  test("progress is announced, rises and ends complete", async () => {
    const seen: HubProgress[] = [];
    stub.faults.push({ path: new RegExp(sha256(weights)), times: 1, pauseMs: 1 });
    await fetchFromHub("tiny/bert", options({ onProgress: (progress) => seen.push(progress) }));
    const total = seen.slice(0, needed.length);
    expect(total.map(({ file, received }) => [file, received])).toEqual(
      needed.map((file) => [file, 0]),
    );
    for (const name of needed) {
      const steps = seen.filter(({ file }) => file === name);
      expect(steps.at(-1)).toEqual({
        file: name,
        received: model[name as keyof typeof model].length,
        total: steps[0]?.total,
      });
      expect(
        steps.every(({ received }, index) => index === 0 || received >= steps[index - 1]!.received),
      ).toBe(true);
    }
    expect(seen.filter(({ file }) => file === "model.safetensors").length).toBeGreaterThan(3);
  });

  test("shards come by their index, once each; the .bin beside them does not", async () => {
    const folder = await fetchFromHub("tiny/shards", options());
    expect(await listed(folder)).toEqual(
      Object.keys(shards)
        .filter((name) => !name.endsWith(".bin"))
        .sort(),
    );
    expect(asked()).toHaveLength(4);
  });

  test("pytorch_model.bin comes where there are no safetensors", async () => {
    const folder = await fetchFromHub("tiny/bin", options());
    expect(await listed(folder)).toEqual(["config.json", "pytorch_model.bin", "vocab.txt"]);
  });

  test("a pull request is refs/refs/pr/7, as Python writes it", async () => {
    const folder = await fetchFromHub("tiny/bert", options({ revision: "refs/pr/7" }));
    expect(folder).toBe(join(repository(), "snapshots", pull));
    expect(await readFile(join(repository(), "refs/refs/pr/7"), "utf8")).toBe(pull);
  });

  test("a name without owner, and files of one's own choice", async () => {
    const folder = await fetchFromHub("gpt2", options({ files: ["config.json"] }));
    expect(folder).toBe(join(repository("gpt2"), "snapshots", commit));
    expect(await listed(folder)).toEqual(["config.json"]);
  });

  test("hubFiles lists and writes nothing", async () => {
    const listing = await hubFiles("tiny/shards", options());
    expect(listing.commit).toBe(commit);
    expect(listing.files.map(({ name, bytes: size, isCached }) => [name, size, isCached])).toEqual(
      [
        "config.json",
        "model.safetensors.index.json",
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
      ].map((name) => [name, shards[name as keyof typeof shards].length, false]),
    );
    expect(await readdir(cacheDir)).toEqual([]);
    await fetchFromHub("tiny/shards", options());
    expect((await hubFiles("tiny/shards", options())).files.every(({ isCached }) => isCached)).toBe(
      true,
    );
  });

  test("hubSource reads the files", async () => {
    const source = await hubSource("tiny/bert", options({ revision: "v1.0" }));
    expect(source.label).toBe("tiny/bert@v1.0");
    expect(await source.size("model.safetensors")).toBe(weights.length);
    expect(await source.read("model.safetensors", 10, 20)).toEqual(weights.slice(10, 20));
    await source.close();
  });

  test("both ways of asking the hub give the same answers", async () => {
    const connection = hubConnection({ hubUrl: stub.url });
    const [library, web] = [libraryApi(connection), webApi(connection)];
    expect(await web.commit("tiny/bert", "refs/pr/7")).toBe(
      await library.commit("tiny/bert", "refs/pr/7"),
    );
    expect(await web.list("tiny/bert", commit)).toEqual(await library.list("tiny/bert", commit));
    const names = ["config.json", "1_Pooling/config.json", "model.safetensors", "absent.txt"];
    expect(await web.files("tiny/bert", commit, names)).toEqual(
      await library.files("tiny/bert", commit, names),
    );
    expect(await web.files("tiny/bert", commit, names)).toHaveLength(3);
  });
});

describe("a second time", () => {
  beforeEach(async () => {
    await fetchFromHub("tiny/bert", options());
    stub.requests.length = 0;
  });

  test("by commit or offline: not one request", async () => {
    const folder = join(repository(), "snapshots", commit);
    expect(await fetchFromHub("tiny/bert", options({ revision: commit }))).toBe(folder);
    expect(await fetchFromHub("tiny/bert", options({ isOffline: true }))).toBe(folder);
    vi.stubEnv("HF_HUB_OFFLINE", "yes");
    expect(await fetchFromHub("tiny/bert", options())).toBe(folder);
    expect(stub.requests).toEqual([]);
  });

  test("by branch: one question", async () => {
    await fetchFromHub("tiny/bert", options());
    expect(stub.requests.map(({ path }) => path.split("?")[0])).toEqual([
      "/api/models/tiny/bert/revision/main",
    ]);
  });

  test("another commit shares the blobs", async () => {
    await fetchFromHub("tiny/bert", options({ revision: "v1.0" }));
    expect(stub.requests.filter(({ path }) => path.includes("/resolve/"))).toEqual([]); // "{}" and all others are there
    expect(await listed(join(repository(), "snapshots", other))).toEqual([...needed].sort());
  });

  test("a hub that is away: the copy at hand, with a warning", async () => {
    await stub.close();
    expect(await fetchFromHub("tiny/bert", options())).toBe(
      join(repository(), "snapshots", commit),
    );
    expect(warnings).toEqual([
      expect.stringMatching(
        /cannot be reached .*ECONNREFUSED.*Using the copy at hand: commit aaaa/,
      ),
    ]);
    expect(waits).toEqual([1000]);
  });

  test("a file lost from the cache comes again", async () => {
    await rm(join(repository(), "blobs", sha256(weights)));
    expect(
      (await failure(fetchFromHub("tiny/bert", options({ isOffline: true })))).message,
    ).toMatch(/HF_HUB_OFFLINE is set and .* holds no model\.safetensors of tiny\/bert at main/);
    const folder = await fetchFromHub("tiny/bert", options({ revision: commit }));
    expect(asked()).toEqual(["model.safetensors"]);
    expect(sha256(readFileSync(join(folder, "model.safetensors")))).toBe(sha256(weights));
  });
});

test("offline and nothing at hand: says so and how to go on", async () => {
  const error = await failure(fetchFromHub("tiny/bert", options({ isOffline: true })));
  expect(error.message).toBe(
    `hub: HF_HUB_OFFLINE is set and ${cacheDir} holds nothing of tiny/bert at main. Unset HF_HUB_OFFLINE and run it once with a network.`,
  );
});

describe("the disk", () => {
  test("without symbolic links: hard links, or copies", async () => {
    const refused = async () => {
      throw Object.assign(new Error("no"), { code: "EPERM" });
    };
    for (const [index, linking] of [
      { symlink: refused, link },
      { symlink: refused, link: refused },
    ].entries()) {
      const cache = repositoryCache(join(cacheDir, String(index)), "tiny/bert", linking);
      mkdirSync(cache.blobs, { recursive: true });
      await writeFile(join(cache.blobs, "e"), "content");
      await cache.place(commit, "1_Pooling/config.json", "e");
      await cache.place(commit, "1_Pooling/config.json", "e");
      const path = join(cache.snapshot(commit), "1_Pooling/config.json");
      expect((await lstat(path)).isSymbolicLink()).toBe(false);
      expect(await readFile(path, "utf8")).toBe("content");
      expect(await listed(cache.snapshot(commit))).toEqual(["1_Pooling/config.json"]);
    }
  });

  test("full, or not ours to write", () => {
    const file = { name: "model.safetensors", bytes: 5, etag: "e" };
    const error = (code: string, more: object = {}) =>
      diskError(Object.assign(new Error("x"), { code, ...more }), "/cache", file)?.message;
    expect(error("ENOSPC")).toBe(
      "hub: the disk is full: model.safetensors needs 5 bytes in /cache. What came is kept. Free some space, or set HF_HUB_CACHE to another disk.",
    );
    expect(error("EROFS", { syscall: "open" })).toMatch(/\/cache cannot be written \(EROFS\)/);
    expect(error("EISDIR", { syscall: "rename", path: "/a", dest: "/cache/e" })).toBe(
      "hub: /cache/e cannot be written (EISDIR). Mend its rights, remove the folder that stands there, or set HF_HUB_CACHE to another folder.",
    );
    expect(error("ECONNRESET")).toBeUndefined();
  });

  test("a file where the cache should be", async () => {
    await writeFile(join(cacheDir, "file"), "");
    const error = await failure(
      fetchFromHub("tiny/bert", options({ cacheDir: join(cacheDir, "file") })),
    );
    expect(error.message).toMatch(
      /cannot be written \(ENOTDIR\)\. Mend its rights, or set HF_HUB_CACHE/,
    );
  });
});
