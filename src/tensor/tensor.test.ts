import { describe, expect, test } from "vitest";
import { ShapeError } from "../errors/errors.ts";
import { Tensor } from "./tensor.ts";

const numbered = (...shape: number[]) =>
  new Tensor(
    shape,
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i),
  );

describe("at", () => {
  test("takes an index for every axis, negative ones from the end", () => {
    const x = numbered(2, 3, 4);
    expect(x.at(0, 0, 0)).toBe(0);
    expect(x.at(1, 2, 3)).toBe(23);
    expect(x.at(1, 0, 2)).toBe(14);
    expect(x.at(-1, -3, -1)).toBe(15);
    expect(numbered().at()).toBe(0);
  });

  test.each([
    [[0, 0], "Tensor (2, 3, 4): at() needs 3 indices, got 2; select() takes fewer"],
    [[0, 0, 0, 0], "at() needs 3 indices, got 4"],
    [[2, 0, 0], "Tensor (2, 3, 4): index 2 on axis 0, which holds 0 to 1"],
    [[0, -4, 0], "index -4 on axis 1, which holds 0 to 2"],
    [[0, 0, 0.5], "index 0.5 on axis 2, which holds 0 to 3"],
    [[0, 0, Number.NaN], "index NaN on axis 2"],
  ])("%j is refused", (indices, message) => {
    expect(() => numbered(2, 3, 4).at(...indices)).toThrow(message);
    expect(() => numbered(2, 3, 4).at(...indices)).toThrow(ShapeError);
  });
});

describe("select", () => {
  test("is the sub-tensor at the first indices, as a copy", () => {
    const x = numbered(2, 3, 4);
    const row = x.select(1, 2);
    expect(row.shape).toEqual([4]);
    expect([...row.data]).toEqual([20, 21, 22, 23]);
    expect(x.select(-1).shape).toEqual([3, 4]);
    expect([...x.select().data]).toEqual([...x.data]);
    expect(x.select(1, 2, 3).toNested()).toBe(23);
    row.data.fill(-1);
    expect(x.at(1, 2, 0)).toBe(20);
  });

  test("more indices than axes are refused", () => {
    expect(() => numbered(2).select(0, 0)).toThrow("Tensor (2): 2 indices for 1 axes");
  });
});

describe("nested arrays", () => {
  test("there and back", () => {
    const nested = [
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8],
      ],
    ];
    expect(Tensor.from(nested).shape).toEqual([2, 2, 2]);
    expect(Tensor.from(nested).toNested()).toEqual(nested);
    expect(numbered(2, 0).toNested()).toEqual([[], []]);
    expect(Tensor.from([]).shape).toEqual([0]);
    expect(Tensor.from(7).toNested()).toBe(7);
  });

  test.each([
    [[[1, 2], [3]], "rows on axis 1 must be equally long: one has 1 values, the first 2"],
    // As many numbers as the shape of the first row promises.
    [[[1, 2], [3, 4, 5], [6]], "one has 3 values, the first 2"],
    [[[1], 2], "one has no values, the first 1"],
    [[1, [2]], "one has 1 values, the first no"],
  ])("ragged %j is refused", (nested, message) => {
    expect(() => Tensor.from(nested)).toThrow(message);
  });
});

test("as many numbers as the shape says", () => {
  expect(() => new Tensor([2, 3], new Float32Array(5))).toThrow(
    "Tensor: shape (2, 3) needs 6 values, got 5",
  );
  expect(`${numbered(2, 3)}`).toBe("(2, 3)");
});
