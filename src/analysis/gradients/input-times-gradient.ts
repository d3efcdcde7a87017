/**
 * Input × gradient: what each token's vector brings to a number, to first order (Denil et al. 2014, arXiv 1412.6815; Shrikumar et al. 2016,
 * arXiv 1605.01713): a_t = e_t · ∂y/∂e_t. It is signed, and adds up to nothing in particular: that is what integrated gradients mend.
 */

import { expectKeys } from "../../errors/options.ts";
import type { Metric } from "../interventions/metric.ts";
import type { Subject } from "../interventions/subject.ts";
import { dot } from "../linear/vectors.ts";
import {
  type GradientOptions,
  gradientOptions,
  type InputAttribution,
  inputAttribution,
} from "./gradient-run.ts";
import { slopedMetric } from "./metric-of.ts";

/** Each token's vector times the metric's gradient there, signed. Throws InputError as `saliency` does. */
export async function inputTimesGradient(
  subject: Subject,
  metric: Metric,
  options: GradientOptions = {},
): Promise<InputAttribution> {
  expectKeys(options, gradientOptions, "inputTimesGradient");
  const of = await slopedMetric(subject, metric, "input × gradient");
  return inputAttribution(subject, of, options, (vector, gradient) => dot(vector, gradient));
}
