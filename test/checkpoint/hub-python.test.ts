import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { fetchFromHub } from "../../src/checkpoint/hub/hub.node.ts";
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
  repository,
  shards,
  stub,
  weights,
} from "../support/hub-fixture.ts";
import { etagOf } from "../support/hub-stub.ts";

eachWithHub();

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

  test("by commit too, as long as the disk does not know what else there is", async () => {
    layOut({ "config.json": model["config.json"], "model.safetensors": weights }, []);
    const folder = await fetchFromHub("tiny/bert", options({ revision: commit }));
    expect(await listed(folder)).toEqual([...needed].sort());
    stub.requests.length = 0;
    await fetchFromHub("tiny/bert", options({ revision: commit }));
    expect(stub.requests).toEqual([]);
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

test("Python's huggingface_hub and heed find each other's downloads", async ({ skip }) => {
  if (python === undefined) return skip("there is no python3 with huggingface_hub here");
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
      const child = spawn(python, ["-c", script], { env });
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
});

function findPython(): string | undefined {
  try {
    execFileSync("python3", ["-c", "import huggingface_hub"], { stdio: "ignore" });
    return "python3";
  } catch {
    return undefined;
  }
}
