/** The false discovery rate of many tests at once (Benjamini & Hochberg 1995): q_(k) = min over j ≥ k of p_(j) · n / j. */

/** A q-value for each p-value: the least share of false discoveries at which it would be one. */
export function qValues(pValues: readonly number[]): number[] {
  const count = pValues.length;
  const order = [...pValues.keys()].sort((a, b) => pValues[b]! - pValues[a]!);
  const found = new Array<number>(count);
  let least = 1;
  for (const [place, index] of order.entries()) {
    least = Math.min(least, (pValues[index]! * count) / (count - place));
    found[index] = least;
  }
  return found;
}
