import { zipSync } from "fflate";
import { expect, test } from "vitest";
import { memorySource } from "../memory.ts";
import { readZip } from "./zip.ts";

const read = (bytes: Uint8Array) => readZip(memorySource({ f: bytes }, "m"), "f", bytes.length);
const data = Uint8Array.of(1, 2, 3, 4, 5);

test("stored entries lie where the directory says", async () => {
  const bytes = zipSync({ "any/data.pkl": data, "any/ü": new Uint8Array(0) }, { level: 0 });
  const { entries, locate } = await read(bytes);
  expect([...entries.keys()]).toEqual(["any/data.pkl", "any/ü"]);
  const entry = entries.get("any/data.pkl")!;
  const start = await locate(entry);
  expect([...bytes.subarray(start, start + entry.bytes)]).toEqual([...data]);
});

test("compressed entries are listed, and refused when located", async () => {
  const { entries, locate } = await read(zipSync({ a: new Uint8Array(1000) }, { level: 9 }));
  await expect(locate(entries.get("a")!)).rejects.toThrow("m: f: a is compressed or encrypted");
});

test("a comment behind the end record is passed over", async () => {
  const bytes = zipSync({ a: data }, { level: 0 });
  const commented = new Uint8Array([...bytes, 1, 2, 3]);
  new DataView(commented.buffer).setUint16(bytes.length - 2, 3, true);
  expect((await read(commented)).entries.size).toBe(1);
});

/** The archive with one number changed at an offset from where a signature stands. */
function changed(bytes: Uint8Array, signature: number, offset: number, value: number): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  for (let at = copy.length - 4; at >= 0; at--) {
    if (view.getUint32(at, true) !== signature) continue;
    view.setUint32(at + offset, value, true);
    return copy;
  }
  throw new Error("no such signature");
}

const end = 0x06054b50;
const central = 0x02014b50;

test.each<[string, (bytes: Uint8Array) => Uint8Array, string]>([
  ["no end record", (bytes) => bytes.subarray(0, bytes.length - 1), "the zip has no end record"],
  ["a directory beyond the end", (bytes) => changed(bytes, end, 16, 5000), "lies beyond the end"],
  [
    "a huge directory",
    (bytes) => changed(bytes, end, 12, 0x7fffffff),
    "the zip directory has 2147483647 bytes",
  ],
  ["a broken directory", (bytes) => changed(bytes, central, 0, 0), "its zip directory is broken"],
  [
    "a name that leaves the directory",
    (bytes) => changed(bytes, central, 28, 0xff),
    "its zip directory is broken",
  ],
  [
    "a comment that leaves it",
    (bytes) => changed(bytes, central, 32, 0xff),
    "its zip directory is broken",
  ],
  [
    "a zip64 size without its field",
    (bytes) => changed(bytes, central, 24, 0xffffffff),
    "a zip64 size is missing",
  ],
  [
    "an entry beyond the data",
    (bytes) => changed(changed(bytes, central, 24, 99), central, 20, 99),
    "it reaches beyond the archive's data",
  ],
  [
    "a header elsewhere",
    (bytes) => changed(bytes, central, 42, 3),
    "its header is not where it should be",
  ],
  [
    "a header beyond",
    (bytes) => changed(bytes, central, 42, 4000),
    "it lies beyond the archive's data",
  ],
])("%s is refused", async (_, change, message) => {
  const bytes = change(zipSync({ a: new Uint8Array(40) }, { level: 0 }));
  const opened = (async () => {
    const { entries, locate } = await read(bytes);
    return locate(entries.get("a")!);
  })();
  await expect(opened).rejects.toThrow(message);
});
