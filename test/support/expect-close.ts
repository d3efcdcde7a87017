import { expect } from "vitest";
import type { Grid } from "../conformance/grid.ts";

/** NaN and Infinity must be met exactly, numbers within tolerance × max(scale, the largest expected number). */
export function expectClose(
  got: { readonly shape: readonly number[]; readonly data: ArrayLike<number> },
  { shape, data }: Grid,
  { tolerance, scale = 1, place = "" }: { tolerance: number; scale?: number; place?: string },
): void {
  expect([...got.shape]).toEqual([...shape]);
  const finite = data.filter(Number.isFinite).map(Math.abs);
  const allowed = tolerance * finite.reduce((most, value) => Math.max(most, value), scale);
  for (const [element, expected] of data.entries()) {
    const value = got.data[element]!;
    const isClose = Object.is(Math.abs(value), Math.abs(expected)) && !isOpposite(value, expected);
    if (isClose || Math.abs(value - expected) <= allowed) continue;
    expect.fail(
      `${place}element ${element} of (${shape.join(", ")}) is ${value}, expected ${expected} ± ${allowed}`,
    );
  }
}

function isOpposite(a: number, b: number): boolean {
  return !Number.isFinite(a) && Math.sign(a) !== Math.sign(b) && !Number.isNaN(a);
}
