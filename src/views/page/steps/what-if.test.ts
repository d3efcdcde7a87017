import { expect, test } from "vitest";
import { isChanged, noWhatIf, scoresIf, weightsIf } from "./what-if.ts";

const softmax = {
  kind: "softmax",
  rows: [{ label: "a" }, { label: "b" }, { label: "c" }],
  products: [2, 4, 100],
  scale: 0.5,
  added: [0, 1, 0],
  masked: [false, false, true],
  weights: [0, 0, 0],
} as const;

test("nothing changed: scaled products and what is added, −∞ where a word cannot look", () => {
  expect(scoresIf(softmax, noWhatIf)).toEqual([1, 3, Number.NEGATIVE_INFINITY]);
  const [a, b, c] = weightsIf(softmax, noWhatIf);
  expect(b! / a!).toBeCloseTo(Math.exp(2), 10);
  expect(a! + b!).toBeCloseTo(1, 12);
  expect(c).toBe(0);
  expect(isChanged(noWhatIf)).toBe(false);
});

test("a moved score, another temperature and no scaling move all weights", () => {
  const moved = { ...noWhatIf, moved: new Map([[0, 2]]) };
  expect(weightsIf(softmax, moved)).toEqual([0.5, 0.5, 0]);
  const [a, b] = weightsIf(softmax, { ...noWhatIf, temperature: 2 });
  expect(b! / a!).toBeCloseTo(Math.E, 10);
  expect(scoresIf(softmax, { ...noWhatIf, isScaled: false })[1]).toBe(5);
  for (const changed of [moved, { ...noWhatIf, temperature: 2 }, { ...noWhatIf, isScaled: false }])
    expect(isChanged(changed)).toBe(true);
  expect(isChanged({ ...noWhatIf, moved: new Map([[0, 0]]) })).toBe(false);
});

test("where nothing can be looked at, all weights are 0", () => {
  expect(weightsIf({ ...softmax, masked: [true, true, true] }, noWhatIf)).toEqual([0, 0, 0]);
});
