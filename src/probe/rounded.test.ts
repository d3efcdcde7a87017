import { expect, test } from "vitest";
import { Tensor } from "../tensor/tensor.ts";
import { Rounded } from "./rounded.ts";
import { select } from "./selection.ts";

const shape = [2, 3, 4, 5];
const weights = new Tensor(
  shape,
  Float32Array.from({ length: 120 }, (_, place) => ((place * 37) % 101) / 100),
);
const rounded = new Rounded(weights);

test("every number comes back within 8e-6, in half the memory", () => {
  expect(rounded.bytes).toBe(weights.data.byteLength / 2);
  for (const [place, value] of rounded.dense().data.entries())
    expect(Math.abs(value - weights.data[place]!)).toBeLessThan(8e-6);
  expect(rounded.rowOf(1, 2, 3)(4)).toBe(rounded.dense().at(1, 2, 3, 4));
});

test("parts are parts of the whole", () => {
  const whole = rounded.dense();
  for (const selection of [[[1]], [[1], [2, 0]], [undefined, [1]], [[0], [1], [3, 1], [4]]])
    expect(rounded.select(selection)).toEqual(select(whole, selection));
  expect(() => rounded.select([[2]])).toThrow("index 2 on axis 0");
});

test("what is no weight is the nearest one, and NaN stays", () => {
  const odd = new Rounded(new Tensor([1, 1, 1, 4], Float32Array.of(-1, 3, Number.NaN, 1)));
  expect([...odd.dense().data]).toEqual([0, 1, Number.NaN, 1]);
  expect(odd.find(Number.isNaN)).toBeNaN();
  expect(rounded.find(Number.isNaN)).toBeUndefined();
});
