import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, vi } from "vitest";
import type { NodeHubOptions } from "../../src/checkpoint/hub/hub.node.ts";
import { type HubStub, hubStub, sha256 } from "./hub-stub.ts";

export const commit = "a".repeat(40);
export const other = "b".repeat(40);
export const pull = "c".repeat(40);
export const token = "hf_secretsecretsecret";

export function bytes(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + seed + (index >> 8)) & 255);
}

export const weights = bytes(300_000, 1);
export const model = {
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
export const needed = [
  "config.json",
  "tokenizer.json",
  "special_tokens_map.json",
  "vocab.txt",
  "1_Pooling/config.json",
  "model.safetensors",
];
export const shards = {
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

export let stub: HubStub;
export let cacheDir: string;
export let waits: number[];
export let warnings: string[];

export function options(more: NodeHubOptions = {}): NodeHubOptions {
  const wait = async (ms: number) => void waits.push(ms);
  return { hubUrl: stub.url, cacheDir, wait, onWarning: (text) => warnings.push(text), ...more };
}

/** A stub and an empty cache for every test of the file that calls this. */
export function eachWithHub(): void {
  beforeEach(async () => {
    for (const name of Object.keys(process.env))
      if (/^(HF_|HUGGING|TRANSFORMERS_)|_proxy$/i.test(name)) vi.stubEnv(name, undefined);
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
}

export const repository = (id = "tiny--bert") => join(cacheDir, `models--${id}`);
export const asked = () =>
  stub.requests
    .filter(({ path }) => path.includes("/resolve/"))
    .map(({ path }) => path.split(`${commit}/`)[1])
    .sort();
export const cdn = () => stub.requests.filter(({ isCdn }) => isCdn);

export async function listed(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

export async function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => {
      throw new Error("it did not fail");
    },
    (error: Error) => error,
  );
}

/** Where each request for a large file began. */
export const starts = () =>
  cdn().map(({ range }) => Number(/^bytes=(\d+)-/.exec(range ?? "")?.[1] ?? 0));

/** Unfinished downloads of the weights. */
export async function partials(): Promise<string[]> {
  const names = await readdir(join(repository(), "blobs")).catch(() => []);
  return names.filter((name) => name.startsWith(sha256(weights)) && name.endsWith(".incomplete"));
}
