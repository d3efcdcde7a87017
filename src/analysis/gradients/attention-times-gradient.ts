/**
 * Attention × gradient: A ∘ ∂y/∂A, how much each link brings to a number, to first order. A weight that is large and leads nowhere gets 0, which
 * weights alone do not show (Serrano & Smith 2019, arXiv 1906.03731, order weights by it; "inputs × gradients" of Chrysostomou & Aletras 2021,
 * arXiv 2105.02657).
 */

import { choiceOf, expectKeys } from "../../errors/options.ts";
import { Run } from "../../models/run.ts";
import { Trace } from "../../probe/trace.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Metric, ResolvedMetric } from "../interventions/metric.ts";
import type { Subject } from "../interventions/subject.ts";
import { layersIn, siteIn } from "../interventions/subject.ts";
import { type AttentionMaps, attentionMaps, type Stack, stacks } from "../layers/attention-maps.ts";
import { type GradientOptions, gradientOptions, gradientRun } from "./gradient-run.ts";
import { type SlopedMetric, slopedMetric } from "./metric-of.ts";

/** Whose attention. */
export interface AttentionGradientOptions extends GradientOptions {
  readonly stack?: Stack;
}

/** Maps whose numbers are no shares: signed, and rows do not sum to 1. */
export interface AttentionGradients extends Pick<ResolvedMetric, "metric" | "name"> {
  /** The metric on this text. */
  readonly value: number;
  /** Every head's weights times the metric's gradient at them. */
  readonly maps: Omit<AttentionMaps, "isCausal" | "canLook" | "visible">;
}

/** What every link of every head brings to a metric, to first order. Throws InputError as `saliency` does. */
export async function attentionTimesGradient(
  subject: Subject,
  metric: Metric,
  options: AttentionGradientOptions = {},
): Promise<AttentionGradients> {
  expectKeys(options, { ...gradientOptions, stack: true }, "attentionTimesGradient");
  const { stack = "encoder", ...rest } = options;
  choiceOf(stacks, stack, "attentionTimesGradient: stack");
  const of = await slopedMetric(subject, metric, "attention × gradient");
  const {
    maps: [maps],
  } = await linkMaps(subject, of, [stack], rest);
  return { metric: of.metric, name: of.name, value: of.clean, maps: maps! };
}

/** The same of several stacks from one run, with the run's gradients at other sites. */
export async function linkMaps(
  subject: Subject,
  of: SlopedMetric,
  stacks: readonly Stack[],
  { at = [], ...options }: GradientOptions & { readonly at?: readonly string[] },
): Promise<{ readonly maps: readonly AttentionMaps[]; readonly trace: Trace }> {
  const { model } = subject;
  const sites = stacks.flatMap((stack) =>
    Array.from({ length: layersIn(model, stack) }, (_, layer) =>
      siteIn(model, stack, layer, "weights"),
    ),
  );
  const run = await gradientRun(subject, of, [...sites, ...at], { ...options, read: sites });
  const clean = await subject.clean();
  const products = new Trace();
  for (const site of sites)
    products.put(site, product(run.trace.get(site), run.trace.get(`${site}.gradient`)), []);
  const { tokens, decoderTokens, layerTokens } = clean;
  const { inputs, output } = run;
  const named = new Run({ tokens, decoderTokens, layerTokens, inputs, output, trace: products });
  const isOne = !sites[0]!.startsWith("encoder.") && !sites[0]!.startsWith("decoder.");
  const maps = stacks.map((stack) => attentionMaps(named, isOne ? {} : { stack }));
  return { maps, trace: run.trace };
}

function product({ shape, data }: Tensor, { data: other }: Tensor): Tensor {
  return new Tensor(
    shape,
    data.map((value, place) => value * other[place]!),
  );
}
