import { expect, test } from "vitest";
import { headNames, nameInWords } from "../../web/panels/heads/named-heads.ts";
import { rowMeasure } from "../../web/panels/heads/row-measures.ts";
import { english } from "../../web/words/en.ts";

const rows = {
  rows: Float32Array.of(0.5, 0.5, 0, 0.25, Number.NaN, 0.75, Number.NaN, Number.NaN, Number.NaN),
  count: 3,
  far: () => (key: number) => Math.abs(key - 2),
  place: () => 1,
  special: [true, false, false],
};

test("heads are measured by the row of one query; what a mask hides counts nowhere", () => {
  expect([...rowMeasure("key", rows)]).toEqual([0.5, Number.NaN, Number.NaN]);
  const entropy = rowMeasure("entropy", rows);
  expect(entropy[0]).toBeCloseTo(Math.log(2), 6);
  expect(entropy[1]).toBeCloseTo(-0.25 * Math.log(0.25) - 0.75 * Math.log(0.75), 6);
  expect([...rowMeasure("distance", rows)]).toEqual([1.5, 0.5, Number.NaN]);
  expect([...rowMeasure("special", rows)]).toEqual([0.5, 0.25, Number.NaN]);
});

test("heads that do one thing are named from the weights that are there, causal ones too", () => {
  const T = 6;
  const places = Array.from({ length: T * T }, (_, place) => [Math.floor(place / T), place % T]);
  const previous = places.map(([query, key]) =>
    key! > query! ? Number.NaN : Number(key === Math.max(0, query! - 1)),
  );
  const first = places.map(([query, key]) => (key! > query! ? Number.NaN : Number(key === 0)));
  const tokens = ["<s>", "a", "b", "c", "d", "e"].map((text, at) => ({
    text,
    isSpecial: at === 0,
    word: at === 0 ? undefined : at - 1,
    start: at,
    end: at + 1,
  }));
  const seen = {
    run: 0,
    queries: tokens,
    keys: tokens,
    isSelf: true,
    isCausal: true,
    layers: 1,
    heads: 2,
    weights: [Float32Array.from([...previous, ...first])],
    start: { query: 1, key: 0, layer: 0, head: 0 },
    warnings: [],
    milliseconds: 0,
  };
  const names = headNames(seen);
  expect(names).toEqual(["previous", "sink <s>"]);
  expect(names.map((name) => nameInWords(name!, english.heads.does))).toEqual([
    "looks at the token before",
    "rests on <s>",
  ]);
  expect(nameInWords("3 back", english.heads.names)).toBe("3 back");
  expect(headNames({ ...seen, weights: undefined })).toEqual([]);
});
