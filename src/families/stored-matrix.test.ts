import { expect, test } from "vitest";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { blockedShape, blockRows } from "./stored-matrix.ts";

/** A checkpoint of one matrix, row r of which is r in each of its two columns. */
const file = {
  readRange: async (_name: string, start: number, end: number) =>
    Float32Array.from({ length: end - start }, (_, n) => Math.floor((start + n) / 2)),
} as unknown as Checkpoint;

test("blocks of rows are read one behind the other, from any row to any row", async () => {
  // Two heads of width 3, each stored as q, k, v: k is rows 3 to 6 of every 9.
  const blocks = { every: 9, first: 3, length: 3 };
  expect(blockedShape([6, 2], blocks)).toEqual([18, 2]);
  const read = blockRows(file, "fused", 2, blocks);
  const rowsOf = async (start: number, end: number) =>
    [...(await read(start, end))].filter((_, n) => n % 2 === 0);
  expect(await rowsOf(0, 6)).toEqual([3, 4, 5, 12, 13, 14]);
  expect(await rowsOf(2, 4)).toEqual([5, 12]);
  expect(await rowsOf(4, 4)).toEqual([]);
});
