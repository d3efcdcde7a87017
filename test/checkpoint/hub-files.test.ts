import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { hubSource } from "../../src/checkpoint/hub/hub.browser.ts";
import { load } from "../../src/index.ts";
import { type HubStub, hubStub } from "../support/hub-stub.ts";
import { goldenFolder } from "../support/small-models.ts";

const commit = "a".repeat(40);
const options = { backend: "reference" } as const;
const filesOf = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder)
      .filter((name) => !/^(trace|merged)\.safetensors$|gguf\.json$/.test(name))
      .map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))]),
  );
let hub: HubStub;
let cache: string;

beforeAll(async () => {
  const adapter = filesOf(goldenFolder("adapters/plain"));
  const config = JSON.parse(new TextDecoder().decode(adapter["adapter_config.json"]));
  const gguf = filesOf(goldenFolder("gguf/llama"))["model.gguf"]!;
  const repository = (files: Record<string, Uint8Array | string>) => ({
    refs: { main: commit },
    commits: { [commit]: files },
  });
  hub = await hubStub({
    "me/base": repository(filesOf(goldenFolder("llama3"))),
    "me/adapter": repository({
      ...adapter,
      "adapter_config.json": JSON.stringify({ ...config, base_model_name_or_path: "me/base" }),
    }),
    "me/packed": repository({ "README.md": "# packed", "a-Q8_0.gguf": gguf, "b-Q4_0.gguf": gguf }),
  });
  cache = mkdtempSync(join(tmpdir(), "heed-hub-files-"));
  vi.stubEnv("HF_ENDPOINT", hub.url);
  vi.stubEnv("HF_HUB_CACHE", cache);
});

afterAll(async () => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true });
  await hub.close();
});

test("an adapter's repository brings its base, and both are at hand the next time", async () => {
  const model = await load("me/adapter", options);
  const local = await load(goldenFolder("adapters/plain"), options);
  const [own, expected] = await Promise.all(
    [model, local].map(async (one) => (await one.run({ ids: [3, 17, 9] })).output.logits!.data),
  );
  expect(own).toEqual(expected);
  await Promise.all([model.dispose(), local.dispose()]);
  vi.stubEnv("HF_HUB_OFFLINE", "1");
  const again = await load("me/adapter", options);
  expect((await again.run({ ids: [3, 17, 9] })).output.logits!.data).toEqual(expected);
  await again.dispose();
  vi.stubEnv("HF_HUB_OFFLINE", "");
});

test("of a repository's GGUF files the named one is fetched alone", async () => {
  await expect(load("me/packed", options)).rejects.toThrow(
    "holds GGUF files, of which one is to be named, as me/packed/a-Q8_0.gguf: a-Q8_0.gguf, b-Q4_0.gguf",
  );
  for (const name of ["me/packed/b-Q4_0.gguf", `${hub.url}/me/packed/resolve/main/b-Q4_0.gguf`]) {
    const model = await load(name, options);
    expect(model.type).toBe("llama");
    await model.dispose();
  }
  const fetched = readdirSync(join(cache, "models--me--packed", "snapshots", commit));
  expect(fetched).toEqual(["b-Q4_0.gguf"]);
  await expect(load("me/packed/c.gguf", options)).rejects.toThrow("has no file c.gguf");
});

test("a page takes the same files", async () => {
  const adapter = await hubSource("me/adapter", { hubUrl: hub.url });
  expect([...(await adapter.list())!].sort()).toEqual([
    "adapter_config.json",
    "adapter_model.safetensors",
  ]);
  await adapter.close();
  const packed = await hubSource("me/packed", { hubUrl: hub.url, files: ["a-Q8_0.gguf"] });
  expect(await packed.list()).toEqual(["a-Q8_0.gguf"]);
  const first = await packed.read("a-Q8_0.gguf", 0, 4);
  expect(new TextDecoder().decode(first)).toBe("GGUF");
  await packed.close();
});
