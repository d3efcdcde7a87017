import { describe, expect, test } from "vitest";
import { bucketOf, bucketTable } from "./relative-buckets.ts";

const distances = [
  -200, -128, -127, -91, -90, -64, -23, -16, -12, -8, -7, -1, 0, 1, 7, 8, 11, 12, 64, 127, 128, 500,
];

describe("buckets of distances, as transformers' T5Attention gives them", () => {
  test("32 buckets to distance 128, both ways", () => {
    const rule = { buckets: 32, maxDistance: 128, isBothWays: true };
    expect(distances.map((distance) => bucketOf(distance, rule))).toEqual([
      15, 15, 15, 15, 14, 14, 11, 10, 9, 8, 7, 1, 0, 17, 23, 24, 24, 25, 30, 31, 31, 31,
    ]);
  });

  test("32 buckets to distance 128, backwards only: what comes later counts as here", () => {
    const rule = { buckets: 32, maxDistance: 128, isBothWays: false };
    expect(distances.map((distance) => bucketOf(distance, rule))).toEqual([
      31, 31, 31, 29, 29, 26, 18, 16, 12, 8, 7, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ]);
  });

  test("a table behind earlier tokens is the last rows of the whole one", () => {
    const rule = { buckets: 8, maxDistance: 6, isBothWays: false };
    const whole = bucketTable([9, 9], 0, rule);
    expect([...bucketTable([2, 9], 7, rule)]).toEqual([...whole.subarray(7 * 9)]);
    expect([...bucketTable([1, 9], 8, rule)]).toEqual([7, 7, 7, 6, 4, 3, 2, 1, 0]);
  });
});
