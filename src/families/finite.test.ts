import { expect, test } from "vitest";
import { areFiniteHalves } from "./finite.ts";

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
      for (let length = 1; length < 8; length++)
        for (let place = 0; place < length; place++)
          for (const wrong of [exponent, exponent | 0x8000, exponent | 1]) {
            const halves = new Uint16Array(10).subarray(offset, offset + length).fill(exponent - 1);
            expect(areFiniteHalves(halves, exponent)).toBe(true);
            halves[place] = wrong;
            expect(areFiniteHalves(halves, exponent), `${offset} ${length} ${place}`).toBe(false);
          }
  },
);

test("no halves at all are finite", () => {
  expect(areFiniteHalves(new Uint16Array(0), EXPONENTS.F16)).toBe(true);
});
