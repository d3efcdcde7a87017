import { InputError, SiteError } from "../errors/errors.ts";
import { logSumExp } from "../tensor/gradients/operations.ts";
import { subtract } from "../tensor/gradients/vjp.ts";
import type { LazyTensor } from "../tensor/lazy-tensor.ts";
import { multiply, reshape, scale, sum, unit } from "../tensor/operations.ts";
import { part } from "../tensor/part-operations.ts";
import type { Program } from "../tensor/program.ts";
import { sizeOf } from "../tensor/shape.ts";

/** Arithmetic on the part of a site: all that a metric which is data comes to. */
export type DifferentiableForm =
  /** Σ weight · x[index], of x itself or of its log-softmax. */
  | {
      readonly form: "sum";
      readonly of: "logits" | "logProbabilities";
      readonly terms: readonly { readonly index: number; readonly weight: number }[];
    }
  /** The cosine of the mean over the places to a vector. */
  | { readonly form: "cosine"; readonly to: Float64Array }
  /** Σ p · (log p − log softmax(x)), p the softmax of these logits. */
  | { readonly form: "divergence"; readonly from: Float32Array };

/** One number of a run, as a function of one site: what `resolveMetric` makes of a metric that is data. */
export interface DifferentiableMetric {
  /** "logits", "final", "sentence" … */
  readonly site: string;
  /** Places of axis T; undefined where the site has none (B, C). */
  readonly places: readonly number[] | undefined;
  /** Rows of the batch that count; all if not given. */
  readonly rows?: readonly number[];
  readonly form: DifferentiableForm | { readonly form: "function" };
}

/** How alike one image and one text are, in a model of two towers: their number in `logitsPerImage`. */
export interface SimilarityMetric {
  readonly kind: "similarity";
  /** Which image, from 0; the first if not given. */
  readonly image?: number;
  /** Which text, from 0; the first if not given. */
  readonly text?: number;
}

/** The same as a part of a site. */
export function similarityForm({ image = 0, text = 0 }: SimilarityMetric): DifferentiableMetric {
  const terms = [{ index: text, weight: 1 }];
  return {
    site: "logitsPerImage",
    places: undefined,
    rows: [image],
    form: { form: "sum", of: "logits", terms },
  };
}

/** Records a metric's value, summed over the rows of the batch, less `metricConstant`: → (). */
export function recordMetric(
  metric: DifferentiableMetric,
  site: LazyTensor | undefined,
): LazyTensor {
  const { places, rows, form } = metric;
  if (form.form === "function")
    throw new InputError(
      "gradient: a metric that is a function has no gradient. Use logProbability, logit, class, wordCosine, sentenceCosine or divergence",
    );
  if (!site)
    throw new SiteError(`gradient: this model has no site "${metric.site}" to take a number of`);
  const wrong = rows?.find((row) => !Number.isInteger(row) || row < 0 || row >= site.shape[0]!);
  if (wrong !== undefined)
    throw new InputError(
      `gradient: ${site.shape[0]} rows of "${metric.site}", from 0, and the metric is of row ${wrong}`,
    );
  const chosen = rows || places ? part(site, [rows, places]) : site; // (B, P, n) or (B, n)
  const program = site.program as Program;
  const n = site.shape.at(-1)!;
  const vector = (numbers: Float32Array) => program.input(numbers, [n], "metric");
  if (form.form === "cosine") {
    const mean = places ? scale(sum(chosen, 1), 1 / places.length) : chosen; // (B, n)
    return total(multiply(unit(mean), vector(ofLengthOne(form.to))));
  }
  const factors = factorsOf(form, n);
  const linear = total(multiply(chosen, vector(factors)));
  const share = form.form === "divergence" ? -1 : form.of === "logits" ? 0 : totalWeight(form);
  return share === 0 ? linear : subtract(linear, scale(total(logSumExp(chosen)), share));
}

/** What of a metric's value does not depend on the run: Σ p · log p of a divergence, once a row. */
export function metricConstant({ form }: DifferentiableMetric, rows: number): number {
  if (form.form !== "divergence") return 0;
  const p = softmax(form.from);
  return rows * p.reduce((sum, share) => sum + (share > 0 ? share * Math.log(share) : 0), 0);
}

function factorsOf(form: Exclude<DifferentiableForm, { form: "cosine" }>, n: number): Float32Array {
  if (form.form === "divergence") return Float32Array.from(softmax(form.from), (p) => -p);
  const factors = new Float32Array(n);
  for (const { index, weight } of form.terms) {
    if (!Number.isInteger(index) || index < 0 || index >= n)
      throw new InputError(
        `gradient: there are ${n} numbers, from 0, and the metric is of ${index}`,
      );
    factors[index]! += weight;
  }
  return factors;
}

function totalWeight({ terms }: Extract<DifferentiableForm, { form: "sum" }>): number {
  return terms.reduce((sum, { weight }) => sum + weight, 0);
}

function total(x: LazyTensor): LazyTensor {
  return sum(reshape(x, [sizeOf(x.shape)]), 0);
}

function ofLengthOne(vector: Float64Array): Float32Array {
  const length = Math.hypot(...vector);
  return Float32Array.from(vector, (number) => number / length);
}

function softmax(logits: Float32Array): Float64Array {
  const most = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const exponentials = Float64Array.from(logits, (logit) => Math.exp(logit - most));
  const sum = exponentials.reduce((a, b) => a + b, 0);
  return exponentials.map((value) => value / sum);
}
