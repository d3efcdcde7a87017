import { describe, expect, test } from "vitest";
import { bytesPerElement, storedTypes, swapBytes, toFloat32, toInt32 } from "./numbers.ts";

const bytesOf = (values: { buffer: ArrayBufferLike }) => new Uint8Array(values.buffer);

/** binary16 by its definition: (-1)^s × 2^(e-15) × (1 + f/1024), subnormal where e is 0. */
function halfByDefinition(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
}

describe("toFloat32", () => {
  test("all 65536 values of F16 are exact", () => {
    const halves = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
    const expected = Array.from(halves, halfByDefinition);
    expect([...toFloat32("F16", bytesOf(halves))]).toEqual(expected);
  });

  test("all 65536 values of BF16 are the upper half of a float32", () => {
    const halves = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
    const wide = new Uint32Array(toFloat32("BF16", bytesOf(halves)).buffer);
    expect(wide.every((bits, half) => bits === half * 65536)).toBe(true);
  });

  test("F64 rounds to the nearest float32, ties to even", () => {
    const values = [0.1, 1 + 2 ** -24, 1 + 3 * 2 ** -24, 1e39, -1e39, 1e-46, Number.NaN];
    const expected = [Math.fround(0.1), 1, 1 + 2 ** -22, Infinity, -Infinity, 0, Number.NaN];
    expect([...toFloat32("F64", bytesOf(Float64Array.from(values)))]).toEqual(expected);
  });

  test("integers of every width, with their extremes", () => {
    const longs = BigInt64Array.of(-1n, 2n ** 24n + 1n, -(2n ** 63n), 2n ** 63n - 1n, 2n ** 32n);
    expect([...toFloat32("I64", bytesOf(longs))]).toEqual([
      -1,
      2 ** 24,
      -(2 ** 63),
      2 ** 63,
      2 ** 32,
    ]);
    const ints = Int32Array.of(-(2 ** 31), 2 ** 31 - 1, 2 ** 24 + 3);
    expect([...toFloat32("I32", bytesOf(ints))]).toEqual([-(2 ** 31), 2 ** 31, 2 ** 24 + 4]);
    expect([...toFloat32("I16", bytesOf(Int16Array.of(-32768, 32767)))]).toEqual([-32768, 32767]);
    expect([...toFloat32("I8", Uint8Array.of(128, 127))]).toEqual([-128, 127]);
    expect([...toFloat32("U8", Uint8Array.of(128, 255))]).toEqual([128, 255]);
    expect([...toFloat32("BOOL", Uint8Array.of(0, 1, 255))]).toEqual([0, 1, 1]);
  });

  test("a NaN keeps its bits", () => {
    const nan = Uint32Array.of(0x7f800001, 0xffc12345);
    const target = new Float32Array(2);
    toFloat32("F32", bytesOf(nan), target);
    expect([...new Uint32Array(target.buffer)]).toEqual([...nan]);
  });

  test.each(storedTypes)(
    "%s at an odd address is copied, into a part of a larger target",
    (type) => {
      const width = bytesPerElement(type);
      const shifted = new Uint8Array(3 * width + 1).subarray(1);
      shifted.fill(1);
      const aligned = new Uint8Array(shifted);
      const expected = [...toFloat32(type, aligned)];
      expect([...toFloat32(type, shifted)]).toEqual(expected);
      const target = new Float32Array(5).fill(9);
      toFloat32(type, shifted, target.subarray(1, 4));
      expect([...target]).toEqual([9, ...expected, 9]);
    },
  );

  test("aligned F32 is not copied", () => {
    const bytes = new Uint8Array(8);
    expect(toFloat32("F32", bytes).buffer).toBe(bytes.buffer);
  });
});

describe("toInt32", () => {
  test("every integer type", () => {
    expect([...toInt32("I64", bytesOf(BigInt64Array.of(-5n, 2n ** 31n - 1n)), "ids")]).toEqual([
      -5,
      2 ** 31 - 1,
    ]);
    expect([...toInt32("I32", bytesOf(Int32Array.of(-7)), "ids")]).toEqual([-7]);
    expect([...toInt32("I16", bytesOf(Int16Array.of(-7)), "ids")]).toEqual([-7]);
    expect([...toInt32("I8", Uint8Array.of(255), "ids")]).toEqual([-1]);
    expect([...toInt32("U8", Uint8Array.of(255), "ids")]).toEqual([255]);
    expect([...toInt32("BOOL", Uint8Array.of(3, 0), "ids")]).toEqual([1, 0]);
  });

  test("what does not fit is refused by place and value", () => {
    const longs = bytesOf(BigInt64Array.of(0n, 2n ** 31n));
    expect(() => toInt32("I64", longs, "ids")).toThrow(
      "ids: element 1 is 2147483648, more than 32 bits hold",
    );
    expect(() => toInt32("F32", new Uint8Array(4), "ids")).toThrow("ids: integers are needed");
  });
});

test("swapBytes turns each element around", () => {
  const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6);
  swapBytes(bytes, 2);
  expect([...bytes]).toEqual([2, 1, 4, 3, 6, 5]);
});
