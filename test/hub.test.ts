import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import {
  lstat,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  utimes,
  writeFile,
} from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { getHFHubCachePath, scanCacheDir } from "@huggingface/hub";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { fileSize, repositoryCache } from "../src/checkpoint/cache.node.ts";
import {
  fetchFromHub,
  hubFiles,
  hubSource,
  type NodeHubOptions,
} from "../src/checkpoint/hub.node.ts";
import { checkHubId, checkRevision, type HubProgress } from "../src/checkpoint/hub.ts";
import { libraryApi } from "../src/checkpoint/hub-api.node.ts";
import { hubSource as browserSource, webApi } from "../src/checkpoint/hub-browser.ts";
import { diskError } from "../src/checkpoint/hub-download.node.ts";
import { hubEnvironment } from "../src/checkpoint/hub-environment.node.ts";
import { HubError } from "../src/checkpoint/hub-errors.ts";
import { hubConnection } from "../src/checkpoint/hub-request.ts";
import { etagOf, type HubStub, hubStub, sha256 } from "./support/hub-stub.ts";

const commit = "a".repeat(40);
const other = "b".repeat(40);
const pull = "c".repeat(40);
const token = "hf_secretsecretsecret";

function bytes(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + seed + (index >> 8)) & 255);
}

const weights = bytes(300_000, 1);
const model = {
  ".gitattributes": "* lfs",
  "README.md": "# tiny",
  "config.json": '{"model_type":"bert"}',
  "tokenizer.json": '{"model":{}}',
  "vocab.txt": "[PAD]\n",
  "special_tokens_map.json": "",
  "1_Pooling/config.json": "{}",
  "onnx/model.onnx": bytes(9000, 2),
  "tf_model.h5": bytes(9000, 3),
  "flax_model.msgpack": bytes(9000, 4),
  "rust_model.ot": bytes(9000, 5),
  "pytorch_model.bin": bytes(9000, 6),
  "model.safetensors": weights,
};
const needed = [
  "config.json",
  "tokenizer.json",
  "special_tokens_map.json",
  "vocab.txt",
  "1_Pooling/config.json",
  "model.safetensors",
];
const shards = {
  "config.json": "{}",
  "model.safetensors.index.json": JSON.stringify({
    weight_map: {
      a: "model-00001-of-00002.safetensors",
      b: "model-00002-of-00002.safetensors",
      c: "model-00001-of-00002.safetensors",
    },
  }),
  "model-00001-of-00002.safetensors": bytes(20_000, 7),
  "model-00002-of-00002.safetensors": bytes(10_000, 8),
  "pytorch_model.bin": bytes(9000, 6),
};

let stub: HubStub;
let cacheDir: string;
let waits: number[];
let warnings: string[];

function options(more: NodeHubOptions = {}): NodeHubOptions {
  const wait = async (ms: number) => void waits.push(ms);
  return { hubUrl: stub.url, cacheDir, wait, onWarning: (text) => warnings.push(text), ...more };
}

beforeEach(async () => {
  for (const name of Object.keys(process.env))
    if (/^(HF_|HUGGING|TRANSFORMERS_)/.test(name)) vi.stubEnv(name, undefined);
  cacheDir = await mkdtemp(join(tmpdir(), "heed-hub-"));
  vi.stubEnv("HF_HOME", join(cacheDir, "home"));
  waits = [];
  warnings = [];
  stub = await hubStub({
    "tiny/bert": {
      refs: { main: commit, "refs/pr/7": pull, "v1.0": other },
      commits: {
        [commit]: model,
        [other]: { ...model, "config.json": "{}" },
        [pull]: { "config.json": "{}", "model.safetensors": bytes(5000, 9) },
      },
    },
    gpt2: {
      refs: { main: commit },
      commits: { [commit]: { "config.json": "{}", "model.safetensors": bytes(8, 1) } },
    },
    "tiny/shards": { refs: { main: commit }, commits: { [commit]: shards } },
    "tiny/bin": {
      refs: { main: commit },
      commits: {
        [commit]: { "config.json": "{}", "vocab.txt": "x", "pytorch_model.bin": bytes(9000, 6) },
      },
    },
    "tiny/flax": {
      refs: { main: commit },
      commits: { [commit]: { "config.json": "{}", "flax_model.msgpack": "x" } },
    },
    "tiny/holes": {
      refs: { main: commit },
      commits: {
        [commit]: {
          "config.json": "{}",
          "model.safetensors.index.json": shards["model.safetensors.index.json"],
        },
      },
    },
    "tiny/evil": {
      refs: { main: commit },
      commits: {
        [commit]: {
          "config.json": "{}",
          "model.safetensors.index.json": '{"weight_map":{"a":"../../../evil.safetensors"}}',
        },
      },
    },
    "tiny/private": { refs: { main: commit }, commits: { [commit]: model }, privateFor: token },
    "tiny/gated": { refs: { main: commit }, commits: { [commit]: model }, gatedFor: token },
  });
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await stub.close();
  await rm(cacheDir, { recursive: true, force: true });
});

const repository = (id = "tiny--bert") => join(cacheDir, `models--${id}`);
const asked = () =>
  stub.requests
    .filter(({ path }) => path.includes("/resolve/"))
    .map(({ path }) => path.split(`${commit}/`)[1])
    .sort();
const cdn = () => stub.requests.filter(({ isCdn }) => isCdn);

async function listed(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

async function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => {
      throw new Error("it did not fail");
    },
    (error: Error) => error,
  );
}

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

describe("a network that fails", () => {
  const large = new RegExp(sha256(weights));

  test("resumes at the byte where it was cut", async () => {
    stub.faults.push(
      { path: large, times: 1, cutAfter: 100_000 },
      { path: large, times: 1, cutAfter: 50_000 },
    );
    const folder = await fetchFromHub("tiny/bert", options());
    expect(cdn().map(({ range }) => range)).toEqual([undefined, "bytes=100000-", "bytes=150000-"]);
    expect(sha256(readFileSync(join(folder, "model.safetensors")))).toBe(sha256(weights));
    expect(waits).toEqual([1000, 1000]); // each came further, so patience starts anew
  });

  test("gives up in the end, and the next run continues", async () => {
    stub.faults.push(
      { path: large, times: 1, cutAfter: 123_456 },
      { path: large, times: 5, status: 503 },
    );
    const error = await failure(fetchFromHub("tiny/bert", options()));
    expect(error).toBeInstanceOf(HubError);
    expect(error.message).toMatch(/answers 503 for model\.safetensors of tiny\/bert at main/);
    expect(waits).toEqual([1000, 2000, 4000, 8000]);
    expect(
      (await readdir(join(repository(), "blobs"))).filter((name) => name.endsWith(".incomplete")),
    ).toHaveLength(1);
    expect(await readdir(repository())).not.toContain("refs"); // nobody may take it for complete
    stub.faults.length = 0;
    stub.requests.length = 0;
    await fetchFromHub("tiny/bert", options());
    expect(cdn().map(({ range }) => range)).toEqual(["bytes=123456-"]);
    expect(
      (await readdir(join(repository(), "blobs"))).filter((name) => name.endsWith(".incomplete")),
    ).toEqual([]);
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
    await fetchFromHub("tiny/bert", options());
    expect(waits).toEqual([1000]);
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
    const folder = await fetchFromHub("tiny/bert", options());
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
      "tiny/bart",
      {},
      /^hub: there is no repository tiny\/bart, or it is private \(401\)\. .* set HF_TOKEN to a token .*Nearest: tiny\/bert\.$/,
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
});

describe("the environment", () => {
  test.each([
    [{}, join(homedir(), ".cache/huggingface/hub")],
    [{ XDG_CACHE_HOME: "/x" }, "/x/huggingface/hub"],
    [{ XDG_CACHE_HOME: "/x", HF_HOME: "/h" }, "/h/hub"],
    [{ HF_HOME: "/h", HUGGINGFACE_HUB_CACHE: "/old" }, "/old"],
    [{ HUGGINGFACE_HUB_CACHE: "/old", HF_HUB_CACHE: "/new" }, "/new"],
  ])("%o gives %s, as the library says too", (variables, folder) => {
    for (const name of ["XDG_CACHE_HOME", "HF_HOME", "HUGGINGFACE_HUB_CACHE", "HF_HUB_CACHE"])
      vi.stubEnv(name, (variables as Record<string, string>)[name]);
    expect(hubEnvironment().cacheDir).toBe(folder);
    expect(getHFHubCachePath()).toBe(folder);
  });

  test("~ and $VARIABLES are replaced", () => {
    expect(hubEnvironment({ HF_HOME: "~/hf" }).cacheDir).toBe(join(homedir(), "hf/hub"));
    expect(hubEnvironment({ HF_HUB_CACHE: `\${DISK}/hub`, DISK: "/mnt" }).cacheDir).toBe(
      "/mnt/hub",
    );
  });

  test("tokens: HF_TOKEN, the older name, the file, none", async () => {
    const home = join(cacheDir, "home");
    mkdirSync(home);
    await writeFile(join(home, "token"), "hf_file\n");
    expect(hubEnvironment({ HF_HOME: home }).token).toBe("hf_file");
    expect(hubEnvironment({ HF_HOME: "/nowhere", HF_TOKEN_PATH: join(home, "token") }).token).toBe(
      "hf_file",
    );
    expect(hubEnvironment({ HF_HOME: home, HUGGING_FACE_HUB_TOKEN: "hf_old" }).token).toBe(
      "hf_old",
    );
    expect(
      hubEnvironment({ HF_HOME: home, HF_TOKEN: " hf_new\n", HUGGING_FACE_HUB_TOKEN: "hf_old" })
        .token,
    ).toBe("hf_new");
    expect(
      hubEnvironment({ HF_HOME: home, HF_HUB_DISABLE_IMPLICIT_TOKEN: "1" }).token,
    ).toBeUndefined();
    expect(hubEnvironment({ HF_HOME: "/nowhere" }).token).toBeUndefined();
  });

  test.each(["1", "ON", "yes", "True"])("HF_HUB_OFFLINE=%s", (value) => {
    expect(hubEnvironment({ HF_HOME: "/nowhere", HF_HUB_OFFLINE: value }).isOffline).toBe(true);
    expect(hubEnvironment({ HF_HOME: "/nowhere", HF_HUB_OFFLINE: `not ${value}` }).isOffline).toBe(
      false,
    );
  });
});

describe("names", () => {
  test.each(["gpt2", "openai-community/gpt2", "Org_1/a.b-c"])("%s is an id", (id) =>
    expect(checkHubId(id)).toBe(id),
  );
  test.each([
    "",
    "a/b/c",
    "../x",
    "a/..",
    "a..b",
    "a--b",
    "-a",
    "a/b.git",
    "a b",
    "/a",
    "a/",
    "./a",
    `${"x".repeat(97)}`,
  ])("%j is none", (id) =>
    expect(() => checkHubId(id)).toThrow(/is not a repository id\. Write owner\/name/),
  );
  test.each(["main", "v1.0", "refs/pr/7", commit])("%s is a revision", (name) =>
    expect(checkRevision(name)).toBe(name),
  );
  test.each(["", "../main", "a//b", "/a", "a\\b", "a b", "-a", "a/../b", "x.lock", "a:b"])(
    "%j is none",
    (name) => expect(() => checkRevision(name)).toThrow(/is not a revision/),
  );
  test("a hub's address", () =>
    expect(() => hubConnection({ hubUrl: "huggingface.co" })).toThrow(
      /is not an address\. HF_ENDPOINT looks like https/,
    ));
});

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

  const partials = async () =>
    (await readdir(join(repository(), "blobs")).catch(() => [])).filter(
      (name) => name.startsWith(sha256(weights)) && name.endsWith(".incomplete"),
    );

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

describe("a cache that Python laid out", () => {
  function layOut(files: Record<string, Uint8Array | string>, absent: readonly string[]): void {
    const root = repository();
    for (const [name, content] of Object.entries(files)) {
      const pointer = join(root, "snapshots", commit, name);
      mkdirSync(dirname(pointer), { recursive: true });
      mkdirSync(join(root, "blobs"), { recursive: true });
      writeFileSync(join(root, "blobs", etagOf(content)), content);
      symlinkSync(`../../blobs/${etagOf(content)}`, pointer);
    }
    for (const name of absent) {
      mkdirSync(join(root, ".no_exist", commit, dirname(name)), { recursive: true });
      writeFileSync(join(root, ".no_exist", commit, name), "");
    }
    mkdirSync(join(root, "refs"), { recursive: true });
    writeFileSync(join(root, "refs/main"), commit);
  }

  test("serves offline without a request", async () => {
    layOut({ "config.json": model["config.json"], "model.safetensors": weights }, []);
    await fetchFromHub("tiny/bert", options({ isOffline: true }));
    expect(stub.requests).toEqual([]);
  });

  test("online: only what it lacks is downloaded", async () => {
    layOut({ "config.json": model["config.json"], "model.safetensors": weights }, ["vocab.json"]);
    const folder = await fetchFromHub("tiny/bert", options());
    expect(asked()).toEqual(["1_Pooling/config.json", "tokenizer.json", "vocab.txt"]);
    expect(await listed(folder)).toEqual([...needed].sort());
  });

  test("a listing that snapshot_download left says what exists", async () => {
    layOut({ "config.json": model["config.json"], "model.safetensors": weights }, []);
    const tree = {
      format_version: 1,
      files: {
        "config.json": { size: 1, blob_id: "x" },
        "model.safetensors": { size: 1, blob_id: "x" },
      },
    };
    mkdirSync(join(repository(), "trees"));
    writeFileSync(join(repository(), "trees", `${commit}.json`), JSON.stringify(tree));
    await fetchFromHub("tiny/bert", options({ revision: commit }));
    expect(stub.requests).toEqual([]);
  });

  test("half a model offline: says which file is missing", async () => {
    layOut(
      {
        "config.json": "{}",
        "model.safetensors.index.json": shards["model.safetensors.index.json"],
        "model-00001-of-00002.safetensors": weights,
      },
      [],
    );
    const error = await failure(fetchFromHub("tiny/bert", options({ isOffline: true })));
    expect(error.message).toMatch(/holds no model-00002-of-00002\.safetensors of tiny\/bert/);
  });
});

const python = findPython();

test.skipIf(python === undefined)(
  `Python's huggingface_hub and heed find each other's downloads${python ? "" : " (skipped: no Python with huggingface_hub)"}`,
  async () => {
    const run = (script: string, more: Record<string, string> = {}) =>
      new Promise<string>((resolve, reject) => {
        const env = {
          ...process.env,
          HF_ENDPOINT: stub.url,
          HF_HUB_CACHE: cacheDir,
          HF_HUB_DISABLE_TELEMETRY: "1",
          HF_HUB_DISABLE_XET: "1",
          ...more,
        };
        const child = spawn(python!, ["-c", script], { env });
        let [out, err] = ["", ""];
        child.stdout.on("data", (text) => {
          out += text;
        });
        child.stderr.on("data", (text) => {
          err += text;
        });
        child.on("close", (code) => (code === 0 ? resolve(out.trim()) : reject(new Error(err))));
      });
    const ours = await fetchFromHub("tiny/bert", options());
    const ourPull = await fetchFromHub("tiny/bert", options({ revision: "refs/pr/7" }));
    const offline = { HF_HUB_OFFLINE: "1" };
    const snapshot =
      "from huggingface_hub import snapshot_download as s\nprint(s('tiny/bert', local_files_only=True, revision=";
    expect(await run(`${snapshot}'main'))`, offline)).toBe(ours);
    expect(await run(`${snapshot}'refs/pr/7'))`, offline)).toBe(ourPull);
    const look = "from huggingface_hub import try_to_load_from_cache as t, _CACHED_NO_EXIST as n\n";
    expect(await run(`${look}print(t('tiny/bert', 'model.safetensors'))`)).toBe(
      join(ours, "model.safetensors"),
    );
    expect(await run(`${look}print(t('tiny/bert', 'vocab.json') is n)`)).toBe("True");
    const scan =
      "from huggingface_hub import scan_cache_dir as s\ni = s()\nr = list(i.repos)[0]\nprint(r.repo_id, sorted(r.refs), r.nb_files, len(i.warnings))";
    expect(await run(scan)).toBe(`tiny/bert ['main', 'refs/pr/7'] ${needed.length + 1} 0`);

    await run(
      "from huggingface_hub import hf_hub_download as d\nfor f in ('config.json', 'model.safetensors'): d('tiny/bin' if f == 'x' else 'gpt2', f)",
    );
    stub.requests.length = 0;
    expect(await fetchFromHub("gpt2", options({ isOffline: true }))).toBe(
      join(repository("gpt2"), "snapshots", commit),
    );
    await fetchFromHub("gpt2", options());
    expect(asked()).toEqual([]);
    await run("from huggingface_hub import snapshot_download as s\ns('tiny/shards')");
    stub.requests.length = 0;
    await fetchFromHub("tiny/shards", options({ revision: commit }));
    expect(stub.requests).toEqual([]);
  },
);

function findPython(): string | undefined {
  try {
    execFileSync("python3", ["-c", "import huggingface_hub"], { stdio: "ignore" });
    return "python3";
  } catch {
    return undefined;
  }
}

describe("the disk", () => {
  test("without symbolic links: hard links, or copies", async () => {
    const refused = async () => {
      throw Object.assign(new Error("no"), { code: "EPERM" });
    };
    const { link } = await import("node:fs/promises");
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
    const error = (code: string) =>
      diskError(Object.assign(new Error("x"), { code }), file, "/cache")?.message;
    expect(error("ENOSPC")).toBe(
      "hub: the disk is full: model.safetensors needs 5 bytes in /cache. What came is kept. Free some space, or set HF_HUB_CACHE to another disk.",
    );
    expect(error("EROFS")).toMatch(/\/cache cannot be written \(EROFS\)/);
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
