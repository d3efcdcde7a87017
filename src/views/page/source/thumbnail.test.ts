import { expect, test } from "vitest";
import { thumbnail } from "./thumbnail.ts";

const hidden = Number.NaN;

test("a place holds the largest weight under it, NaN only where nothing can be looked at", () => {
  const weights = Float32Array.of(
    ...[0.75, hidden, hidden, hidden],
    ...[0.25, hidden, hidden, hidden],
    ...[0, 0, 0, hidden],
    ...[0.125, 0.25, 0.5, 0.125],
  );
  const small = thumbnail(weights, 4, 4, { rows: 2, columns: 2 });
  expect([...small]).toEqual([0.75, hidden, 0.25, 0.5]);
  expect(thumbnail(weights, 4, 4, { rows: 4, columns: 4 })).toBe(weights);
});
