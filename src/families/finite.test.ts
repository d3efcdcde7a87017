import { expect, test } from "vitest";
import { areFinite } from "./finite.ts";

test("floats: every number but NaN and infinity is finite, wherever it stands", () => {
  const largest = 3.4028234663852886e38;
  const finite = Float32Array.of(0, -0, 1, -1, 1e-45, -1e-45, largest, -largest, 1e-38, 0.5);
  expect(areFinite(finite)).toBe(true);
  for (let length = 1; length < 10; length++)
    for (let place = 0; place < length; place++)
      for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        const numbers = finite.slice(0, length);
        expect(areFinite(numbers)).toBe(true);
        numbers[place] = wrong;
        expect(areFinite(numbers), `${length} ${place} ${wrong}`).toBe(false);
      }
});

test("no numbers at all are finite", () => {
  expect(areFinite(new Float32Array(0))).toBe(true);
});
