/** Spearman's rank correlation (Spearman 1904): ρ = the correlation of ranks; equal numbers share the mean of theirs. */

import { ShapeError } from "../../errors/errors.ts";

/** −1 to 1 of two lists of as many numbers; NaN where one of them is all the same, or has fewer than two. */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length)
    throw new ShapeError(`spearman: lists of ${a.length} and ${b.length} numbers`);
  const [x, y] = [ranks(a), ranks(b)];
  const mean = (a.length - 1) / 2;
  let product = 0;
  let squaresX = 0;
  let squaresY = 0;
  for (let n = 0; n < x.length; n++) {
    product += (x[n]! - mean) * (y[n]! - mean);
    squaresX += (x[n]! - mean) ** 2;
    squaresY += (y[n]! - mean) ** 2;
  }
  return squaresX === 0 || squaresY === 0 ? Number.NaN : product / Math.sqrt(squaresX * squaresY);
}

/** Each number's place in the order, from 0, the smallest first; equal ones share the mean of their places. */
export function ranks(numbers: ArrayLike<number>): Float64Array {
  const order = Array.from(numbers, (_, index) => index).sort((a, b) => numbers[a]! - numbers[b]!);
  const found = new Float64Array(numbers.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && numbers[order[end]!] === numbers[order[start]!]) end++;
    for (let place = start; place < end; place++) found[order[place]!] = (start + end - 1) / 2;
    start = end;
  }
  return found;
}
