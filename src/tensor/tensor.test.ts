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

describe("operations, by hand", () => {
  const x = Tensor.from([
    [1, 5, 3],
    [4, 2, 6],
  ]);

  test("over all numbers", () => {
    expect(x.sum()).toBe(21);
    expect(x.mean()).toBe(3.5);
    expect(x.max()).toBe(6);
    expect(x.min()).toBe(1);
    expect(x.argmax()).toBe(5);
    expect(Tensor.from([3, 4]).norm()).toBe(5);
    expect(numbered(0, 3).sum()).toBe(0);
  });

  test("along an axis, from either end", () => {
    expect(x.sum(0).toNested()).toEqual([5, 7, 9]);
    expect(x.mean(-1).toNested()).toEqual([3, 4]);
    expect(x.max(1).toNested()).toEqual([5, 6]);
    expect(x.min(0).toNested()).toEqual([1, 2, 3]);
    expect(x.argmax(-1).toNested()).toEqual([1, 2]);
    expect(x.norm(0).shape).toEqual([3]);
    expect(numbered(2, 0).sum(1).toNested()).toEqual([0, 0]);
    expect(x.subtract(x.mean(1, { keep: true })).toNested()).toEqual([
      [-2, 2, 0],
      [0, -2, 2],
    ]);
  });

  test("sums are added up in double precision", () => {
    const ones = new Tensor([2 ** 24 + 4], new Float32Array(2 ** 24 + 4).fill(1));
    expect(ones.sum()).toBe(2 ** 24 + 4);
    expect(ones.sum(0).at()).toBe(2 ** 24 + 4);
  });

  test("NaN is seen, and of equal numbers the first is taken", () => {
    const odd = Tensor.from([
      [1, Number.NaN, 3],
      [2, 7, 7],
    ]);
    expect(odd.max(1).toNested()).toEqual([Number.NaN, 7]);
    expect(odd.min(1).toNested()).toEqual([Number.NaN, 2]);
    expect(odd.argmax(1).toNested()).toEqual([1, 1]);
    expect(odd.topK(2).indices.toNested()).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  test("shapes", () => {
    expect(x.transpose().toNested()).toEqual([
      [1, 4],
      [5, 2],
      [3, 6],
    ]);
    expect(numbered(2, 3, 4).permute([2, 0, -2]).shape).toEqual([4, 2, 3]);
    expect(numbered(2, 3, 4).permute([2, 0, 1]).at(3, 1, 2)).toBe(23);
    expect(numbered(2, 3, 4).transpose(0, 2).at(3, 2, 1)).toBe(23);
    expect(x.reshape([3, -1]).toNested()).toEqual([
      [1, 5],
      [3, 4],
      [2, 6],
    ]);
    expect(x.slice(1, 1).toNested()).toEqual([
      [5, 3],
      [2, 6],
    ]);
    expect(x.slice(-1, 0, -2).toNested()).toEqual([[1], [4]]);
    expect(x.select({ axis: -1, index: 1 }).toNested()).toEqual([5, 2]);
    expect(x.select({ axis: 1, index: [2, 2] }).toNested()).toEqual([
      [3, 3],
      [6, 6],
    ]);
  });

  test("results are copies", () => {
    for (const copy of [x.reshape([6]), x.slice(0, 0), x.add(0), x.permute([0, 1])])
      copy.data.fill(9);
    expect(x.at(0, 0)).toBe(1);
  });

  test("products and arithmetic", () => {
    expect(x.matmul(x.transpose()).toNested()).toEqual([
      [35, 32],
      [32, 56],
    ]);
    expect(x.add(1).subtract(2).multiply(2).divide(4).scale(2).at(1, 2)).toBe(5);
    expect(
      x
        .divide(x.sum(-1, { keep: true }))
        .select(1)
        .toNested(),
    ).toEqual([4 / 12, 2 / 12, 6 / 12].map(Math.fround));
    expect(x.map((value, place) => value - place).toNested()).toEqual([
      [1, 4, 1],
      [1, -2, 1],
    ]);
    expect(numbered(2, 0).matmul(numbered(0, 2)).toNested()).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  test.each<[() => unknown, string]>([
    [
      () => x.sum(2),
      "Tensor (2, 3): sum: axis 2 of (2, 3), which has axes 0 to 1, from the end -1 to -2",
    ],
    [() => numbered().mean(0), "mean: axis 0 of (), which has no axes"],
    [() => x.softmax(0.5), "softmax: axis 0.5 of (2, 3)"],
    [() => numbered(2, 0).max(1), "Tensor (2, 0): max of no numbers"],
    [() => numbered(0).mean(), "Tensor (0): mean of no numbers"],
    [
      () => x.topK(4),
      "Tensor (2, 3): topK(4): axis 1 has 3 numbers; k must be a whole number from 1",
    ],
    [() => x.slice(1, 2, 2), "Tensor (2, 3): slice 2 to 2 of axis 1, which has 3 places"],
    [() => x.slice(1, 0, 4), "slice 0 to 4 of axis 1"],
    [() => x.select({ axis: 1, index: [0, 3] }), "index 3 on axis 1, which holds 0 to 2"],
    [() => x.select({ axis: 1, index: -4 }), "index -4 on axis 1, which holds 0 to 2"],
    [() => x.permute([0, 0]), "permute [0, 0] must name each of its 2 axes once"],
    [() => x.permute([1]), "permute [1] must name each of its 2 axes once"],
    [() => x.reshape([4, -1]), "Tensor (2, 3): 6 numbers cannot be of shape (4, -1)"],
    [() => x.reshape([-1, -1]), "cannot be of shape (-1, -1)"],
    [() => x.matmul(x), "matmul: (2, 3) and (2, 3): 3 columns meet 2 rows. transpose() the second"],
    [() => x.matmul(numbered(2, 2)), "3 columns meet 2 rows. They must be as many"],
    [() => x.matmul(numbered(3)), "both need two axes or more. reshape([-1, 1]) makes a column"],
    [
      () => numbered(2, 1, 1).matmul(numbered(3, 1, 1)),
      "matmul, leading axes: shapes (2) and (3) do not broadcast",
    ],
    [() => x.add(numbered(2)), "Tensor: add: shapes (2, 3) and (2) do not broadcast"],
  ])("%s is refused", (operation, message) => {
    expect(operation).toThrow(message);
    expect(operation).toThrow(ShapeError);
  });
});
