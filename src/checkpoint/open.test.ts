import { describe, expect, test } from "vitest";
import { CheckpointError, InputError } from "../errors/errors.ts";
import { memorySource } from "./memory.ts";
import { openCheckpoint } from "./open.ts";
import { encodeSafetensors, namedBytes } from "./safetensors.ts";
import type { FileSource } from "./source.ts";

const text = (content: string) => new TextEncoder().encode(content);
const config = text('{"model_type": "bert"}');
const tensor = (...values: number[]) => namedBytes([values.length], Float32Array.from(values));
const weights = encodeSafetensors({ a: tensor(1, 2, 3), b: tensor(4) });
const open = (files: Record<string, Uint8Array>) => openCheckpoint(memorySource(files, "here"));

/** Two shards and an index over them. */
function sharded(map: Record<string, unknown>, more: Record<string, Uint8Array> = {}) {
  return {
    "config.json": config,
    "model-1.safetensors": encodeSafetensors({ a: tensor(1) }),
    "model-2.safetensors": encodeSafetensors({ b: tensor(2), c: tensor(3) }),
    "model.safetensors.index.json": text(JSON.stringify({ weight_map: map })),
    ...more,
  };
}
const map = { a: "model-1.safetensors", b: "model-2.safetensors", c: "model-2.safetensors" };

test("config, tensors, texts, ranges", async () => {
  const files = {
    "config.json": text('\uFEFF{"model_type": "bert"}'),
    "model.safetensors": weights,
    "vocab.txt": text("[PAD]\nü"),
  };
  const checkpoint = await open(files);
  expect(checkpoint.label).toBe("here");
  expect(checkpoint.config).toEqual({ model_type: "bert" });
  expect(checkpoint.bytes).toBe(16);
  expect(checkpoint.tensors.get("a")).toMatchObject({
    type: "F32",
    shape: [3],
    file: "model.safetensors",
  });
  expect([...(await checkpoint.read("a"))]).toEqual([1, 2, 3]);
  expect([...(await checkpoint.readRange("a", 1, 2))]).toEqual([2]);
  expect(await checkpoint.readBytes("a", 1, 3)).toHaveLength(8);
  expect([...(await checkpoint.readRange("a", 3, 3))]).toEqual([]);
  expect(await checkpoint.text("vocab.txt")).toBe("[PAD]\nü");
  expect(await checkpoint.text("none.txt")).toBeUndefined();
  await expect(checkpoint.readRange("a", 2, 4)).rejects.toThrow(InputError);
  await expect(checkpoint.readRange("a", 2, 4)).rejects.toThrow(
    "a has elements 0 to 3, asked for 2 to 4",
  );
  await expect(checkpoint.readRange("a", 0.5, 2)).rejects.toThrow(InputError);
  await expect(checkpoint.readRange("a", 0, 3, new Float32Array(4))).rejects.toThrow(
    "here: a: 3 places are needed, there are 4",
  );
  await expect(checkpoint.read("aa")).rejects.toThrow('no tensor "aa" among its 2; nearest: a');
});

test("a tensor is a copy: changing it leaves the checkpoint as it was", async () => {
  const checkpoint = await open({ "config.json": config, "model.safetensors": weights });
  (await checkpoint.read("a")).fill(9);
  expect([...(await checkpoint.read("a"))]).toEqual([1, 2, 3]);
});

test("a large tensor is read at most 16 MB at a time, to the same values", async () => {
  const count = 10 * 1024 * 1024 + 3;
  const halves = Uint16Array.from({ length: count }, (_, i) => i & 0x7bff);
  const bytes = new Uint8Array(halves.buffer);
  const inner = memorySource({
    "config.json": config,
    "model.safetensors": encodeSafetensors({ big: { type: "BF16", shape: [count], bytes } }),
  });
  const reads: number[] = [];
  const source: FileSource = {
    ...inner,
    read: (name, start, end) => {
      reads.push(end - start);
      return inner.read(name, start, end);
    },
  };
  const values = await (await openCheckpoint(source)).read("big");
  const bits = new Uint32Array(values.buffer);
  expect(bits.every((word, i) => word === (i & 0x7bff) << 16)).toBe(true);
  expect(Math.max(...reads)).toBe(16 * 1024 * 1024);
  expect(reads.slice(-2)).toEqual([16 * 1024 * 1024, 4 * 1024 * 1024 + 6]);
});

test("model.safetensors comes before an index and before pytorch_model.bin", async () => {
  const checkpoint = await open(
    sharded(map, { "model.safetensors": weights, "pytorch_model.bin": config }),
  );
  expect([...checkpoint.tensors.keys()]).toEqual(["a", "b"]);
});

test("without weights only the configuration is read", async () => {
  const checkpoint = await openCheckpoint(memorySource({ "config.json": config }), {
    weights: false,
  });
  expect(checkpoint.config.model_type).toBe("bert");
  expect(checkpoint.tensors.size).toBe(0);
  expect(checkpoint.bytes).toBe(0);
});

describe("shards", () => {
  test("are one checkpoint, with progress; what only a shard lists is included", async () => {
    const progress: unknown[] = [];
    const { a, b } = map;
    const checkpoint = await openCheckpoint(memorySource(sharded({ a, b })), {
      onProgress: (step) => progress.push(step),
    });
    expect([...checkpoint.tensors.keys()]).toEqual(["a", "b", "c"]);
    expect([...(await checkpoint.read("c"))]).toEqual([3]);
    expect(progress).toEqual([
      { file: "model-1.safetensors", done: 0, total: 2 },
      { file: "model-2.safetensors", done: 1, total: 2 },
    ]);
  });

  test.each<[string, Record<string, Uint8Array>, string]>([
    [
      "a missing shard",
      sharded({ ...map, d: "model-3.safetensors" }),
      "1 of 3 shards are missing: model-3.safetensors",
    ],
    [
      "a tensor that is nowhere",
      sharded({ ...map, d: "model-1.safetensors" }),
      '"d" should lie in model-1.safetensors, no shard holds it',
    ],
    [
      "a tensor elsewhere",
      sharded({ ...map, c: "model-1.safetensors" }),
      '"c" should lie in model-1.safetensors, it is in model-2.safetensors',
    ],
    [
      "a tensor in two shards",
      sharded(map, {
        "model-2.safetensors": encodeSafetensors({ a: tensor(1), b: tensor(2), c: tensor(3) }),
      }),
      '"a" lies in two shards, model-1.safetensors and model-2.safetensors',
    ],
    [
      "a path out of the folder",
      sharded({ a: "../../etc/passwd" }),
      'the file name "../../etc/passwd" leads out',
    ],
    ["an absolute path", sharded({ a: "/etc/passwd" }), "leads out"],
    ["a number as shard", sharded({ a: 1 }), 'tensor "a" needs a file name'],
    ["an empty map", sharded({}), "lists no tensors"],
    [
      "no map",
      sharded(map, { "model.safetensors.index.json": text("[]") }),
      '"weight_map" must be an object',
    ],
    [
      "a repeated name",
      sharded(map, { "model.safetensors.index.json": text('{"weight_map":{"a":"x","a":"y"}}') }),
      '"a" is given twice',
    ],
    [
      "a broken shard",
      sharded(map, { "model-2.safetensors": weights.subarray(0, 40) }),
      "here: model-2.safetensors: the header",
    ],
  ])("%s is refused", async (_, files, message) => {
    await expect(open(files)).rejects.toThrow(CheckpointError);
    await expect(open(files)).rejects.toThrow(message);
  });
});

describe("what is missing or malformed is named, with the next step", () => {
  test.each<[string, Record<string, Uint8Array>, string]>([
    ["no config", { "model.safetensors": weights }, "here: there is no config.json."],
    ["a broken config", { "config.json": text("{") }, "here: config.json: not valid JSON"],
    ["NaN in the config", { "config.json": text('{"eps": NaN}') }, "JSON has no NaN"],
    ["a list as config", { "config.json": text("[]") }, "config.json is not a JSON object"],
    [
      "no weights",
      { "config.json": config, "notes.txt": config },
      "here: there are no weights; heed reads model.safetensors or pytorch_model.bin",
    ],
    [
      "TensorFlow",
      { "config.json": config, "tf_model.h5": config },
      "tf_model.h5 is TensorFlow weights; heed reads",
    ],
    ["Flax", { "config.json": config, "flax_model.msgpack": config }, "is Flax weights"],
    [
      "ONNX",
      { "config.json": config, "model_int8.onnx": config },
      "model_int8.onnx is an ONNX graph",
    ],
    ["GGUF", { "config.json": config, "q4.gguf": config }, "q4.gguf is no GGUF file"],
    [
      "shards without index",
      { "config.json": config, "model-1.safetensors": weights },
      "the weights are named model-1.safetensors and no index lists them",
    ],
    [
      "a LFS pointer",
      { "config.json": config, "pytorch_model.bin": text("version https://git-lfs") },
      "git lfs pull",
    ],
    [
      "some bytes",
      { "config.json": config, "pytorch_model.bin": text("hello, world") },
      "begins neither as a zip nor as a pickle",
    ],
    [
      "an empty file",
      { "config.json": config, "pytorch_model.bin": new Uint8Array(0) },
      "begins neither",
    ],
  ])("%s", async (_, files, message) => {
    await expect(open(files)).rejects.toThrow(CheckpointError);
    await expect(open(files)).rejects.toThrow(message);
  });

  test("a source that cannot list is asked for the usual names", async () => {
    const source = {
      ...memorySource({ "config.json": config, "tf_model.h5": config }),
      list: async () => undefined,
    };
    await expect(openCheckpoint(source)).rejects.toThrow("tf_model.h5 is TensorFlow weights");
  });
});

test("a failed or stopped opening closes the source", async () => {
  let closed = 0;
  const source = (files: Record<string, Uint8Array>) => ({
    ...memorySource(files),
    close: async () => {
      closed++;
    },
  });
  await expect(openCheckpoint(source({}))).rejects.toThrow(CheckpointError);
  expect(closed).toBe(1);
  const controller = new AbortController();
  const opening = openCheckpoint(source(sharded(map)), {
    signal: controller.signal,
    onProgress: () => controller.abort(new Error("stopped")),
  });
  await expect(opening).rejects.toThrow("stopped");
  expect(closed).toBe(2);
});
