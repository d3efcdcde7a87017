import { describe, expect, test } from "vitest";
import { Tensor } from "../tensor/tensor.ts";
import { Banded } from "./banded.ts";

/** Two texts of six tokens, one head, a reach of one key: text 0 has token 5 global, text 1 none. */
function example(): { banded: Banded; value: (b: number, t: number, s: number) => number } {
  const T = 6;
  const globals = [[5], []];
  const value = (b: number, t: number, s: number) => {
    const isSeen = Math.abs(t - s) <= 1 || (b === 0 && (s === 5 || t === 5));
    return isSeen ? 100 * b + 10 * t + s + 1 : -Infinity;
  };
  const banded = new Banded({ shape: [2, 1, T, T], reach: 1, globals }, -Infinity);
  // Two blocks: queries 0 to 3 with keys 0 to 4, queries 4 and 5 with keys 3 to 5; the first column is the global token's.
  for (const [start, end, keys, last] of [
    [0, 4, 0, 4],
    [4, 6, 3, 5],
  ] as const) {
    const rows: number[][] = [];
    for (let b = 0; b < 2; b++)
      for (let t = start; t < end; t++) {
        const near = Array.from({ length: last - keys + 1 }, (_, n) => keys + n);
        rows.push([
          value(b, t, 5),
          ...near.map((s) => (Math.abs(t - s) <= 1 ? value(b, t, s) : -7)),
        ]);
      }
    const shape = [2, 1, end - start, rows[0]!.length];
    const tensor = new Tensor(shape, Float32Array.from(rows.flat()));
    banded.putBlock({ start, keys, value: undefined as never }, tensor);
  }
  const whole = [0, 1].flatMap((b) => Array.from({ length: T }, (_, s) => value(b, 5, s)));
  banded.putRows(new Tensor([2, 1, 1, T], Float32Array.from(whole)));
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

  test("an index outside is refused", () => {
    expect(() => example().banded.select([undefined, undefined, [6]])).toThrow(/index 6 on axis 2/);
  });

  test("memory grows with the text, not with its square", () => {
    const bytes = (T: number) =>
      new Banded({ shape: [1, 2, T, T], reach: 8, globals: [[0]] }, 0).bytes;
    expect(bytes(4000)).toBe(10 * bytes(400));
    expect(bytes(4000)).toBeLessThan(4 * 2 * 4000 * 4000 * 0.01);
  });
});
