import fc from "fast-check";
import { expect, test } from "vitest";
import { foldOf, shownWords } from "./fold.ts";

test("a folded list shows of equally many neighbours the one farthest from 0, and no number is in no bar", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ noNaN: true, min: -9, max: 9 }), { minLength: 1, maxLength: 900 }),
      fc.integer({ min: 1, max: 64 }),
      (values, most) => {
        const { per, places } = foldOf(values, most);
        expect(places.length).toBeLessThanOrEqual(most);
        expect(places.length).toBe(Math.ceil(values.length / per));
        for (const [bar, place] of places.entries()) {
          const part = values.slice(bar * per, (bar + 1) * per);
          expect(Math.floor(place / per)).toBe(bar);
          expect(Math.abs(values[place]!)).toBe(Math.max(...part.map(Math.abs)));
        }
      },
    ),
  );
});

test("a list that is short enough stays as it is", () => {
  expect(foldOf([3, -1, 2])).toEqual({ per: 1, places: [0, 1, 2] });
  expect(foldOf(new Array(384).fill(0)).per).toBe(6);
});

test("of many words the strongest and the marked are shown, in the order of the text", () => {
  const weights = Array.from({ length: 40 }, (_, key) => (key === 30 ? Number.NaN : key / 100));
  expect(shownWords(weights, (key) => key === 2, 3)).toEqual([2, 37, 38, 39]);
  expect(shownWords([0.5, 0.5], () => false)).toEqual([0, 1]);
});
