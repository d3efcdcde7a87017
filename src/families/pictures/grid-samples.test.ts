import { expect, test } from "vitest";
import { cubicWeights, linearWeights, type Sampling, smoothCubicWeights } from "./grid-samples.ts";

const all: readonly (readonly [string, Sampling])[] = [
  ["bicubic", cubicWeights],
  ["bicubic, antialiased", smoothCubicWeights],
  ["bilinear", linearWeights],
];

test.each(all)("%s: the same length gives every sample itself", (_, sampling) => {
  expect([...sampling(3, 3)].map((value) => value + 0)).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
});

test.each(all)("%s: every row sums to 1", (_, sampling) => {
  for (const [from, to] of [
    [5, 3],
    [2, 7],
    [1, 4],
  ] as const) {
    const weights = sampling(from, to);
    for (let row = 0; row < to; row++) {
      const sum = weights.slice(row * from, (row + 1) * from).reduce((a, b) => a + b, 0);
      expect(sum).toBeCloseTo(1, 6);
    }
  }
});

/** torch.nn.functional.interpolate(torch.tensor([[[values]]]), size=(1, to), mode=…, align_corners=False), of samples 1, 0, 0 … */
test.each([
  [
    "twice the length, bicubic",
    cubicWeights,
    2,
    4,
    [1.10546875, 0.7734375, 0.2265625, -0.10546875],
  ],
  ["more, antialiased", smoothCubicWeights, 2, 4, [1.08823526, 0.79285717, 0.20714286, -0.0882353]],
  ["fewer, antialiased", smoothCubicWeights, 5, 3, [0.58461535, -0.03720929, 0.0]],
  ["more, bilinear", linearWeights, 2, 5, [1.0, 0.89999998, 0.5, 0.09999996, 0.0]],
  ["fewer, bilinear", linearWeights, 5, 3, [0.66666669, 0.0, 0.0]],
] as const)("%s, as torch has it", (_, sampling, from, to, expected) => {
  const weights = sampling(from, to);
  for (const [i, value] of expected.entries()) expect(weights[i * from]).toBeCloseTo(value, 6);
});
