import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { fileSize } from "../../src/checkpoint/hub/cache.node.ts";
import { HubError } from "../../src/checkpoint/hub/errors.ts";
import { fetchFromHub, type NodeHubOptions } from "../../src/checkpoint/hub/hub.node.ts";
import type { HubProgress } from "../../src/checkpoint/hub/hub.ts";
import { hubConnection, requestBytes } from "../../src/checkpoint/hub/request.ts";
import {
  bytes,
  cdn,
  commit,
  eachWithHub,
  failure,
  options,
  partials,
  repository,
  starts,
  stub,
  token,
  waits,
  weights,
} from "../support/hub-fixture.ts";
import { sha256 } from "../support/hub-stub.ts";

eachWithHub();

describe("a network that fails", () => {
  const large = new RegExp(sha256(weights));

  test("resumes at the byte where it was cut", async () => {
    stub.faults.push({ path: large, times: 1, cutAfter: 100_000 });
    stub.faults.push({ path: large, times: 1, cutAfter: 90_000 });
    const held: number[] = [];
    const onProgress = ({ file, received }: HubProgress) =>
      void (file === "model.safetensors" && held.push(received));
    const folder = await fetchFromHub("tiny/bert", options({ onProgress }));
    const [first, second, third] = starts();
    expect([first, cdn().length]).toEqual([0, 3]);
    expect(second).toBeGreaterThan(0);
    expect(third).toBeGreaterThan(second!);
    expect(held).toEqual(expect.arrayContaining([second, third])); // not a byte twice
    expect(sha256(readFileSync(join(folder, "model.safetensors")))).toBe(sha256(weights));
    expect(waits).toEqual([1000, 1000]); // each came further, so patience starts anew
  });

  test("gives up in the end, and the next run continues", async () => {
    stub.faults.push({ path: large, times: 1, cutAfter: 123_456 });
    stub.faults.push({ path: large, times: 5, status: 503 });
    const error = await failure(fetchFromHub("tiny/bert", options()));
    expect(error).toBeInstanceOf(HubError);
    expect(error.message).toMatch(/answers 503 for model\.safetensors of tiny\/bert at main/);
    expect(waits).toEqual([1000, 2000, 4000, 8000]);
    const [left, ...others] = await partials();
    expect(others).toEqual([]);
    expect(await readdir(repository())).not.toContain("refs"); // nobody may take it for complete
    const { size } = await stat(join(repository(), "blobs", left!));
    expect(size).toBeGreaterThan(0);
    stub.faults.length = 0;
    stub.requests.length = 0;
    await fetchFromHub("tiny/bert", options());
    expect(starts()).toEqual([size]);
    expect(await partials()).toEqual([]);
  });

  test("a server without ranges sends it all again; progress does not go back", async () => {
    const seen: number[] = [];
    stub.faults.push(
      { path: large, times: 1, cutAfter: 100_000 },
      { path: large, times: 1, ignoresRange: true },
    );
    await fetchFromHub(
      "tiny/bert",
      options({
        onProgress: ({ file, received }) => {
          if (file === "model.safetensors") seen.push(received);
        },
      }),
    );
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(weights.length);
  });

  test("429 waits as long as asked, at most a minute", async () => {
    stub.faults.push(
      { path: /revision/, times: 1, status: 429, headers: { "retry-after": "7" } },
      { path: /revision/, times: 1, status: 429, headers: { "retry-after": "9999" } },
      { path: /paths-info/, times: 1, status: 429, headers: { ratelimit: '"api";r=0;t=12' } },
    );
    await fetchFromHub("tiny/bert", options());
    expect(waits).toEqual([7000, 60_000, 12_000]);
  });

  test("500 and a listing cut in the middle pass", async () => {
    stub.faults.push({ path: /revision/, times: 1, status: 500 });
    stub.faults.push({ path: /paths-info/, times: 1, cutAfter: 20 });
    await fetchFromHub("tiny/bert", options());
    expect(waits).toEqual([1000, 1000]);
    expect(stub.requests.filter(({ path }) => path.includes("paths-info"))).toHaveLength(2);
  });

  test("a wrong hash removes the file and says what was expected", async () => {
    stub.faults.push({ path: large, times: 1, isWrong: true });
    const error = await failure(fetchFromHub("tiny/bert", options()));
    expect(error.message).toMatch(
      new RegExp(
        `^hub: model.safetensors of tiny/bert arrived with the hash [0-9a-f]{64}, expected ${sha256(weights)}; it was removed`,
      ),
    );
    expect(
      (await readdir(join(repository(), "blobs"))).filter((name) =>
        name.startsWith(sha256(weights)),
      ),
    ).toEqual([]);
    expect(
      await fileSize(join(repository(), "snapshots", commit, "model.safetensors")),
    ).toBeUndefined();
  });

  test("a small file is checked by git's hash", async () => {
    stub.faults.push({ path: /vocab\.txt/, times: 1, isWrong: true });
    const error = await failure(fetchFromHub("tiny/bert", options()));
    expect(error.message).toMatch(
      /vocab\.txt of tiny\/bert arrived with the hash [0-9a-f]{40}, expected/,
    );
  });

  test("damage left by an earlier download heals without a word", async () => {
    mkdirSync(join(repository(), "blobs"), { recursive: true });
    writeFileSync(
      join(repository(), "blobs", `${sha256(weights)}.heed-free-00.incomplete`),
      bytes(1000, 77),
    );
    const seen: number[] = [];
    const onProgress = ({ file, received }: HubProgress) =>
      void (file === "model.safetensors" && seen.push(received));
    const folder = await fetchFromHub("tiny/bert", options({ onProgress }));
    expect(seen).toEqual([...seen].sort((one, two) => one - two)); // though it began anew
    expect(cdn().map(({ range }) => range)).toEqual(["bytes=1000-", undefined]);
    expect(sha256(readFileSync(join(folder, "model.safetensors")))).toBe(sha256(weights));
  });

  test("a connection that brings nothing counts as cut", async () => {
    stub.faults.push({ path: large, times: 1, stallAfter: 1000 });
    await fetchFromHub("tiny/bert", options({ stallMs: 100 }));
    expect(cdn().map(({ range }) => range)).toEqual([undefined, "bytes=1000-"]);
  });

  test("can be stopped, and continues later", async () => {
    stub.faults.push({ path: large, times: 1, stallAfter: 70_000 });
    const controller = new AbortController();
    const onProgress = ({ received }: HubProgress) => {
      if (received >= 70_000) controller.abort(new Error("enough"));
    };
    const error = await failure(
      fetchFromHub("tiny/bert", options({ signal: controller.signal, onProgress })),
    );
    expect(error.message).toBe("enough");
    stub.requests.length = 0;
    await fetchFromHub("tiny/bert", options());
    expect(cdn().map(({ range }) => range)).toEqual(["bytes=70000-"]);
  });

  test("a page that asks to log in is not taken for a listing", async () => {
    stub.faults.push({
      path: /revision/,
      times: 1,
      status: 200,
      headers: { "content-type": "text/html" },
      body: "<html>",
    });
    expect((await failure(fetchFromHub("tiny/bert", options()))).message).toMatch(
      /text\/html, not with JSON/,
    );
  });
});

describe("a hub that refuses", () => {
  test.each([
    [
      "google/bert",
      {},
      /^hub: there is no repository google\/bert, or it is private \(401\)\. .* set HF_TOKEN to a token .*Nearest: tiny\/bert\.$/,
    ],
    ["tiny/private", {}, /or it is private \(401\)/],
    [
      "tiny/private",
      { token: "hf_other" },
      /there is no repository tiny\/private, or it is private \(404\).*can the token's account see it/,
    ],
    [
      "tiny/gated",
      {},
      /^hub: tiny\/gated is gated \(401\)\. Accept its licence at http.*\/tiny\/gated, then set HF_TOKEN/,
    ],
    ["tiny/gated", { token: "hf_other" }, /is gated \(403\).*of the account that accepted it/],
    ["tiny/bert", { revision: "v9" }, /^hub: tiny\/bert has no revision v9\./],
    [
      "tiny/bert",
      { files: ["tokeniser.json"] },
      /^hub: tiny\/bert has no file tokeniser\.json at main\. Nearest: tokenizer\.json\.$/,
    ],
    [
      "tiny/flax",
      {},
      /neither model\.safetensors nor pytorch_model\.bin, only flax_model\.msgpack.*refs\/pr\/1/,
    ],
    [
      "tiny/holes",
      {},
      /index\.json of tiny\/holes at main names model-00001-of-00002\.safetensors, which is not there/,
    ],
    ["tiny/evil", {}, /index\.json names "\.\.\/\.\.\/\.\.\/evil\.safetensors" as a shard/],
  ] as const)("%s %o", async (id, more, message) => {
    const error = await failure(fetchFromHub(id, options(more as NodeHubOptions)));
    expect(error.message).toMatch(message);
    expect(waits).toEqual([]);
  });

  test("a refused token", async () => {
    stub.faults.push({ path: /revision/, times: 1, status: 401 });
    const error = await failure(fetchFromHub("tiny/bert", options({ token })));
    expect(error.message).toMatch(/the token is refused for tiny\/bert \(401\)/);
    expect(error.message).not.toContain(token);
  });

  test("a refusal with a copy at hand says how to use it", async () => {
    await fetchFromHub("tiny/bert", options());
    stub.faults.push({ path: /revision/, times: 1, status: 401 });
    expect((await failure(fetchFromHub("tiny/bert", options({ token })))).message).toMatch(
      /HF_HUB_OFFLINE=1 uses it/,
    );
  });
});

describe("tokens", () => {
  test("open a private repository and go to the hub alone", async () => {
    await fetchFromHub("tiny/private", options({ token }));
    expect(cdn()).toHaveLength(1);
    for (const { isCdn, authorization } of stub.requests)
      expect(authorization).toBe(isCdn ? undefined : `Bearer ${token}`);
  });

  test("come from HF_TOKEN with HF_ENDPOINT", async () => {
    vi.stubEnv("HF_ENDPOINT", `${stub.url}/`);
    vi.stubEnv("HF_TOKEN", token);
    await fetchFromHub("tiny/gated", options({ hubUrl: undefined }));
    expect(stub.requests[0]?.authorization).toBe(`Bearer ${token}`);
  });

  test("of the environment do not go to a hub named otherwise", async () => {
    vi.stubEnv("HF_TOKEN", token);
    await fetchFromHub("tiny/bert", options());
    expect(stub.requests.some(({ authorization }) => authorization)).toBe(false);
  });

  test("stay at home when a listing names an address elsewhere", async () => {
    const sent: (string | null)[] = [];
    const fetch: typeof globalThis.fetch = async (_, init) => {
      sent.push(new Headers(init?.headers).get("authorization"));
      return new Response("[]");
    };
    const connection = hubConnection({ hubUrl: stub.url, token, fetch });
    const subject = { id: "tiny/bert", revision: "main" };
    await requestBytes(connection, subject, `${stub.url}/api/models/tiny/bert/tree/main`);
    await requestBytes(
      connection,
      subject,
      "http://elsewhere.example/api/models/tiny/bert/tree/main",
    );
    expect(sent).toEqual([`Bearer ${token}`, null]);
  });
});
