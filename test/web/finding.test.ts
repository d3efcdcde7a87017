import type { Seen } from "heed/explore";
import { expect, test } from "vitest";
import { findingOf, restLeftOut } from "../../web/app/finding.ts";

const texts = ["The", "cat", "and", "the", "dog"];
const tokens = texts.map((text, word) => ({ text, isSpecial: false, word, start: 0, end: 0 }));
const names = ["The#1", "cat", "and", "the#2", "dog"].map((name) => ({ text: name, name }));
const source = { queries: names, keys: names };
const seen = { queries: tokens, keys: tokens, isSelf: true, isCausal: true } as unknown as Seen;
const resting: Seen = { ...seen, rest: [0] };
const at = { query: 4, layer: 0, keys: [1] };
const row = Float32Array.of(0.8, 0.15, 0.001, 0.04, 0.009);

test("the word that heads rest on is left out of what is found, and named with its weight", () => {
  const { keys, rest } = findingOf(resting, at, row, source);
  expect(keys.map(({ text }) => text)).toEqual(["cat", "the#2"]);
  expect(rest).toEqual({ token: 0, text: "The#1", weight: expect.closeTo(0.8) });
  // Where heads do not rest there, it is a word like others; so it is where a reader has pinned it.
  expect(findingOf(seen, at, row, source).keys[0]!.text).toBe("The#1");
  const pinned = findingOf(resting, { ...at, keys: [1, 0] }, row, source);
  expect(pinned.keys[0]!.text).toBe("The#1");
  expect(pinned.rest).toBeUndefined();
  expect(restLeftOut(resting, [1, 0])).toEqual([]);
});

test("nothing is said of a first word that would not have led, or that is all there is to look at", () => {
  const other = Float32Array.of(0.1, 0.8, 0.02, 0.04, 0.04);
  expect(findingOf(resting, at, other, source).rest).toBeUndefined();
  const start = Float32Array.of(0.9, 0.1, Number.NaN, Number.NaN, Number.NaN);
  const alone = findingOf(resting, { ...at, query: 1 }, start, source);
  expect(alone.rest).toBeUndefined();
  expect(alone.keys.map(({ text }) => text)).toEqual(["The#1", "cat"]);
});

test("a second word is named where its weight is not printed as 0", () => {
  const one = Float32Array.of(0.001, 0.997, 0.001, 0.0005, 0.0005);
  expect(findingOf(seen, at, one, source).keys.map(({ text }) => text)).toEqual(["cat"]);
  const two = Float32Array.of(0.006, 0.99, 0.001, 0.0005, 0.0005);
  expect(findingOf(seen, at, two, source).keys.map(({ text }) => text)).toEqual(["cat", "The#1"]);
});
