import { formatFixed } from "./numbers.ts";
import { rounded } from "./reconcile.ts";

/** The numbers from one query's dot products to its weights. */
export interface SoftmaxInput {
  /** q · k for each key. */
  readonly products: readonly number[];
  /** What each product is multiplied by, 1/√D in most models. */
  readonly scale: number;
  /** Added after scaling, one a key. */
  readonly bias?: ArrayLike<number>;
  /** Keys that cannot be looked at: their score is -∞. */
  readonly masked?: ArrayLike<boolean>;
}

/** One key's way to its weight, as printed. */
export interface SoftmaxRow {
  readonly key: number;
  readonly product: string;
  readonly scaled: string;
  readonly bias?: string;
  readonly score: string;
  /** Score less the largest score. */
  readonly below: string;
  readonly power: string;
  readonly weight: string;
}

/** All keys of one query, printed so that each number follows from the printed ones before it. */
export interface SoftmaxTable {
  readonly rows: readonly SoftmaxRow[];
  /** Sum of all powers. */
  readonly sum: string;
  /** Exact weights, one a key. */
  readonly weights: readonly number[];
}

const weightDecimals = 4;
const mostDecimals = 8;

/**
 * Softmax with its steps. Each printed number is computed from the printed ones before it; digits are
 * added until the weights that come out are the exact ones.
 */
export function softmaxTable(input: SoftmaxInput): SoftmaxTable {
  const weights = exactWeights(input);
  for (let decimals = weightDecimals; ; decimals++) {
    const table = printTable(input, decimals, weights);
    const agrees = table.rows.every(
      ({ key, weight }) => weight === formatFixed(weights[key]!, weightDecimals),
    );
    if (agrees || decimals === mostDecimals) return table;
  }
}

function exactWeights({ products, scale, bias, masked }: SoftmaxInput): number[] {
  const scores = products.map((product, key) =>
    masked?.[key] ? Number.NEGATIVE_INFINITY : product * scale + (bias?.[key] ?? 0),
  );
  const largest = Math.max(...scores);
  const powers = scores.map((score) => (Number.isFinite(score) ? Math.exp(score - largest) : 0));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => (total > 0 ? power / total : 0));
}

function printTable(
  input: SoftmaxInput,
  decimals: number,
  weights: readonly number[],
): SoftmaxTable {
  const { products, scale, bias, masked } = input;
  const parts = products.map((exact, key) => {
    const product = formatFixed(exact, decimals);
    const scaled = formatFixed(Number(product) * scale, decimals);
    const added = bias && formatFixed(bias[key]!, decimals);
    const score = masked?.[key]
      ? Number.NEGATIVE_INFINITY
      : rounded(Number(scaled) + Number(added ?? 0), decimals);
    return { key, product, scaled, bias: added, score };
  });
  const largest = Math.max(...parts.map(({ score }) => score));
  const steps = parts.map((part) => {
    const below =
      part.score === Number.NEGATIVE_INFINITY
        ? part.score
        : rounded(part.score - largest, decimals);
    return { ...part, below, power: rounded(Math.exp(below), decimals) };
  });
  const sum = steps.reduce((before, { power }) => before + power, 0);
  const rows = steps.map(({ score, below, power, ...part }) => ({
    ...part,
    score: formatFixed(score, decimals),
    below: formatFixed(below, decimals),
    power: formatFixed(power, decimals),
    weight: formatFixed(sum > 0 ? power / sum : 0, weightDecimals),
  }));
  return { rows, sum: formatFixed(sum, decimals), weights };
}
