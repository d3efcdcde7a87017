import { expect, test } from "vitest";
import { PairTable } from "./pair-table.ts";

test("keeps every pair while it grows, and the last value of each", () => {
  const table = new PairTable(1);
  for (let i = 0; i < 5000; i++) table.set(i, i * 7, i);
  table.set(3, 21, 9);
  for (let i = 0; i < 5000; i++) expect(table.get(i, i * 7)).toBe(i === 3 ? 9 : i);
  expect(table.get(1, 1)).toBe(-1);
  expect(table.get(7, 1)).toBe(-1);
});
