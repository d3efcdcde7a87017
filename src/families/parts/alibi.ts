import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { add } from "../../tensor/operations.ts";
import type { Program } from "../../tensor/program.ts";
import type { Inputs } from "../inputs.ts";

/**
 * Attention with linear biases (Press et al. 2022): each head adds a slope of its own times the key's place among the real tokens, as
 * transformers has it: against the distance that is the same number for a whole row, which softmax does not see. (B or 1, H, T, S).
 * `rounded` rounds each number as a family computes it.
 */
export function alibi(
  { batch: B, length: T, mask, cache }: Inputs,
  heads: number,
  program: Program,
  rounded: (slope: number, place: number) => number = (slope, place) => Math.fround(slope * place),
): LazyTensor {
  const S = (cache?.length ?? 0) + T;
  const rows = mask ? B : 1;
  const slopes = alibiSlopes(heads);
  const values = new Float32Array(rows * heads * S);
  for (let b = 0; b < rows; b++) {
    let place = -1;
    for (let s = 0; s < S; s++) {
      const isReal = mask?.[b * S + s] !== 0;
      if (isReal) place += 1;
      for (const [h, slope] of slopes.entries())
        values[(b * heads + h) * S + s] = isReal ? rounded(slope, place) : 0;
    }
  }
  const queries = program.input(new Float32Array(T), [1, 1, T, 1], "queries");
  return add(queries, program.input(values, [rows, heads, 1, S], "slopes times places"));
}

/** A slope a head: powers of 2^(−8/n) for a power of two of heads; others take every other power of twice as many. */
export function alibiSlopes(heads: number): number[] {
  const whole = 2 ** Math.floor(Math.log2(heads));
  const powers = (of: number, step: number, count: number) => {
    const base = Math.fround(2 ** -(2 ** -(Math.log2(of) - 3)));
    return Array.from({ length: count }, (_, n) => Math.fround(base ** (1 + n * step)));
  };
  return [...powers(whole, 1, whole), ...powers(2 * whole, 2, heads - whole)];
}
