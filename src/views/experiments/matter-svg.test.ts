import { expect, test } from "vitest";
import { textWidth } from "../svg/text-measure.ts";
import { matterSvg } from "./matter-svg.ts";
import type { MatterReport } from "./matter-text.ts";

/** Heads that lie close to one another, as those of a model do. */
const heads = Array.from({ length: 40 }, (_, n) => ({
  layer: Math.floor(n / 12),
  head: n % 12,
  weight: ((n * 7) % 40) / 40,
  norm: 1 + ((n * 11) % 13) / 13,
  effects: [10 ** -(1 + (n % 5) / 9)],
}));

const report = {
  texts: ["a cat"],
  model: { name: "tiny", layers: 4, heads: 12, tokens: 2 },
  title: "What cutting does",
  heads,
  measures: [{ name: "sentence vector", isCosine: true, correlations: [] }],
  controls: 0,
  notes: [],
} as unknown as MatterReport;

test("names of dots lie on no dot, on no other name, and inside", () => {
  const width = 860;
  const svg = matterSvg(report, { width });
  const dots = [...svg.matchAll(/<rect[^>]* x="([\d.]+)" y="([\d.]+)"[^>]* rx="3"/g)].map(
    ([, x, y]) => ({ x: Number(x), y: Number(y), width: 6, height: 6 }),
  );
  const names = [...svg.matchAll(/<text[^>]* x="([\d.]+)" y="([\d.]+)"[^>]*>(L\d+H\d+)</g)].map(
    ([, x, y, name]) => ({
      x: Number(x),
      y: Number(y) - 8,
      width: textWidth(name!, 10),
      height: 8,
    }),
  );
  expect(dots).toHaveLength(80);
  expect(names.length).toBeGreaterThan(0);
  for (const name of names) {
    expect(name.x + name.width).toBeLessThanOrEqual(width);
    const others = [...dots, ...names.filter((other) => other !== name)];
    const met = others.filter(
      (other) =>
        name.x < other.x + other.width &&
        other.x < name.x + name.width &&
        name.y < other.y + other.height &&
        other.y < name.y + name.height,
    );
    expect(met).toEqual([]);
  }
});
