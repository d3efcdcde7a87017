import { formatFixed } from "./numbers.ts";

/** A sum as printed: every line of it adds up with the digits that are shown. */
export interface PrintedSum {
  readonly terms: readonly string[];
  /** What the terms that are not shown add, so that all printed numbers add up to `total`. */
  readonly rest?: string;
  readonly total: string;
}

/** A value rounded to a count of decimals, as a number. */
export function rounded(value: number, decimals: number): number {
  return Number(formatFixed(value, decimals));
}

/**
 * A sum of many terms with the first few shown: the rest is the printed total less the printed
 * terms, so it absorbs what rounding leaves over.
 */
export function printSum(
  shown: readonly number[],
  total: number,
  decimals: number,
  hasMore: boolean,
): PrintedSum {
  const terms = shown.map((term) => formatFixed(term, decimals));
  const sum = terms.reduce((before, term) => before + Number(term), 0);
  if (!hasMore) return { terms, total: formatFixed(sum, decimals) };
  const rest = rounded(total, decimals) - sum;
  return { terms, rest: formatFixed(rest, decimals), total: formatFixed(total, decimals) };
}

/**
 * The fewest decimals from `least` to `most` at which the printed factors multiply to the printed
 * products; `most` when none do.
 */
export function factorDecimals(
  pairs: readonly (readonly [number, number])[],
  productDecimals: number,
  least = 4,
  most = 8,
): number {
  for (let decimals = least; decimals < most; decimals++) {
    const agrees = pairs.every(
      ([a, b]) =>
        rounded(rounded(a, decimals) * rounded(b, decimals), productDecimals) ===
        rounded(a * b, productDecimals),
    );
    if (agrees) return decimals;
  }
  return most;
}

/** Numbers set between plus and minus signs: "0.12 + 0.30 - 0.05". */
export function signedSum(terms: readonly string[]): string {
  return terms
    .map((term, index) =>
      term.startsWith("-")
        ? index === 0
          ? term
          : `- ${term.slice(1)}`
        : index === 0
          ? term
          : `+ ${term}`,
    )
    .join(" ");
}

/**
 * Terms printed so that they add up to the printed total: those that rounding moved most take what is left over, one unit of the last decimal
 * each (largest remainders).
 */
export function printTerms(
  terms: readonly number[],
  total: number,
  decimals: number,
): readonly string[] {
  const unit = 10 ** -decimals;
  const printed = terms.map((term) => rounded(term, decimals));
  const sum = printed.reduce((before, term) => before + term, 0);
  let units = Math.round((rounded(total, decimals) - sum) / unit);
  const order = terms
    .map((term, place) => ({ place, moved: (term - printed[place]!) * Math.sign(units) }))
    .filter(({ place }) => Number.isFinite(terms[place]))
    .sort((a, b) => b.moved - a.moved);
  for (let turn = 0; units !== 0 && order.length > 0; turn++) {
    const { place } = order[turn % order.length]!;
    printed[place] = printed[place]! + Math.sign(units) * unit;
    units -= Math.sign(units);
  }
  return printed.map((term) => formatFixed(term, decimals));
}
