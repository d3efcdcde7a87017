import { expect, test } from "vitest";
import { broadcastShape, formatShape, sameShape, sizeOf, stridesOf } from "./shape.ts";

test("the size is the product of the axes, 1 for a scalar", () => {
  expect([sizeOf([2, 3, 5]), sizeOf([]), sizeOf([4, 0])]).toEqual([30, 1, 0]);
});

test("strides are row-major", () => {
  expect(stridesOf([2, 3, 5])).toEqual([15, 5, 1]);
  expect(stridesOf([7])).toEqual([1]);
  expect(stridesOf([])).toEqual([]);
});

test("shapes broadcast as NumPy's do", () => {
  expect(broadcastShape([2, 3, 5], [5], "add")).toEqual([2, 3, 5]);
  expect(broadcastShape([3, 1], [2, 1, 4], "add")).toEqual([2, 3, 4]);
  expect(broadcastShape([], [2], "add")).toEqual([2]);
  expect(broadcastShape([0], [1], "add")).toEqual([0]);
  expect(() => broadcastShape([2, 3], [2, 4], "add")).toThrow(
    "add: shapes (2, 3) and (2, 4) do not broadcast: axis 1 has lengths 3 and 4",
  );
});

test("equal shapes have equal axes", () => {
  expect(sameShape([2, 3], [2, 3])).toBe(true);
  expect(sameShape([2, 3], [2])).toBe(false);
  expect(sameShape([2], [2, 3])).toBe(false);
  expect(formatShape([2, 12, 13])).toBe("(2, 12, 13)");
});
