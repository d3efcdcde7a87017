/**
 * Saliency: how long the gradient of a number is at each token's vector (Simonyan et al. 2014, arXiv 1312.6034, for pictures; Li et al. 2016,
 * arXiv 1506.01066, for words): s_t = ‖∂y/∂e_t‖. It says how sensitive the number is there, not which way, and not how much the token brought.
 */

import { choiceOf, expectKeys } from "../../errors/options.ts";
import type { Metric } from "../interventions/metric.ts";
import type { Subject } from "../interventions/subject.ts";
import {
  type GradientOptions,
  gradientOptions,
  type InputAttribution,
  inputAttribution,
} from "./gradient-run.ts";
import { slopedMetric } from "./metric-of.ts";

/** How a gradient becomes one number: √Σg², the mean of |g| (Li et al.), or the largest |g| (Simonyan et al.). */
export const saliencyNorms = ["l2", "l1", "max"] as const;

/** How saliency is computed. */
export interface SaliencyOptions extends GradientOptions {
  /** "l2" if not given. */
  readonly norm?: (typeof saliencyNorms)[number];
}

const folds: Readonly<Record<(typeof saliencyNorms)[number], (gradient: Float32Array) => number>> =
  {
    l2: (gradient) => Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0)),
    l1: (gradient) => gradient.reduce((sum, g) => sum + Math.abs(g), 0) / gradient.length,
    max: (gradient) => gradient.reduce((most, g) => Math.max(most, Math.abs(g)), 0),
  };

/**
 * The saliency of each token for a metric, ≥ 0. Throws InputError for a metric that compares the text with itself, whose gradient is 0, and
 * for one that is a function.
 */
export async function saliency(
  subject: Subject,
  metric: Metric,
  options: SaliencyOptions = {},
): Promise<InputAttribution> {
  expectKeys(options, { ...gradientOptions, norm: true }, "saliency");
  const { norm = "l2", ...rest } = options;
  const fold = folds[choiceOf(saliencyNorms, norm, "saliency: norm")];
  const of = await slopedMetric(subject, metric, "saliency");
  return inputAttribution(subject, of, rest, (_, gradient) => fold(gradient));
}
