import { expect, test } from "vitest";
import { effectMapSvg } from "./effect-map-svg.ts";

const map = (rows: number) => ({
  title: "sentence vector: how far it turns (1 − cosine)",
  columns: ["the", "cat"],
  rows: Array.from({ length: rows }, (_, row) => `L${Math.floor(row / 12)}H${row % 12}`),
  values: Float64Array.from({ length: 2 * rows }, (_, place) => place / (2 * rows)),
});
const heightOf = (rows: number) => {
  const svg = effectMapSvg({
    texts: ["the cat"],
    model: { name: "tiny", layers: 6, heads: 12, tokens: 2 },
    said: "Each head's output at each word set to 0",
    maps: [map(rows)],
    notes: [],
  });
  return Number(/ height="([\d.]+)"/.exec(svg)![1]);
};

test("a map of a row a layer has square cells, one of a row a head fits on a page", () => {
  expect(heightOf(6)).toBeGreaterThan(6 * 44);
  expect(heightOf(72)).toBeLessThan(72 * 18 + 150);
});
