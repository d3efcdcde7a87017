/**
 * Head importance (Michel, Levy & Neubig 2019, arXiv 1905.10650, eq. 2): how much a number would change if a head were turned down a little,
 * I_h = E_x |Att_h(x)ᵀ ∂y/∂Att_h(x)|, the absolute value inside the mean over texts. Published code takes it of a whole batch's sum, where
 * texts that pull against one another cancel; here every text has its own. Since a head's output is linear in its weights, Σ A ∘ ∂y/∂A is the
 * same number.
 */

import { InputError } from "../../errors/errors.ts";
import { choiceOf, expectKeys } from "../../errors/options.ts";
import { formatHead, type HeadAddress } from "../../probe/head-address.ts";
import type { Patch } from "../../probe/patch.ts";
import type { Metric } from "../interventions/metric.ts";
import { headsIn, layersIn, type Subject, siteIn } from "../interventions/subject.ts";
import { type Stack, stacks } from "../layers/attention-maps.ts";
import { dot } from "../linear/vectors.ts";
import { type GradientOptions, gradientOptions, gradientRun } from "./gradient-run.ts";
import { metricOfGradient, slopedMetric } from "./metric-of.ts";

/** Whose heads. */
export interface HeadImportanceOptions extends GradientOptions {
  readonly stack?: Stack;
  /** What is changed in the run whose gradients are taken; the metric is still found on the text as it is. */
  readonly patch?: readonly Patch[];
}

/** One head's part in a number. */
export interface HeadGradient extends HeadAddress {
  /** Σ mixed ∘ ∂y/∂mixed: what turning the head down by a small share takes from the metric, per share; signed. */
  readonly value: number;
}

/** Heads of one text. */
export interface HeadGradients {
  readonly metric: Metric;
  readonly name: string;
  /** The metric on this text. */
  readonly value: number;
  readonly heads: readonly HeadGradient[];
}

/** What each head brings to a metric on one text, to first order, signed: its size is the head's importance. Throws InputError as `saliency` does. */
export async function headGradients(
  subject: Subject,
  metric: Metric,
  options: HeadImportanceOptions = {},
): Promise<HeadGradients> {
  expectKeys(options, { ...gradientOptions, stack: true, patch: true }, "headGradients");
  const { stack = "encoder", patch = [], ...rest } = options;
  choiceOf(stacks, stack, "headGradients: stack");
  const { model } = subject;
  const find = patch.length > 0 ? metricOfGradient : slopedMetric;
  const of = await find(subject, metric, "head importance");
  const layers = Array.from({ length: layersIn(model, stack) }, (_, layer) => layer);
  const sites = layers.map((layer) => siteIn(model, stack, layer, "mixed"));
  const { trace } = await gradientRun(subject, of, sites, { ...rest, patch, read: sites });
  const heads = sites.flatMap((site, layer) => {
    const [mixed, gradients] = [trace.get(site), trace.get(`${site}.gradient`)];
    return Array.from({ length: headsIn(model, stack, layer) }, (_, head) => ({
      layer,
      head,
      value: dot(mixed.select(0, head).data, gradients.select(0, head).data),
    }));
  });
  return { metric: of.metric, name: of.name, value: of.clean, heads };
}

/** How heads of different layers are made comparable: "none", or "layer": each layer's divided by the root of the sum of its squares, as Michel et al. do. */
export const importanceScales = ["none", "layer"] as const;

/** One head's importance over texts. */
export interface HeadImportance extends HeadAddress {
  /** E |Σ mixed ∘ ∂y/∂mixed|, ≥ 0. */
  readonly importance: number;
}

/** The importance of heads over texts: the mean of each text's own absolute value. Throws InputError for no text, and for other heads. */
export function headImportance(
  texts: readonly HeadGradients[],
  options: { readonly scale?: (typeof importanceScales)[number] } = {},
): HeadImportance[] {
  expectKeys(options, { scale: true }, "headImportance");
  const { scale = "none" } = options;
  const [first] = texts;
  if (!first) throw new InputError("head importance: needs at least one text");
  choiceOf(importanceScales, scale, "head importance: scale");
  const names = (one: HeadGradients) => one.heads.map(formatHead).join();
  if (texts.some((one) => names(one) !== names(first)))
    throw new InputError(
      "head importance: the texts have other heads. Take texts of one model and one stack",
    );
  const means = first.heads.map(
    (_, n) => texts.reduce((sum, { heads }) => sum + Math.abs(heads[n]!.value), 0) / texts.length,
  );
  const lengths = new Map<number, number>();
  for (const [n, { layer }] of first.heads.entries())
    lengths.set(layer, (lengths.get(layer) ?? 0) + means[n]! ** 2);
  return first.heads.map(({ layer, head }, n) => {
    const length = scale === "layer" ? Math.sqrt(lengths.get(layer)!) : 1;
    return { layer, head, importance: length > 0 ? means[n]! / length : 0 };
  });
}
