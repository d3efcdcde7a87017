import { expect, test } from "vitest";
import { crosses, goes, heaviest, heavyLinks, lineLook, sentencesOf } from "./head-lines.ts";
import { strongestLinks } from "./strongest-links.ts";

const token = (text: string) => ({ text, name: text, isSpecial: /^[[<]/.test(text) });
const words = (text: string) => text.split(" ").map(token);

test("two sentences are parted by special tokens between words, however many", () => {
  expect(sentencesOf(words("[CLS] a b [SEP] c [SEP]"))).toEqual([-1, 0, 0, -1, 1, -1]);
  expect(sentencesOf(words("<s> a </s> </s> b </s>"))).toEqual([-1, 0, -1, -1, 1, -1]);
  expect(sentencesOf(words("[CLS] a b [SEP]"))).toBeUndefined();
  expect(sentencesOf(words("a b"))).toBeUndefined();
  expect(sentencesOf(words("a [SEP] b [SEP] c"))).toBeUndefined();
});

test("links go from sentence to sentence as asked", () => {
  const sentences = [-1, 0, -1, 1] as const;
  expect(goes("A→B", sentences, { query: 1, key: 3 })).toBe(true);
  expect(goes("A→B", sentences, { query: 3, key: 1 })).toBe(false);
  expect(goes("B→A", sentences, { query: 3, key: 1 })).toBe(true);
  expect(goes("A→A", sentences, { query: 1, key: 0 })).toBe(false);
  expect(goes("all", sentences, { query: 0, key: 0 })).toBe(true);
});

test("heavy links leave out what is light and what cannot be looked at", () => {
  const source = { queries: words("a b"), keys: words("a b c") };
  const weights = Float32Array.of(0.5, 0.5, Number.NaN, 0.01, 0.25, 0.74);
  expect(heavyLinks(weights, source, 0.02).map(({ query, key }) => [query, key])).toEqual([
    [1, 2],
    [0, 0],
    [0, 1],
    [1, 1],
  ]);
  expect(strongestLinks(weights, source, { most: 3, hasSpecial: true })).toMatchObject([
    { query: 1, key: 2 },
    { query: 0, key: 0, weight: 0.5 },
    { query: 0, key: 1, weight: 0.5 },
  ]);
  expect(strongestLinks(weights, source, { most: 0, hasSpecial: true })).toEqual([]);
});

test("links of special tokens are left out where they are not asked for", () => {
  const both = words("[CLS] a b");
  const weights = Float32Array.of(0, 1, 0, 0.9, 0, 0.1, 0.6, 0.4, 0);
  const chosen = strongestLinks(
    weights,
    { queries: both, keys: both },
    { most: 8, hasSpecial: false },
  );
  expect(chosen.map(({ query, key }) => [query, key])).toEqual([
    [2, 1],
    [1, 2],
  ]);
});

test("links to what heads rest on are left out with those of special tokens", () => {
  const weights = Float32Array.of(1, 0, 0, 0.8, 0.2, 0, 0.7, 0.2, 0.1);
  const source = { queries: words("The cat sat"), keys: words("The cat sat") };
  const links = (hasSpecial: boolean) =>
    strongestLinks(weights, source, { most: 2, hasSpecial, rest: [0] });
  expect(links(false).map(({ key }) => key)).toEqual([1, 1]);
  expect(links(true).map(({ key }) => key)).toEqual([0, 0]);
});

test("a line is drawn where it crosses what is seen, also with both ends outside", () => {
  const rows = { first: 10, last: 20 };
  expect(crosses({ query: 0, key: 30, weight: 1 }, rows)).toBe(true);
  expect(crosses({ query: 30, key: 5, weight: 1 }, rows)).toBe(true);
  expect(crosses({ query: 3, key: 5, weight: 1 }, rows)).toBe(false);
  expect(crosses({ query: 21, key: 22, weight: 1 }, rows)).toBe(false);
});

test("the heaviest are kept and drawn last; heavier lines are wider and stronger", () => {
  const links = [0.9, 0.5, 0.4, 0.2].map((weight) => ({ query: 0, key: 0, weight }));
  const { drawn, count } = heaviest(links, 2, ({ weight }) => weight !== 0.5);
  expect(drawn.map(({ weight }) => weight)).toEqual([0.4, 0.9]);
  expect(count).toBe(3);
  const [light, heavy] = [lineLook(0.05), lineLook(1)];
  expect(heavy.width).toBeGreaterThan(light.width * 3);
  expect(heavy.alpha).toBeGreaterThan(light.alpha);
});
