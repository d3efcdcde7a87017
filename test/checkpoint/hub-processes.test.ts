import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { fileSize } from "../../src/checkpoint/hub/cache.node.ts";
import { fetchFromHub } from "../../src/checkpoint/hub/hub.node.ts";
import {
  cacheDir,
  cdn,
  commit,
  eachWithHub,
  failure,
  listed,
  needed,
  options,
  partials,
  repository,
  stub,
  weights,
} from "../support/hub-fixture.ts";
import { sha256 } from "../support/hub-stub.ts";

eachWithHub();

describe("several processes", () => {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });

  function start(): {
    child: ChildProcess;
    done: Promise<{ code: number | null; out: string; err: string }>;
  } {
    const env = { ...process.env, HF_ENDPOINT: stub.url, HF_HUB_CACHE: cacheDir };
    const child = spawn(
      process.execPath,
      ["--import", "tsx", join(import.meta.dirname, "hub-child.ts"), "tiny/bert"],
      { env },
    );
    children.push(child);
    let out = "";
    let err = "";
    child.stdout.on("data", (text) => {
      out += text;
    });
    child.stderr.on("data", (text) => {
      err += text;
    });
    return {
      child,
      done: new Promise((resolve) => child.on("close", (code) => resolve({ code, out, err }))),
    };
  }

  async function until(isSo: () => Promise<boolean>): Promise<void> {
    while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  test("two at once: one download, both served", async () => {
    stub.faults.push({ path: new RegExp(sha256(weights)), times: 2, pauseMs: 300 });
    const results = await Promise.all([start().done, start().done]);
    const folder = join(repository(), "snapshots", commit);
    expect(results).toEqual([
      { code: 0, out: folder, err: "" },
      { code: 0, out: folder, err: "" },
    ]);
    expect(cdn()).toHaveLength(1);
    expect(sha256(readFileSync(join(folder, "model.safetensors")))).toBe(sha256(weights));
    expect(await listed(folder)).toEqual([...needed].sort());
    expect((await listed(repository())).filter((name) => /incomplete|tmp/.test(name))).toEqual([]);
  });

  test("killed in the middle: the next continues where it stopped", async () => {
    stub.faults.push({ path: new RegExp(sha256(weights)), times: 1, stallAfter: 200_000 });
    const { child, done } = start();
    await until(async () => {
      const [name] = await partials();
      return name !== undefined && (await stat(join(repository(), "blobs", name))).size === 200_000;
    });
    child.kill("SIGKILL");
    expect((await done).code).toBeNull();
    expect(
      await fileSize(join(repository(), "snapshots", commit, "model.safetensors")),
    ).toBeUndefined();
    expect(
      (await failure(fetchFromHub("tiny/bert", options({ isOffline: true })))).message,
    ).toMatch(/holds nothing/);
    stub.requests.length = 0;
    const folder = await fetchFromHub("tiny/bert", options());
    expect(cdn().map(({ range }) => range)).toEqual(["bytes=200000-"]);
    expect(sha256(readFileSync(join(folder, "model.safetensors")))).toBe(sha256(weights));
    expect(await partials()).toEqual([]);
  });

  test("a download untouched for minutes belongs to nobody, wherever it was begun", async () => {
    const blobs = join(repository(), "blobs");
    mkdirSync(blobs, { recursive: true });
    const left = join(blobs, `${sha256(weights)}.heed-0-00000000-1-00000000.incomplete`);
    await writeFile(left, weights.subarray(0, 5000));
    const longAgo = new Date(Date.now() - 300_000);
    await utimes(left, longAgo, longAgo);
    await fetchFromHub("tiny/bert", options());
    expect(cdn().map(({ range }) => range)).toEqual(["bytes=5000-"]);
  });

  test("two calls in one process share one download", async () => {
    stub.faults.push({ path: new RegExp(sha256(weights)), times: 2, pauseMs: 20 });
    await Promise.all([fetchFromHub("tiny/bert", options()), fetchFromHub("tiny/bert", options())]);
    expect(cdn()).toHaveLength(1);
  });
});
