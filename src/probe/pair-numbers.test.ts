import { expect, test } from "vitest";
import { PairNumbers } from "./pair-numbers.ts";

/** B texts, H heads, T queries, S keys, and what a pair's number is. */
function pairsOf(
  [B, H, T, S]: readonly [number, number, number, number],
  value: (b: number, h: number, t: number, s: number) => number,
): Float32Array {
  const numbers = new Float32Array(B * H * T * S);
  let place = 0;
  for (let b = 0; b < B; b++)
    for (let h = 0; h < H; h++)
      for (let t = 0; t < T; t++) for (let s = 0; s < S; s++) numbers[place++] = value(b, h, t, s);
  return numbers;
}

test("what tells only distances is kept as one number a distance", () => {
  for (const shape of [
    [1, 2, 3, 5],
    [2, 1, 6, 4],
    [1, 1, 2, 1],
  ] as const) {
    const [B, H, T, S] = shape;
    const value = (b: number, h: number, t: number, s: number) => 100 * b + 10 * h + (s - t);
    const pairs = new PairNumbers(shape, pairsOf(shape, value));
    expect(pairs.bytes).toBe(4 * B * H * (T + S - 1));
    for (let t = 0; t < T; t++)
      for (let s = 0; s < S; s++)
        expect(pairs.at(B - 1, H - 1, t, s)).toBe(value(B - 1, H - 1, t, s));
  }
});

test("one pair that differs keeps them all", () => {
  const shape = [1, 1, 4, 4] as const;
  for (const [odd, other] of [
    [0, 0],
    [3, 2],
    [1, 3],
  ] as const) {
    const value = (_b: number, _h: number, t: number, s: number) =>
      t === odd && s === other ? 9 : s - t;
    const pairs = new PairNumbers(shape, pairsOf(shape, value));
    expect(pairs.bytes).toBe(64);
    expect(pairs.at(0, 0, odd, other)).toBe(9);
    expect(pairs.at(0, 0, 2, 0)).toBe(-2);
  }
});

test("an axis of one text or one head serves all", () => {
  const numbers = pairsOf([1, 2, 2, 2], (_b, h, t, s) => 10 * h + 3 * t + s * s);
  const pairs = new PairNumbers([1, 2, 2, 2], numbers);
  expect(pairs.at(5, 1, 1, 0)).toBe(13);
  const keys = new PairNumbers([2, 1, 1, 3], Uint8Array.of(1, 1, 0, 0, 1, 1));
  expect([0, 1, 2].map((s) => keys.at(1, 0, 0, s))).toEqual([0, 1, 1]);
});
