import fc from "fast-check";
import { expect, test } from "vitest";
import { rowGroups } from "./row-groups.ts";

test("rows of like length go together, the longest first", () => {
  expect(rowGroups([9, 100, 8, 96])).toEqual([
    [1, 3],
    [0, 2],
  ]);
  expect(rowGroups([5])).toEqual([[0]]);
  expect(rowGroups([7, 7, 7])).toEqual([[0, 1, 2]]);
});

test("a group is not worth its pass where few tokens are saved", () => {
  expect(rowGroups([12, 10, 11])).toEqual([[0, 2, 1]]);
});

test("every row is in one group, and the groups cost no more than one padded batch or single rows", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 512 }), { minLength: 1 }), (lengths) => {
      const groups = rowGroups(lengths);
      expect(groups.flat().sort((a, b) => a - b)).toEqual([...lengths.keys()]);
      const cost = (parts: readonly (readonly number[])[]) =>
        parts.reduce(
          (sum, rows) => sum + rows.length * Math.max(...rows.map((row) => lengths[row]!)) + 16,
          0,
        );
      expect(cost(groups)).toBeLessThanOrEqual(cost([[...lengths.keys()]]));
      expect(cost(groups)).toBeLessThanOrEqual(cost([...lengths.keys()].map((row) => [row])));
    }),
  );
});
