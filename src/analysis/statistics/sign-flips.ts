/** Fisher's randomization test of paired differences (Fisher 1935): p = how often random signs ± give a mean as far from 0. */

import { expectKeys } from "../../errors/options.ts";

/** A two-sided p-value; the differences themselves count as one of the draws, so that it is never 0. */
export function signFlipTest(
  differences: readonly number[],
  options: { readonly random: () => number; readonly draws?: number },
): number {
  expectKeys(options, { random: true, draws: true }, "signFlipTest");
  const { random, draws = 9999 } = options;
  const total = Math.abs(differences.reduce((sum, one) => sum + one, 0));
  let asFar = 1;
  for (let draw = 0; draw < draws; draw++) {
    let sum = 0;
    let signs = 0;
    for (const [place, one] of differences.entries()) {
      // A number of 32 bits holds as many signs.
      if (place % 32 === 0) signs = random() * 2 ** 32;
      sum += (signs >>> (place % 32)) & 1 ? one : -one;
    }
    // Sums of the same numbers in another order differ by rounding.
    if (Math.abs(sum) >= total * (1 - 1e-12)) asFar++;
  }
  return asFar / (draws + 1);
}
