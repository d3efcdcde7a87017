import { expect, test } from "vitest";
import { encodeSafetensors, namedBytes } from "./safetensors.ts";
import { readTrace } from "./trace-file.ts";

const scores = namedBytes([2, 2], Float32Array.of(1, Number.NEGATIVE_INFINITY, 2, 3));
const metadata = { format: "heed-trace-1", family: "bert" };

test("floats as float32 with their -Infinity, integers as int32", () => {
  const ids = {
    type: "I64",
    shape: [3],
    bytes: new Uint8Array(BigInt64Array.of(101n, -1n, 7n).buffer),
  };
  const half = { type: "F16", shape: [1], bytes: Uint8Array.of(0, 0x3c) };
  const seen = { type: "BOOL", shape: [2], bytes: Uint8Array.of(1, 0) };
  const bytes = encodeSafetensors(
    { "layers.0.scores": scores, "input.ids": ids, half, seen },
    metadata,
  );
  const trace = readTrace(bytes, "t");
  expect(trace.metadata).toEqual(metadata);
  expect(Object.fromEntries(trace.tensors)).toEqual({
    "layers.0.scores": { type: "F32", shape: [2, 2], data: Float32Array.of(1, -Infinity, 2, 3) },
    "input.ids": { type: "I64", shape: [3], data: Int32Array.of(101, -1, 7) },
    half: { type: "F16", shape: [1], data: Float32Array.of(1) },
    seen: { type: "BOOL", shape: [2], data: Int32Array.of(1, 0) },
  });
});

test("bytes at an odd address", () => {
  const bytes = encodeSafetensors({ scores }, metadata);
  const shifted = new Uint8Array(bytes.length + 1).subarray(1);
  shifted.set(bytes);
  expect(readTrace(shifted, "t").tensors.get("scores")!.data[3]).toBe(3);
});

test.each([
  [
    { format: "heed-trace-2" },
    'the trace\'s format is "heed-trace-2", this version of heed reads "heed-trace-1". Update heed',
  ],
  [{ format: "pt" }, "Record the trace again in that format."],
  [{ note: "x" }, 'its metadata has no "format". Is this a checkpoint?'],
  [undefined, "t: not a heed trace"],
])("metadata %j is refused", (given, message) => {
  expect(() => readTrace(encodeSafetensors({ scores }, given), "t")).toThrow(message);
});

test("a type that is not read is named", () => {
  const f8 = { type: "F8_E8M0", shape: [1], bytes: new Uint8Array(1) };
  expect(() => readTrace(encodeSafetensors({ f8 }, metadata), "t")).toThrow(
    "t: f8 is stored as F8_E8M0",
  );
});
