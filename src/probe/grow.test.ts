import { expect, test } from "vitest";
import { Tensor } from "../tensor/tensor.ts";
import { grow } from "./grow.ts";
import { siteKinds } from "./sites.ts";

const kind = (name: string) => siteKinds.find((one) => one.name === name)!;

test("rows of tokens lie below one another, text by text", () => {
  const first = Tensor.from([[[1, 2]], [[3, 4]]]);
  const then = Tensor.from([
    [
      [5, 6],
      [7, 8],
    ],
    [
      [9, 10],
      [11, 12],
    ],
  ]);
  expect(grow([first, then], kind("residual")).toNested()).toEqual([
    [
      [1, 2],
      [5, 6],
      [7, 8],
    ],
    [
      [3, 4],
      [9, 10],
      [11, 12],
    ],
  ]);
  expect(grow([first], kind("residual"))).toBe(first);
});

test("keys that came later are −Infinity in scores, 0 in weights and NaN in parts of scores", () => {
  const parts = [Tensor.from([[[[1]]]]), Tensor.from([[[[2, 3]]]])];
  const rows = (name: string) => grow(parts, kind(name)).toNested();
  expect(rows("scores")).toEqual([
    [
      [
        [1, -Infinity],
        [2, 3],
      ],
    ],
  ]);
  expect(rows("weights")).toEqual([
    [
      [
        [1, 0],
        [2, 3],
      ],
    ],
  ]);
  expect(rows("scores.content")).toEqual([
    [
      [
        [1, Number.NaN],
        [2, 3],
      ],
    ],
  ]);
  expect(rows("scores.bias")).toEqual([
    [
      [
        [1, Number.NaN],
        [2, 3],
      ],
    ],
  ]);
});

test("keys and values grow along their keys", () => {
  const parts = [Tensor.from([[[[1, 2]], [[3, 4]]]]), Tensor.from([[[[5, 6]], [[7, 8]]]])];
  expect(grow(parts, kind("k")).toNested()).toEqual([
    [
      [
        [1, 2],
        [5, 6],
      ],
      [
        [3, 4],
        [7, 8],
      ],
    ],
  ]);
});
