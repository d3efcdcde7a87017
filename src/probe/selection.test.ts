import { expect, test } from "vitest";
import { eachSelected, selectedShape } from "../tensor/selection.ts";
import { Tensor } from "../tensor/tensor.ts";
import { checkSelection, select } from "./selection.ts";

const x = new Tensor(
  [2, 3, 4],
  Float32Array.from({ length: 24 }, (_, i) => i),
);

test("selected elements come in row-major order, axes stay", () => {
  const part = select(x, [[1], undefined, [3, 0]]);
  expect(part.shape).toEqual([1, 3, 2]);
  expect([...part.data]).toEqual([15, 12, 19, 16, 23, 20]);
  const places: number[] = [];
  eachSelected([undefined, [2]], x.shape, (place, count) => places.push(place - 100 * count));
  expect(places).toEqual([8, 9, 10, 11, 20, 21, 22, 23].map((place, n) => place - 100 * n));
});

test("everything is the tensor itself, a part is a copy", () => {
  expect(select(x, [undefined, undefined])).toBe(x);
  select(x, [[0]]).data.fill(9);
  expect(x.at(0, 0, 0)).toBe(0);
});

test("an index may be chosen twice, and nothing at all", () => {
  expect([...select(x, [[1, 1], [0], [0]]).data]).toEqual([12, 12]);
  expect(selectedShape([[], undefined], x.shape)).toEqual([0, 3, 4]);
});

test("an index outside its axis is named", () => {
  expect(() => checkSelection([undefined, [0, 3]], x.shape, "read 1")).toThrow(
    "read 1: index 3 on axis 1 of (2, 3, 4), which holds 0 to 2",
  );
  expect(() => checkSelection([[-1]], x.shape, "read 1")).toThrow("index -1 on axis 0");
  expect(() => checkSelection([[0, 1], undefined, [3]], x.shape, "read 1")).not.toThrow();
});
