import { expect, test } from "vitest";
import { Tensor } from "../../tensor/tensor.ts";
import { similarity } from "./similarity.ts";

const a = new Tensor([2, 2], Float32Array.of(3, 4, 0, 0));
const b = new Tensor([3, 2], Float32Array.of(3, 4, -4, 3, 6, 8));

test.each([
  ["cosine", [1, 0, 1, 0, 0, 0]],
  ["dot", [25, 0, 50, 0, 0, 0]],
  ["euclidean", [0, -Math.sqrt(50), -5, -5, -5, -10]],
  ["manhattan", [0, -8, -7, -7, -7, -14]],
])("%s of (2, 2) and (3, 2)", (name, expected) => {
  const { shape, data } = similarity(a, b, name);
  expect(shape).toEqual([2, 3]);
  for (const [place, number] of expected.entries()) expect(data[place]).toBeCloseTo(number, 6);
});

test("a measure there is not, and widths that differ, are told", () => {
  expect(() => similarity(a, b, "maxsim")).toThrow('similarity: there is no "maxsim"');
  expect(() => similarity(a, new Tensor([1, 3], new Float32Array(3)), "dot")).toThrow(
    "similarity: needs (N, C) and (M, C)",
  );
});
