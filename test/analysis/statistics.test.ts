import fc from "fast-check";
import { expect, test } from "vitest";
import { bootstrapInterval, quantile } from "../../src/analysis/statistics/bootstrap.ts";
import { qValues } from "../../src/analysis/statistics/false-discovery.ts";
import { ranks, spearman } from "../../src/analysis/statistics/rank-correlation.ts";
import { signFlipTest } from "../../src/analysis/statistics/sign-flips.ts";
import { makeRandom } from "../../src/tasks/sampling.ts";

// By SciPy: spearmanr, rankdata, false_discovery_control.
test("ranks share ties, and their correlation is Spearman's", () => {
  const a = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3];
  const b = [2, 7, 1, 8, 2, 8, 1, 8, 2, 8];
  expect([...ranks(a)].map((rank) => rank + 1)).toEqual([
    4.5, 1.5, 6, 1.5, 7.5, 10, 3, 9, 7.5, 4.5,
  ]);
  expect(spearman(a, b)).toBeCloseTo(0.13471506281091267, 12);
  expect(spearman([1, 2, 3], [4, 5, 6])).toBe(1);
  expect(spearman([1, 2, 3], [6, 5, 4])).toBe(-1);
  expect(spearman([1, 1, 1], [1, 2, 3])).toBeNaN();
  expect(() => spearman([1], [1, 2])).toThrow("lists of 1 and 2 numbers");
});

test("a rank correlation knows orders alone", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 })), {
        minLength: 2,
      }),
      (pairs) => {
        const [a, b] = [pairs.map(([x]) => x), pairs.map(([, y]) => y)];
        const rho = spearman(a, b);
        expect(
          spearman(
            a.map((x) => x ** 3),
            b.map((y) => Math.exp(y)),
          ),
        ).toBe(rho);
        expect(spearman(b, a)).toBe(rho);
      },
    ),
    { seed: 3, numRuns: 100 },
  );
});

test("q-values are Benjamini and Hochberg's", () => {
  const q = qValues([0.01, 0.04, 0.03, 0.005, 0.5, 0.2]);
  for (const [n, expected] of [0.03, 0.06, 0.06, 0.03, 0.5, 0.24].entries())
    expect(q[n]).toBeCloseTo(expected, 12);
  expect(qValues([])).toEqual([]);
  expect(qValues([1, 1])).toEqual([1, 1]);
});

test("random signs: chance where there is nothing, never 0 where there is", () => {
  const random = makeRandom(4);
  const sample = () => Array.from({ length: 40 }, () => random() - 0.5);
  const chances = Array.from({ length: 60 }, () => signFlipTest(sample(), { random, draws: 199 }));
  // Where there is nothing, one of twenty is below 0.05.
  expect(chances.filter((p) => p < 0.05).length).toBeLessThan(9);
  expect(chances.filter((p) => p > 0.5).length).toBeGreaterThan(18);
  const noise = sample();
  const shifted = noise.map((one) => one + 0.6);
  expect(signFlipTest(shifted, { random: makeRandom(1) })).toBe(1 / 10_000);
  // Of two differences alike every second draw of signs is as far from 0.
  expect(signFlipTest([1, 1], { random: makeRandom(2) })).toBeCloseTo(0.5, 1);
  expect(signFlipTest([0, 0, 0], { random: makeRandom(2) })).toBe(1);
});

test("a bootstrap interval holds the mean about as often as it says", () => {
  const random = makeRandom(9);
  let held = 0;
  for (let round = 0; round < 60; round++) {
    const sample = Array.from({ length: 30 }, () => random() + random());
    const mean = (units: readonly number[]) =>
      units.reduce((sum, unit) => sum + sample[unit]!, 0) / units.length;
    const { low, high } = bootstrapInterval(30, mean, { random, draws: 300 })!;
    if (low <= 1 && 1 <= high) held++;
  }
  expect(held).toBeGreaterThan(50);
  expect(bootstrapInterval(3, () => Number.NaN, { random })).toBeUndefined();
  expect(quantile([1, 2, 4, 8], 0.4)).toBeCloseTo(2.4, 12);
});
