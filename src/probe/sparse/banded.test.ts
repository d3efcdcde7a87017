import { describe, expect, test } from "vitest";
import { Tensor } from "../../tensor/tensor.ts";
import { Banded } from "./banded.ts";

/** Two texts of six tokens, one head, a reach of one key: text 0 has token 5 global, text 1 none. */
function example(): { banded: Banded; value: (b: number, t: number, s: number) => number } {
  const T = 6;
  const globals = [[5], []];
  const value = (b: number, t: number, s: number) => {
    const isSeen = Math.abs(t - s) <= 1 || (b === 0 && (s === 5 || t === 5));
    return isSeen ? 100 * b + 10 * t + s + 1 : -Infinity;
  };
  // A row: the column of the global token, then the keys before, at and after the query.
  const band: number[] = [];
  for (let b = 0; b < 2; b++)
    for (let t = 0; t < T; t++)
      band.push(
        value(b, t, 5),
        ...[t - 1, t, t + 1].map((s) => (s >= 0 && s < T ? value(b, t, s) : -7)),
      );
  const whole = [0, 1].flatMap((b) => Array.from({ length: T }, (_, s) => value(b, 5, s)));
  const banded = new Banded(
    { shape: [2, 1, T, T], reach: 1, globals },
    -Infinity,
    new Tensor([2, 1, T, 4], Float32Array.from(band)),
    new Tensor([2, 1, 1, T], Float32Array.from(whole)),
  );
  return { banded, value };
}

describe("Banded", () => {
  test("dense() has every number in its place, and the blank elsewhere", () => {
    const { banded, value } = example();
    const dense = banded.dense();
    expect(dense.shape).toEqual([2, 1, 6, 6]);
    for (let b = 0; b < 2; b++)
      for (let t = 0; t < 6; t++)
        for (let s = 0; s < 6; s++)
          expect(dense.at(b, 0, t, s), `${b} ${t} ${s}`).toBe(value(b, t, s));
  });

  test("select() makes the part that is asked for, keys in any order", () => {
    const { banded, value } = example();
    const part = banded.select([[0], undefined, [5, 2], [5, 0, 2]]);
    expect(part.shape).toEqual([1, 1, 2, 3]);
    expect([...part.data]).toEqual([5, 2].flatMap((t) => [5, 0, 2].map((s) => value(0, t, s))));
  });

  test("rowOf() makes one row, key by key", () => {
    const { banded, value } = example();
    for (let b = 0; b < 2; b++)
      for (let t = 0; t < 6; t++) {
        const numberAt = banded.rowOf(b, 0, t);
        for (let s = 0; s < 6; s++) expect(numberAt(s), `${b} ${t} ${s}`).toBe(value(b, t, s));
      }
  });

  test("an index outside is refused", () => {
    expect(() => example().banded.select([undefined, undefined, [6]])).toThrow(/index 6 on axis 2/);
  });

  test("a band of another width is refused", () => {
    const narrow = new Tensor([1, 2, 4, 3], new Float32Array(24));
    expect(() => new Banded({ shape: [1, 2, 4, 4], reach: 2, globals: [[]] }, 0, narrow)).toThrow(
      "is no band of (1, 2, 4, 5)",
    );
  });
});
