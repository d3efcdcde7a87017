import { expect, test } from "vitest";
import { fromOne, inColumns, withMinus } from "./notation.ts";

test("a formula of rows is turned for columns with its shapes", () => {
  expect(inColumns("q = x · W^Q + b  (384) · (384 × 32) → (32)")).toBe(
    "q = W^Q · x + b  (32 × 384) · (384) → (32)",
  );
  expect(inColumns("mixed · W^O of this head  (32) · (32 × 384) → (384)")).toBe(
    "W^O of this head · mixed  (384 × 32) · (32) → (384)",
  );
  expect(inColumns("mixed = Σ weight · v  (13) · (13 × 32) → (32)")).toBe(
    "mixed = Σ v · weight  (32 × 13) · (13) → (32)",
  );
  expect(inColumns("from W^Q · W^Kᵀ = U · diag(σ) · Vᵀ")).toBe(
    "from W^Qᵀ · W^K = U · diag(σ) · Vᵀ",
  );
  expect(inColumns("x[63] · W^Q[63, 2]")).toBe("W^Q[2, 63] · x[63]");
});

test("layers, heads and numbers are counted from 1; directions are already, sizes stay", () => {
  expect(fromOne("L3H1, on the way here layers 0 to 2; key head 0")).toBe(
    "L4H2, on the way here layers 1 to 3; key head 1",
  );
  expect(fromOne("feed-forward of layer 2, q[2], W^Q[63, 2], numbers 32 to 63 of 384")).toBe(
    "feed-forward of layer 3, q[3], W^Q[64, 3], numbers 33 to 64 of 384",
  );
  expect(fromOne("direction 4 (σ 4.70), 32 numbers, (384 × 32)")).toBe(
    "direction 4 (σ 4.70), 32 numbers, (384 × 32)",
  );
});

test("what stands in quotation marks is the reader's own and stays", () => {
  expect(fromOne('"layer 2" looks at "L0H0" in L0H0')).toBe('"layer 2" looks at "L0H0" in L1H1');
});

test("numbers below 0 have a minus; names, ranges, exponents and a reader's own words stay", () => {
  expect(withMinus('scores, 0.54 for "a-1" and -0.18 for "-2"; (-.5, -∞) bert-2, 3-4, 1e-7')).toBe(
    'scores, 0.54 for "a-1" and −0.18 for "-2"; (−.5, −∞) bert-2, 3-4, 1e-7',
  );
});
