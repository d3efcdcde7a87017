import { describe, expect, test } from "vitest";
import { makeSampler as makeOwnSampler, makeRandom } from "./sampling.ts";
import type { WritingOptions as SamplingOptions } from "./writing/options.ts";
import { processed } from "./writing/processors.ts";
import { settingsOf } from "./writing/settings.ts";

const logits = Float32Array.of(1, 3, 2, 0.5, 3);
/** Softmax of the logits, to four digits. */
const probabilities = [0.0523, 0.3866, 0.1422, 0.0317, 0.3866];

/** A sampler by options, with the processors before it. */
function makeSampler(options: SamplingOptions, rows: number) {
  const sources = { generationConfig: {}, config: {}, endId: undefined, label: "logits" };
  const settings = settingsOf({ options, ...sources });
  const { seed, next } = makeOwnSampler(settings, rows);
  return {
    seed,
    next: (row: number, scores: Float32Array, ids: number[]) => {
      const past = { columns: ids, ids, promptColumns: ids.length, read: ids };
      return next(row, processed(scores, past, settings, 100));
    },
  };
}

function drawn(options: SamplingOptions, scores = logits, earlier: number[] = []): number[] {
  const sampler = makeSampler({ seed: 7, ...options }, 1);
  const counts = new Array<number>(scores.length).fill(0);
  for (let n = 0; n < 20_000; n++) counts[sampler.next(0, scores, earlier)]! += 1 / 20_000;
  return counts;
}

describe("the likeliest token", () => {
  test("is the first of several equal ones", () => {
    expect(makeSampler({}, 1).next(0, logits, [])).toBe(1);
    expect(makeSampler({ temperature: 0 }, 1).next(0, logits, [])).toBe(1);
    expect(makeSampler({}, 1).seed).toBeUndefined();
  });

  test("a repetition penalty divides positive logits and multiplies negative ones, once each", () => {
    const scores = Float32Array.of(-1, 3, 2, -3);
    const next = (repetitionPenalty: number, earlier: number[]) =>
      makeSampler({ repetitionPenalty }, 1).next(0, scores, earlier);
    expect(next(1.4, [1, 1])).toBe(1); // 3 / 1.4 = 2.14
    expect(next(1.6, [1, 1])).toBe(2); // 3 / 1.6 = 1.88
    expect(next(2, [1, 2])).toBe(1);
    expect(next(4, [1, 2, 0])).toBe(1); // 0.75, 0.5, −4, −3
    expect([...scores]).toEqual([-1, 3, 2, -3]);
  });

  test("logits that are no numbers are refused", () => {
    const broken = Float32Array.of(1, Number.NaN, 2);
    expect(() => makeSampler({}, 1).next(0, broken, [])).toThrow("not finite numbers (NaN)");
    expect(() => makeSampler({ topK: 1 }, 1).next(0, broken, [])).toThrow("not finite numbers");
    const nothing = new Float32Array(3).fill(-Infinity);
    expect(() => makeSampler({}, 1).next(0, nothing, [])).toThrow("not finite numbers");
    expect(() => makeSampler({ topP: 0.5 }, 1).next(0, nothing, [])).toThrow("not finite numbers");
  });
});

describe("chance", () => {
  test("follows the softmax of the logits, and of logits divided by a temperature", () => {
    for (const [id, share] of drawn({ temperature: 1 }).entries())
      expect(share).toBeCloseTo(probabilities[id]!, 1.7);
    const cold = drawn({ temperature: 0.25 });
    expect(cold[1]! + cold[4]!).toBeGreaterThan(0.98);
    const hot = drawn({ temperature: 1000 });
    for (const share of hot) expect(share).toBeCloseTo(0.2, 1.5);
  });

  test("topK keeps k tokens and those as good as the last of them", () => {
    const used = (topK: number) => drawn({ topK }).flatMap((share, id) => (share > 0 ? [id] : []));
    expect(used(1)).toEqual([1, 4]);
    expect(used(2)).toEqual([1, 4]);
    expect(used(3)).toEqual([1, 2, 4]);
    expect(used(5)).toEqual([0, 1, 2, 3, 4]);
    expect(used(50)).toEqual([0, 1, 2, 3, 4]);
  });

  test("topP keeps tokens until those before them have the probability, and always one", () => {
    const used = (topP: number, scores = logits) =>
      drawn({ topP }, scores).flatMap((share, id) => (share > 0 ? [id] : []));
    expect(used(1e-9)).toHaveLength(1);
    expect(used(0.3)).toHaveLength(1);
    expect(used(0.4)).toEqual([1, 4]);
    expect(used(0.77)).toEqual([1, 4]); // 0.7732 before the third
    expect(used(0.78)).toEqual([1, 2, 4]);
    expect(used(0.92)).toEqual([0, 1, 2, 4]);
    expect(used(1)).toEqual([0, 1, 2, 3, 4]);
    expect(used(0.9, Float32Array.of(5, -Infinity, -Infinity))).toEqual([0]);
    expect(used(0.5, new Float32Array(4))).toHaveLength(2);
  });

  test("the order is penalty, temperature, topK, topP", () => {
    // A temperature of 2 makes the halves of 3 and 2 nearer, so that topP takes more of what topK left.
    const scores = Float32Array.of(4, 2, 1, 0);
    const used = (options: SamplingOptions, earlier: number[] = []) =>
      drawn(options, scores, earlier).flatMap((share, id) => (share > 0 ? [id] : []));
    expect(used({ topP: 0.8 })).toEqual([0]);
    expect(used({ topP: 0.8, temperature: 2 })).toEqual([0, 1, 2]);
    expect(used({ topP: 0.8, temperature: 2, topK: 2 })).toEqual([0, 1]);
    expect(used({ topP: 0.5, topK: 2, repetitionPenalty: 4 }, [0])).toEqual([1]);
  });

  test("a seed repeats; rows have streams of their own", () => {
    const take = (seed: number, row: number, rows: number) => {
      const sampler = makeSampler({ temperature: 1, seed }, rows);
      return Array.from({ length: 40 }, () => sampler.next(row, logits, []));
    };
    expect(take(3, 0, 1)).toEqual(take(3, 0, 4));
    expect(take(3, 2, 3)).toEqual(take(3, 2, 4));
    expect(take(3, 0, 2)).not.toEqual(take(3, 1, 2));
    expect(take(3, 0, 1)).not.toEqual(take(4, 0, 1));
  });

  test("without a seed the sampler says which one it took", () => {
    const sampler = makeSampler({ temperature: 1 }, 1);
    const again = makeSampler({ temperature: 1, seed: sampler.seed }, 1);
    const twenty = ({ next }: typeof sampler) =>
      Array.from({ length: 20 }, () => next(0, logits, []));
    expect(twenty(sampler)).toEqual(twenty(again));
  });

  test("numbers lie from 0 to 1, spread evenly", () => {
    const random = makeRandom(12345);
    const numbers = Array.from({ length: 100_000 }, random);
    expect(Math.min(...numbers.slice(0, 50_000))).toBeGreaterThanOrEqual(0);
    expect(numbers.every((number) => number < 1)).toBe(true);
    const bins = new Array<number>(10).fill(0);
    for (const number of numbers) bins[Math.floor(number * 10)]! += 1;
    for (const count of bins) expect(Math.abs(count - 10_000)).toBeLessThan(400);
  });
});

test.each([
  [{ temperature: -1 }, "temperature is -1; it must be a number from 0"],
  [{ temperature: Number.NaN }, "temperature is NaN"],
  [{ topK: -1 }, "topK is -1; it must be a whole number from 1, or 0 for all"],
  [{ topK: 2.5 }, "topK is 2.5"],
  [{ topP: 1.1 }, "topP is 1.1; it must be a number from 0 to 1"],
  [{ topP: 0 }, "topP is 0; it must be a number above 0, up to 1"],
  [{ repetitionPenalty: 0 }, "repetitionPenalty is 0; it must be a number above 0"],
  [{ seed: -1, temperature: 1 }, "seed is -1"],
  [{ temperature: 0, topK: 3 }, "temperature is 0; it must be above 0 where topK or topP"],
  [{ seed: 3 }, "a seed changes nothing while the likeliest token is taken"],
  [{ seed: 3, temperature: 0 }, "a seed changes nothing"],
] as const)("refuses %o", (options, message) => {
  expect(() => makeSampler(options, 1)).toThrow(message);
});
