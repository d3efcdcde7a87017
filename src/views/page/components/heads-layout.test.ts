import { expect, test } from "vitest";
import { boxOf, headAt, headBeside, layOutHeads, orderHeads, rankOf } from "./heads-layout.ts";

const values = [0.1, 0.7, Number.NaN, 0.3, 0.7, -0.9];
const six = { layers: 2, heads: 3, values };

test("heads stand by layer, or sorted with unknown ones last and equal ones in their order", () => {
  expect(orderHeads(six)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(orderHeads({ ...six, order: "most" })).toEqual([1, 4, 3, 0, 5, 2]);
  expect(orderHeads({ ...six, order: "least" })).toEqual([5, 0, 3, 1, 4, 2]);
  expect(orderHeads({ layers: 2, heads: 3, order: "most" })).toEqual([0, 1, 2, 3, 4, 5]);
});

test("sorted heads below the threshold are left out, those by layer keep their places", () => {
  const given = { ...six, threshold: 0.5 };
  expect(orderHeads({ ...given, order: "most" })).toEqual([1, 4, 5, 2]);
  const layout = layOutHeads({ ...given, order: "most" }, 400);
  expect(boxOf(layout, 0)).toBeUndefined();
  expect(boxOf(layOutHeads(given, 400), 0)).toBeDefined();
});

test.for(["layers", "most"] as const)("every head is found where it is drawn: %s", (order) => {
  for (const room of [200, 340, 760]) {
    const layout = layOutHeads({ ...six, order }, room);
    for (let index = 0; index < 6; index++) {
      const { x, y, width, height } = boxOf(layout, index)!;
      const address = { layer: Math.floor(index / 3), head: index % 3 };
      expect(headAt(layout, 3, x + width / 2, y + height / 2)).toEqual(address);
      expect(x + width).toBeLessThanOrEqual(layout.width);
      expect(y + height).toBeLessThanOrEqual(layout.height);
    }
    expect(headAt(layout, 3, layout.width + 200, 30)).toBeUndefined();
    expect(headAt(layout, 3, 30, layout.height + 200)).toBeUndefined();
  }
});

test("few layers are seen at once, and of many none is too low for its number", () => {
  const heightOf = (layers: number) => layOutHeads({ layers, heads: 12 }, 1170).height;
  expect(heightOf(6)).toBeLessThan(300);
  expect(heightOf(2)).toBeLessThan(160);
  for (const layers of [6, 12, 48])
    expect(layOutHeads({ layers, heads: 12 }, 1170).cell.height).toBeGreaterThanOrEqual(42);
});

test("24 × 16 heads fit a phone's width", () => {
  const layout = layOutHeads({ layers: 24, heads: 16 }, 340);
  expect(layout.width).toBeLessThanOrEqual(340);
  expect(layout.cell.width).toBeGreaterThanOrEqual(14);
});

test("6 × 12 heads take the width of a screen, and no more than its height", () => {
  const layout = layOutHeads({ layers: 6, heads: 12 }, 1116);
  expect(layout.width).toBeGreaterThan(1060);
  expect(layout.width).toBeLessThanOrEqual(1116);
  expect(layout.height).toBeLessThan(560);
  const many = layOutHeads({ layers: 12, heads: 12 }, 1116);
  expect(many.width).toBe(layout.width);
  expect(many.cell.height).toBeGreaterThanOrEqual(42);
});

test("steps go to what stands beside, in the order shown, and not around corners", () => {
  const rows = layOutHeads(six, 400);
  expect(headBeside(rows, 3, { layer: 0, head: 1 }, 1, 0)).toEqual({ layer: 0, head: 2 });
  expect(headBeside(rows, 3, { layer: 0, head: 2 }, 1, 0)).toBeUndefined();
  expect(headBeside(rows, 3, { layer: 0, head: 2 }, 0, 1)).toEqual({ layer: 1, head: 2 });
  expect(headBeside(rows, 3, { layer: 1, head: 2 }, 0, 1)).toBeUndefined();
  const sorted = layOutHeads({ ...six, order: "most" }, 400);
  expect(headBeside(sorted, 3, { layer: 0, head: 1 }, 1, 0)).toEqual({ layer: 1, head: 1 });
  const faded = layOutHeads({ ...six, order: "most", threshold: 0.5 }, 400);
  expect(headBeside(faded, 3, { layer: 0, head: 0 }, 1, 0)).toEqual({ layer: 0, head: 1 });
});

test("a head's rank counts those whose number is known", () => {
  expect(rankOf(values, 3)).toEqual({ rank: 3, of: 5 });
  expect(rankOf(values, 4)).toEqual({ rank: 1, of: 5 });
  expect(rankOf(values, 2)).toBeUndefined();
});
