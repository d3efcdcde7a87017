import { zipSync } from "fflate";
import { expect, test } from "vitest";
import { CheckpointError } from "../../errors/errors.ts";
import { memorySource } from "../memory.ts";
import { openCheckpoint } from "../open.ts";

const latin = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));
const config = latin("{}");
const text = (value: string) => `X${String.fromCharCode(value.length)}\0\0\0${value}`;
const storage = (key: string, count: number, type = "FloatStorage") =>
  `(${text("storage")}ctorch\n${type}\n${text(key)}${text("cpu")}K${String.fromCharCode(count)}tQ`;
const tensor = (of: string, count: number) =>
  `ctorch._utils\n_rebuild_tensor_v2\n(${of}K\0(K${String.fromCharCode(count)}t(K\x01t\x89NtR`;
const dict = (entries: Record<string, string>) =>
  `}(${Object.entries(entries)
    .map(([name, value]) => text(name) + value)
    .join("")}u.`;
const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

const magic = "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
const version = "\x80\x02M\xe9\x03.";
const twoStorages = dict({ a: tensor(storage("1", 2), 2), b: tensor(storage("2", 1), 1) });
const counted = (count: number, bytes: Uint8Array) => [count, 0, 0, 0, 0, 0, 0, 0, ...bytes];

interface Legacy {
  readonly start?: string;
  readonly object?: string;
  readonly keys?: string;
  readonly data?: readonly number[];
}

/** A file of torch.save before 1.6, by hand; the defaults hold a = [1, 2] and b = [3]. */
function legacy({
  start = `\x80\x02${magic}${version}`,
  object = twoStorages,
  keys = `](${text("1")}${text("2")}e.`,
  data = [...counted(2, floats(1, 2)), ...counted(1, floats(3))],
}: Legacy = {}): Uint8Array {
  return new Uint8Array([...latin(`${start}\x80\x02}.\x80\x02${object}\x80\x02${keys}`), ...data]);
}

const open = (bytes: Uint8Array) =>
  openCheckpoint(memorySource({ "config.json": config, "pytorch_model.bin": bytes }, "m"));

test("a legacy file by hand", async () => {
  const checkpoint = await open(legacy());
  expect([...(await checkpoint.read("a"))]).toEqual([1, 2]);
  expect([...(await checkpoint.read("b"))]).toEqual([3]);
});

test("pickles longer than the first read", async () => {
  const names = Array.from({ length: 3_000 }, (_, i) => `${"layer.".repeat(18)}${i}`);
  const entries = Object.fromEntries(names.map((name) => [name, tensor(storage("1", 2), 2)]));
  const file = legacy({
    object: dict({ ...entries, b: tensor(storage("2", 1), 1) }),
  });
  expect(file.length).toBeGreaterThan(2 * 256 * 1024);
  const checkpoint = await open(file);
  expect(checkpoint.tensors.size).toBe(3_001);
  expect([...(await checkpoint.read(names[2_999]!))]).toEqual([1, 2]);
});

test.each<[string, Legacy, string]>([
  [
    "another pickle",
    { start: `\x80\x02K\x01.${version}` },
    "is a pickle that torch.save did not write",
  ],
  [
    "another protocol",
    { start: `\x80\x02${magic}\x80\x02M\xea\x03.` },
    "torch.save's protocol is 1002",
  ],
  [
    "a storage of two sizes",
    { object: dict({ a: tensor(storage("1", 2), 2), b: tensor(storage("1", 1), 1) }) },
    "storage 1 is given two sizes",
  ],
  [
    "a storage of two types",
    {
      object: dict({ a: tensor(storage("1", 2), 2), b: tensor(storage("1", 2, "IntStorage"), 2) }),
    },
    "storage 1 is given two sizes",
  ],
  ["a storage nobody uses", { keys: `](${text("1")}${text("3")}e.` }, "storage 3 is in no tensor"],
  ["a storage listed twice", { keys: `](${text("1")}${text("1")}e.` }, "storage 1 is listed twice"],
  [
    "a storage not listed",
    { keys: `](${text("1")}e.` },
    'tensor "b" needs 4 bytes of storage 2, which is missing',
  ],
  ["keys that are no list", { keys: "K\x01." }, "the list of storages is malformed"],
  ["cut storages", { data: [...counted(2, floats(1, 2))] }, "Is the download complete?"],
])("a legacy file with %s is refused", async (_, parts, message) => {
  await expect(open(legacy(parts))).rejects.toThrow(CheckpointError);
  await expect(open(legacy(parts))).rejects.toThrow(message);
});

test("a legacy storage whose count differs from the pickle's is refused when read", async () => {
  const checkpoint = await open(
    legacy({ data: [...counted(7, floats(1, 2)), ...counted(1, floats(3))] }),
  );
  await expect(checkpoint.read("a")).rejects.toThrow(
    "storage 1 should have 2 elements, the file says 7",
  );
  expect([...(await checkpoint.read("b"))]).toEqual([3]);
});

const zip = (files: Record<string, Uint8Array>) => zipSync(files, { level: 0 });

test("a zip by hand, under any root and at its top", async () => {
  for (const root of ["archive/", "odd name/", ""]) {
    const checkpoint = await open(
      zip({
        [`${root}data.pkl`]: latin(twoStorages),
        [`${root}data/1`]: floats(1, 2),
        [`${root}data/2`]: floats(3),
      }),
    );
    expect([...(await checkpoint.read("a"))]).toEqual([1, 2]);
    expect([...(await checkpoint.read("b"))]).toEqual([3]);
  }
});

test.each<[string, Record<string, Uint8Array>, string]>([
  [
    "a short storage",
    { "a/data.pkl": latin(twoStorages), "a/data/1": floats(1), "a/data/2": floats(3) },
    'tensor "a" needs 8 bytes of storage 1, which has 4',
  ],
  [
    "a missing storage",
    { "a/data.pkl": latin(twoStorages), "a/data/1": floats(1, 2) },
    'tensor "b" needs 4 bytes of storage 2, which is missing',
  ],
  ["no pickle", { "a/data/1": floats(1) }, "a zip without data.pkl"],
  ["a cut pickle", { "a/data.pkl": latin(twoStorages.slice(0, -1)) }, "a/data.pkl is cut short"],
  [
    "an odd byte order",
    { "a/data.pkl": latin(twoStorages), "a/byteorder": latin("middle") },
    'byteorder is "middle"',
  ],
  ["no dict", { "a/data.pkl": latin("K\x01.") }, "the file holds no dict"],
  ["no tensors", { "a/data.pkl": latin(dict({ epoch: "K\x01" })) }, "no tensors; its keys: epoch"],
  ["compressed entries", {}, "is compressed or encrypted"],
])("a zip with %s is refused", async (_, files, message) => {
  const isPacked = Object.keys(files).length === 0;
  const bytes = isPacked
    ? zipSync({ "a/data.pkl": new Uint8Array(500) }, { level: 9 })
    : zip(files);
  await expect(open(bytes)).rejects.toThrow(CheckpointError);
  await expect(open(bytes)).rejects.toThrow(message);
});

test.each([
  ["a dict that holds itself", `}q\0${text("state_dict")}h\0s.`, "or one that holds itself"],
  [
    "dicts in one another",
    `${`}${text("model")}`.repeat(20)}}${"s".repeat(20)}.`,
    "more than 8 deep",
  ],
  ["a tuple that holds itself for a name", `}(](h\0e\x85q\0K\x01u.`, "state dict"],
])("%s", async (_, object, message) => {
  const opening = open(legacy({ object, keys: "].", data: [] }));
  await expect(opening).rejects.toThrow(CheckpointError);
  await expect(opening).rejects.toThrow(message);
});
