import { expect, test } from "vitest";
import { meta } from "../backends/meta/meta.ts";
import { Program } from "../tensor/program.ts";
import { keyMask, packedTexts } from "./masks.ts";

/** What a mask was recorded with. */
function inputOf(record: (program: Program) => unknown): [number[], number[]] | undefined {
  const program = new Program(meta());
  if (record(program) === undefined) return undefined;
  const [entry] = program.entries;
  return entry?.kind === "input" ? [[...entry.value.shape], [...entry.data]] : undefined;
}

test("a mask of keys is there only when something is padding", () => {
  const mask = (values: number[] | undefined) =>
    inputOf((program) => keyMask(values && Int32Array.from(values), [2, 2], program));
  expect(mask([1, 1, 1, 0])).toEqual([
    [2, 2],
    [1, 1, 1, 0],
  ]);
  expect(mask([1, 1, 1, 1])).toBeUndefined();
  expect(mask(undefined)).toBeUndefined();
});

test("positions that do not go on by one start another text", () => {
  const packed = (positions: number[], shape: [number, number]) =>
    inputOf((program) => packedTexts(Int32Array.from(positions), shape, program));
  expect(packed([0, 1, 0, 1], [1, 4])).toEqual([
    [1, 1, 4, 4],
    [1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1],
  ]);
  // A step of two, a step back and a repeat; the rows of a batch are apart.
  expect(packed([0, 2, 1, 1, 5, 6, 7, 8], [2, 4])![1]).toEqual([
    ...[1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    ...new Array<number>(16).fill(1),
  ]);
  expect(packed([3, 4, 5, 6], [1, 4])).toBeUndefined();
  expect(packed([0, 1, 0, 1], [2, 2])).toBeUndefined();
});
