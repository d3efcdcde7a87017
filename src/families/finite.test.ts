import { expect, test } from "vitest";
import { areFinite, areFiniteHalves } from "./finite.ts";

const EXPONENTS = { F16: 0x7c00, BF16: 0x7f80 };

test.each(Object.entries(EXPONENTS))(
  "%s: every half but NaN and infinity is finite, alone and wherever it stands",
  (_, exponent) => {
    const finite = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits).filter(
      (bits) => (bits & exponent) !== exponent,
    );
    expect(areFiniteHalves(finite, exponent)).toBe(true);
    for (let bits = 0; bits < 0x10000; bits++)
      expect(areFiniteHalves(Uint16Array.of(bits), exponent)).toBe((bits & exponent) !== exponent);
    for (const offset of [0, 1])
      for (let length = 1; length < 20; length++)
        for (let place = 0; place < length; place++)
          for (const wrong of [exponent, exponent | 0x8000, exponent | 1]) {
            const halves = new Uint16Array(22).subarray(offset, offset + length).fill(exponent - 1);
            expect(areFiniteHalves(halves, exponent)).toBe(true);
            halves[place] = wrong;
            expect(areFiniteHalves(halves, exponent), `${offset} ${length} ${place}`).toBe(false);
          }
  },
);

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
  expect(areFiniteHalves(new Uint16Array(0), EXPONENTS.F16)).toBe(true);
  expect(areFinite(new Float32Array(0))).toBe(true);
});
