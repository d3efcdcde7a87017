import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { extent, gather, isContiguous } from "./strided.ts";

/** The definition: element (i, j, …) lies at the sum of index × stride. */
function byDefinition(shape: readonly number[], strides: readonly number[]): number[] {
  let places = [0];
  for (const [axis, size] of shape.entries())
    places = places.flatMap((place) =>
      Array.from({ length: size }, (_, index) => place + index * strides[axis]!),
    );
  return places;
}

const axis = fc.record({
  size: fc.integer({ min: 0, max: 4 }),
  stride: fc.integer({ min: 0, max: 9 }),
});

describe("gather", () => {
  test("equals the definition for any shape, strides, range and chunk", async () => {
    const ranges = fc.tuple(
      fc.array(axis, { maxLength: 4 }),
      fc.nat(),
      fc.nat(),
      fc.integer({ min: 1, max: 40 }),
    );
    await fc.assert(
      fc.asyncProperty(ranges, fc.constantFrom(1, 2, 4, 8), async ([axes, a, b, chunk], width) => {
        const shape = axes.map(({ size }) => size);
        const strides = axes.map(({ stride }) => stride);
        const places = byDefinition(shape, strides);
        const [start, end] = [a % (places.length + 1), b % (places.length + 1)].sort(
          (x, y) => x - y,
        ) as [number, number];
        const storage = Uint8Array.from(
          { length: extent(shape, strides) * width },
          (_, i) => i % 251,
        );
        const read = async (from: number, to: number) => {
          expect(to).toBeLessThanOrEqual(storage.length);
          return storage.slice(from, to);
        };
        const found = await gather(shape, strides, width, start, end, read, chunk * width);
        const expected = places
          .slice(start, end)
          .flatMap((place) => [...storage.subarray(place * width, (place + 1) * width)]);
        expect([...found]).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  test("a transposed matrix is read once, chunk by chunk", async () => {
    const storage = Uint8Array.from({ length: 400 }, (_, i) => i % 256);
    const reads: number[] = [];
    const read = async (from: number, to: number) => {
      reads.push(to - from);
      return storage.slice(from, to);
    };
    await gather([20, 20], [1, 20], 1, 0, 400, read, 100);
    expect(reads).toEqual([100, 100, 100, 100]);
  });

  test("axes that overlap are read once and whole, not again for every step back", async () => {
    const reads: number[] = [];
    const read = async (from: number, to: number) => {
      reads.push(to - from);
      return new Uint8Array(to - from);
    };
    await gather([50, 50], [3, 2], 1, 0, 2500, read, 10);
    expect(reads).toEqual([49 * 3 + 49 * 2 + 1]);
  });
});

test("isContiguous and extent", () => {
  expect(isContiguous([2, 3], [3, 1])).toBe(true);
  expect(isContiguous([2, 3], [1, 2])).toBe(false);
  expect(isContiguous([1, 3], [99, 1])).toBe(true);
  expect(isContiguous([], [])).toBe(true);
  expect(isContiguous([0, 3], [7, 7])).toBe(true);
  expect(extent([2, 3], [1, 2])).toBe(6);
  expect(extent([2, 3], [10, 2])).toBe(15);
  expect(extent([], [])).toBe(1);
  expect(extent([0, 9], [1, 1])).toBe(0);
});
