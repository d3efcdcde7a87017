/** A row of weights after one of them was set: the others share what is left of 1, as they did before, or keep theirs. NaN stays NaN. */
export function rowWith(
  row: ArrayLike<number>,
  key: number,
  value: number,
  renormalize: boolean,
): Float32Array {
  const rest = Array.from(row).reduce(
    (sum, weight, other) => (other === key || Number.isNaN(weight) ? sum : sum + weight),
    0,
  );
  const factor = !renormalize ? 1 : rest > 0 ? (1 - value) / rest : 0;
  return Float32Array.from(row, (weight, other) => (other === key ? value : weight * factor));
}

/** The keys that are listed first: those that are `held` (pinned, or changed) and those looked at most, in the order of the text. */
export function keysShown(row: ArrayLike<number>, held: readonly number[], most: number): number[] {
  const all = Array.from({ length: row.length }, (_, key) => key);
  if (all.length <= most) return all;
  const rank = (key: number) => (held.includes(key) ? 2 : row[key]! >= 0 ? row[key]! : -1);
  return all
    .sort((a, b) => rank(b) - rank(a))
    .slice(0, Math.max(most, held.length))
    .sort((a, b) => a - b);
}
