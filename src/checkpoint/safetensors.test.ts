import { describe, expect, test } from "vitest";
import { CheckpointError } from "../errors/errors.ts";
import { memorySource } from "./memory.ts";
import {
  encodeSafetensors,
  namedBytes,
  parseSafetensors,
  readHeader,
  safetensorsTable,
} from "./safetensors.ts";

/** A file with this header text and so many bytes of data. */
function file(header: string, dataBytes: number): Uint8Array {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setUint32(0, json.length, true);
  bytes.set(json, 8);
  return bytes;
}

const tensor = (dtype: string, shape: unknown, start: unknown, end: unknown) => ({
  dtype,
  shape,
  data_offsets: [start, end],
});

/** Both ways in must say the same. */
async function refusal(bytes: Uint8Array): Promise<string> {
  let message = "";
  try {
    parseSafetensors(bytes, "m: f");
  } catch (error) {
    expect(error).toBeInstanceOf(CheckpointError);
    message = (error as Error).message;
  }
  expect(message).not.toBe("");
  await expect(readHeader(memorySource({ f: bytes }, "m"), "f")).rejects.toThrow(message);
  return message;
}

test("what is encoded is read again, at 8-byte alignment", () => {
  const bytes = encodeSafetensors(
    {
      a: namedBytes([2, 2], Float32Array.of(1, 2, 3, 4)),
      "b.ü": namedBytes([3], Int32Array.of(5, 6, 7)),
      none: namedBytes([0, 4], new Float32Array(0)),
      scalar: { type: "F16", shape: [], bytes: Uint8Array.of(0, 0x3c) },
    },
    { format: "pt", note: "x" },
  );
  const { metadata, entries } = parseSafetensors(bytes, "f");
  expect(metadata).toEqual({ format: "pt", note: "x" });
  expect(entries.map(({ name, type, shape }) => [name, type, shape])).toEqual([
    ["a", "F32", [2, 2]],
    ["b.ü", "I32", [3]],
    ["none", "F32", [0, 4]],
    ["scalar", "F16", []],
  ]);
  expect(entries[0]!.start % 8).toBe(0);
  expect([...new Float32Array(bytes.slice(entries[0]!.start, entries[0]!.end).buffer)]).toEqual([
    1, 2, 3, 4,
  ]);
  expect(bytes.length).toBe(entries[3]!.end);
});

test("tensors may stand in any order in the header, and types not read are listed", async () => {
  const header = {
    late: tensor("F8_E4M3", [3], 8, 11),
    early: tensor("F32", [2], 0, 8),
    other: tensor("Q5_NEW", [7], 11, 12),
  };
  const source = memorySource({ f: file(JSON.stringify(header), 12) }, "m");
  const table = await safetensorsTable(source, "f");
  expect([...table.values()].map(({ name, type }) => `${name} ${type}`)).toEqual([
    "late F8_E4M3",
    "early F32",
    "other Q5_NEW",
  ]);
});

test("a tensor named __proto__ is a tensor", () => {
  const { entries } = parseSafetensors(
    file('{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1),
    "f",
  );
  expect(entries.map(({ name }) => name)).toEqual(["__proto__"]);
});

describe("refused with place and rule", () => {
  test.each<[string, unknown, number, string]>([
    [
      "wrong size",
      { a: tensor("F32", [2], 0, 4) },
      4,
      "F32 of shape [2] takes 8 bytes, its data_offsets span 4",
    ],
    [
      "overlap",
      { a: tensor("U8", [4], 0, 4), b: tensor("U8", [4], 2, 6) },
      6,
      'tensor "b" starts at byte',
    ],
    ["hole", { a: tensor("U8", [2], 0, 2), b: tensor("U8", [2], 3, 5) }, 5, "after a hole"],
    ["hole at the start", { a: tensor("U8", [2], 1, 3) }, 3, "after a hole"],
    ["bytes behind", { a: tensor("U8", [2], 0, 2) }, 3, "the tensors end at byte"],
    ["cut data", { a: tensor("U8", [4], 0, 4) }, 2, "Is the download complete?"],
    [
      "negative size",
      { a: tensor("U8", [-1], 0, 0) },
      0,
      "needs a shape of whole numbers, got [-1]",
    ],
    ["fraction", { a: tensor("U8", [1.5], 0, 0) }, 0, "got [1.5]"],
    ["shape as text", { a: tensor("U8", "4", 0, 4) }, 4, 'got "4"'],
    ["offsets the wrong way", { a: tensor("U8", [0], 2, 0) }, 2, "ends before it starts"],
    [
      "three offsets",
      { a: { dtype: "U8", shape: [1], data_offsets: [0, 1, 2] } },
      1,
      "two whole numbers",
    ],
    ["no offsets", { a: { dtype: "U8", shape: [1] } }, 1, "got nothing"],
    ["no dtype", { a: { shape: [1], data_offsets: [0, 1] } }, 1, "has no dtype"],
    ["huge shape", { a: tensor("U8", [2 ** 40, 2 ** 40], 0, 1) }, 1, "too many elements"],
    [
      "huge shape with a 0",
      { a: tensor("U8", [2 ** 40, 2 ** 40, 0], 0, 0) },
      0,
      "too many elements",
    ],
    ["unsafe offset", { a: tensor("U8", [1], 0, 2 ** 60) }, 1, "two whole numbers"],
    ["list as header", [1], 0, 'begin with "{"'],
    ["tensor that is a list", { a: [] }, 0, "not described by an object"],
    [
      "metadata number",
      { __metadata__: { x: 1 } },
      0,
      '__metadata__ holds strings only, "x" is number',
    ],
    ["metadata list", { __metadata__: [] }, 0, "__metadata__ is not an object"],
  ])("%s", async (_, header, dataBytes, message) => {
    expect(await refusal(file(JSON.stringify(header), dataBytes))).toContain(message);
  });

  test.each<[string, string, string]>([
    [
      "a name twice",
      '{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}',
      '"a" is given twice',
    ],
    [
      "1e999",
      '{"a":{"dtype":"U8","shape":[1e999],"data_offsets":[0,0]}}',
      "the number 1e999 is too large",
    ],
    ["broken JSON", '{"a":', "not valid JSON"],
    ["NaN", '{"a":NaN}', "JSON has no NaN"],
    ["null", "null", 'begin with "{"'],
  ])("%s", async (_, header, message) => {
    expect(await refusal(file(header, 0))).toContain(message);
  });

  test("a header longer than the file, or than 100 MB", async () => {
    const bytes = file("{}", 0);
    new DataView(bytes.buffer).setUint32(0, 3, true);
    expect(await refusal(bytes)).toContain("the header should have 3 bytes, the file has 10");
    new DataView(bytes.buffer).setUint32(0, 100_000_001, true);
    expect(await refusal(bytes)).toContain("100000000 are allowed");
    new DataView(bytes.buffer).setBigUint64(0, 2n ** 64n - 1n, true);
    expect(await refusal(bytes)).toContain("Is this a safetensors file?");
  });

  test("no room for a length, a Git LFS pointer, a web page", async () => {
    const text = (content: string) => new TextEncoder().encode(content);
    expect(await refusal(new Uint8Array(7))).toContain("has 7 bytes, too few");
    expect(await refusal(text("version https://git-lfs.github.com/spec/v1\n"))).toContain(
      "git lfs pull",
    );
    expect(await refusal(text("<!DOCTYPE html><html></html>"))).toContain("it is a web page");
  });
});

test("the encoder refuses sizes that do not fit", () => {
  expect(() => namedBytes([3], new Float32Array(2))).toThrow("shape [3] has 3 elements");
  const wrong = { type: "F32", shape: [2], bytes: new Uint8Array(4) };
  expect(() => encodeSafetensors({ wrong })).toThrow("takes 8 bytes");
});
