/** A weight as pictures print it: "0.71"; "-" for a key that cannot be looked at (NaN). */
export function formatWeight(weight: number): string {
  return Number.isNaN(weight) ? "-" : formatFixed(weight, 2);
}

/** A weight for sums and orders: a key that cannot be looked at (NaN) counts as 0. */
export function weightOrZero(weight: number | undefined): number {
  return weight === undefined || Number.isNaN(weight) ? 0 : weight;
}

/** A weight in two or three columns: ".71", "1.0". */
export function formatNarrowWeight(weight: number): string {
  const fixed = formatWeight(weight);
  return fixed.startsWith("0.") ? fixed.slice(1) : fixed === "1.00" ? "1.0" : fixed;
}

/** A number with a fixed count of decimals, never "-0.00"; infinities as ∞. */
export function formatFixed(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return formatInfinite(value);
  const fixed = value.toFixed(decimals);
  return Number(fixed) === 0 && fixed.startsWith("-") ? fixed.slice(1) : fixed;
}

/** A number of unknown size with a few significant digits: "0.0123", "1.2e-7", "30,522". */
export function formatNumber(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return formatInfinite(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return formatCount(value);
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-3) return value.toExponential(Math.max(1, digits - 2));
  return size >= 10 ** digits ? value.toFixed(0) : value.toPrecision(digits);
}

/** A whole number with thousands set apart: "22,713,216". */
export function formatCount(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** "1 word", "2 words". */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

function formatInfinite(value: number): string {
  return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "-∞";
}
