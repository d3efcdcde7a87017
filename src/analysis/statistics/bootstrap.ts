/** Percentile bootstrap (Efron 1979): θ* = a statistic of samples drawn with replacement from the sample there is, and its quantiles. */

import { expectKeys } from "../../errors/options.ts";

/** Where most of the draws lie. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** How an interval is drawn. */
export interface BootstrapOptions {
  /** Numbers from 0 up to 1, without 1. */
  readonly random: () => number;
  readonly draws?: number;
  /** How much of the draws the interval holds. */
  readonly level?: number;
}

/** The interval of a statistic over `count` units: it is handed which of them are drawn, some several times. Undefined where no draw has one. */
export function bootstrapInterval(
  count: number,
  statistic: (units: readonly number[]) => number,
  options: BootstrapOptions,
): Interval | undefined {
  expectKeys(options, { random: true, draws: true, level: true }, "bootstrapInterval");
  const { random, draws = 2000, level = 0.95 } = options;
  const values: number[] = [];
  for (let draw = 0; draw < draws; draw++) {
    const units = Array.from({ length: count }, () => Math.floor(random() * count));
    const value = statistic(units);
    if (!Number.isNaN(value)) values.push(value);
  }
  if (values.length === 0) return undefined;
  values.sort((a, b) => a - b);
  return {
    low: quantile(values, (1 - level) / 2),
    high: quantile(values, (1 + level) / 2),
  };
}

/** A quantile of sorted numbers, between two of them as NumPy has it. */
export function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)]!;
  return below + (place - Math.floor(place)) * (sorted[Math.ceil(place)]! - below);
}
