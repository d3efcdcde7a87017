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
const mostDecimals = 9;

/** Softmax with its steps; digits are added until the printed steps agree with each other. */
export function softmaxTable(input: SoftmaxInput): SoftmaxTable {
  for (let decimals = 4; decimals < mostDecimals; decimals++)
    for (let powerDecimals = 4; powerDecimals <= decimals; powerDecimals++) {
      const table = printTable(input, decimals, powerDecimals);
      if (agrees(table, input, decimals, powerDecimals)) return table;
    }
  return printTable(input, mostDecimals, mostDecimals);
}

function printTable(input: SoftmaxInput, decimals: number, powerDecimals: number): SoftmaxTable {
  const { products, scale, bias, masked } = input;
  const exact = products.map((product, key) =>
    masked?.[key] ? Number.NEGATIVE_INFINITY : product * scale + (bias?.[key] ?? 0),
  );
  const largest = Math.max(...exact);
  const powers = exact.map((score) =>
    score === Number.NEGATIVE_INFINITY ? 0 : Math.exp(score - largest),
  );
  const total = powers.reduce((sum, power) => sum + power, 0);
  const weights = powers.map((power) => (total > 0 ? power / total : 0));
  // Scores add up from printed parts, so the printed one may be a last digit off the exact one.
  const scores = exact.map((score, key) =>
    Number.isFinite(score)
      ? rounded(products[key]! * scale, decimals) + (bias ? rounded(bias[key]!, decimals) : 0)
      : score,
  );
  const printedLargest = scores[exact.indexOf(largest)] ?? 0;
  const rows = products.map((product, key) => ({
    key,
    product: formatFixed(product, decimals),
    scaled: formatFixed(product * scale, decimals),
    bias: bias ? formatFixed(bias[key]!, decimals) : undefined,
    score: formatFixed(scores[key]!, decimals),
    below: formatFixed(scores[key]! - printedLargest, decimals),
    power: formatFixed(powers[key]!, powerDecimals),
    weight: formatFixed(weights[key]!, weightDecimals),
  }));
  const sum = rows.reduce((before, { power }) => before + Number(power), 0);
  return { rows, sum: formatFixed(sum, powerDecimals), weights };
}

/** Whether scaled follows from the product, the power from the difference and the weight from the power, as printed. */
function agrees(
  { rows, sum }: SoftmaxTable,
  { scale }: SoftmaxInput,
  decimals: number,
  powerDecimals: number,
): boolean {
  return rows.every(({ product, scaled, below, power, weight }) => {
    if (below === "-∞") return true;
    return (
      rounded(Number(product) * scale, decimals) === Number(scaled) &&
      rounded(Math.exp(Number(below)), powerDecimals) === Number(power) &&
      rounded(Number(power) / Number(sum), weightDecimals) === Number(weight)
    );
  });
}
