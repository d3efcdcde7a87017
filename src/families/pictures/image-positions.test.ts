import { expect, test } from "vitest";
import { cubicWeights } from "./image-positions.ts";

test("the same length: every sample is itself", () => {
  expect([...cubicWeights(3, 3)].map((value) => value + 0)).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
});

test("twice the length, as torch's bicubic has it with align_corners=False", () => {
  // torch.nn.functional.interpolate(torch.tensor([[[[1., 0.]]]]), size=(1, 4), mode="bicubic")
  const expected = [1.10546875, 0.7734375, 0.2265625, -0.10546875];
  const weights = cubicWeights(2, 4);
  for (const [i, value] of expected.entries()) {
    expect(weights[i * 2]).toBeCloseTo(value, 7);
    expect(weights[i * 2]! + weights[i * 2 + 1]!).toBeCloseTo(1, 7);
  }
});
