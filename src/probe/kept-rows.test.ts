import { describe, expect, test } from "vitest";
import { Tensor } from "../tensor/tensor.ts";
import { KeptRows } from "./kept-rows.ts";
import { PairNumbers } from "./pair-numbers.ts";

type Parts = ConstructorParameters<typeof KeptRows>[1];

/** Two heads over one key head, two queries of width 1, three keys: scores are q times k. */
function partsOf(change: Partial<Parts> = {}): Parts {
  return {
    q: new Tensor([1, 2, 2, 1], Float32Array.of(1, 2, 3, 0)),
    k: new Tensor([1, 1, 3, 1], Float32Array.of(1, 0, -1)),
    sums: new Tensor([1, 2, 2, 2], Float32Array.of(1, 1.5, 2, 1.25, 3, 1, 0, 3)),
    scale: 1,
    isFused: true,
    bias: undefined,
    keys: undefined,
    allowed: undefined,
    rule: {},
    texts: [0],
    heads: [0, 1],
    ...change,
  };
}

const row = (rows: KeptRows, head: number, query: number) => [
  ...rows.select([[0], [head], [query]]).data,
];
const rounded = (values: readonly number[]) => values.map(Math.fround);

describe("kept rows", () => {
  test("are scores, and e to the score less the maximum, by the sum", () => {
    expect(row(new KeptRows("scores", partsOf()), 1, 0)).toEqual([3, 0, -3]);
    const weights = new KeptRows("weights", partsOf());
    expect(row(weights, 0, 0)).toEqual(rounded([1 / 1.5, Math.exp(-1) / 1.5, Math.exp(-2) / 1.5]));
    expect(row(weights, 1, 1)).toEqual(rounded([1 / 3, 1 / 3, 1 / 3]));
    expect(weights.shape).toEqual([1, 2, 2, 3]);
    expect(weights.dense().shape).toEqual([1, 2, 2, 3]);
    expect(weights.logSumExp({ head: 0, query: 1 })).toBe(2 + Math.log(1.25));
  });

  test("hide what a rule or a mask hides, and add the bias", () => {
    const scores = (change: Partial<Parts>) => row(new KeptRows("scores", partsOf(change)), 1, 0);
    const hidden = -Infinity;
    expect(scores({ rule: { causalOffset: 1 } })).toEqual([3, 0, hidden]);
    const window = { offset: 1, before: 0, after: 0 };
    expect(scores({ rule: { window } })).toEqual([hidden, 0, hidden]);
    const keys = new PairNumbers([1, 1, 1, 3], Uint8Array.of(1, 1, 0));
    expect(scores({ keys })).toEqual([3, 0, hidden]);
    const perPair = Uint8Array.of(1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 0);
    expect(scores({ allowed: new PairNumbers([1, 2, 2, 3], perPair) })).toEqual([hidden, 0, -3]);
    const bias = new PairNumbers([1, 1, 2, 3], Float32Array.of(10, 20, 30, 0, 0, 0));
    expect(scores({ bias })).toEqual([13, 20, 27]);
  });

  test("are 0, or equal, in a row that sees no key, which has no maximum and no sum", () => {
    const sums = new Tensor(
      [1, 2, 2, 2],
      Float32Array.of(-Infinity, 0, 2, 1.25, 3, 1, Number.NaN, 3),
    );
    const rows = new KeptRows("weights", partsOf({ sums, rule: { causalOffset: -1 } }));
    expect(row(rows, 0, 0)).toEqual([0, 0, 0]);
    const spread = (spread: Parts["spread"], rule: Parts["rule"] = {}) =>
      row(new KeptRows("weights", partsOf({ sums, spread, rule })), 0, 0);
    expect(spread("all keys")).toEqual(rounded([1 / 3, 1 / 3, 1 / 3]));
    expect(spread("keys in reach", { causalOffset: 1 })).toEqual([0.5, 0.5, 0]);
    expect(rows.logSumExp({ head: 0, query: 0 })).toBe(-Infinity);
    expect(rows.find((value) => value === -Infinity)).toBeUndefined();
    expect(rows.find(Number.isNaN)).toBeNaN();
  });

  test("of some heads keep those heads' numbers, with their own bias", () => {
    const bias = new PairNumbers(
      [1, 2, 2, 3],
      Float32Array.of(1, 5, 2, 7, 3, 8, 10, 20, 30, 5, 9, 1),
    );
    const all = new KeptRows("scores", partsOf({ bias }));
    const one = all.narrow([undefined, [1]])!;
    expect(one.shape).toEqual([1, 1, 2, 3]);
    expect(row(one, 0, 0)).toEqual(row(all, 1, 0));
    expect(row(one, 0, 0)).toEqual([13, 20, 27]);
    expect(one.bytes).toBeLessThan(all.bytes);
    expect(all.narrow([undefined, undefined, [0]])).toBeUndefined();
    expect(() => one.select([undefined, [1]])).toThrow("index 1 on axis 1");
  });

  test("round each step once or twice, as the backend does", () => {
    const x = 1 + 2 ** -12;
    const change = {
      q: new Tensor([1, 2, 2, 2], Float32Array.of(1, x, 0, 0, 0, 0, 0, 0)),
      k: new Tensor([1, 1, 1, 2], Float32Array.of(-1, x)),
    };
    const first = (isFused: boolean) =>
      row(new KeptRows("scores", partsOf({ ...change, isFused })), 0, 0)[0];
    expect(first(true)).toBe(2 ** -11 + 2 ** -24);
    expect(first(false)).toBe(2 ** -11);
  });
});
