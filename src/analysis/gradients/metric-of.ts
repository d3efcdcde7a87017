import { InputError } from "../../errors/errors.ts";
import type { RunInput } from "../../models/inputs.ts";
import type { RunOptions } from "../../models/loaded-model.ts";
import {
  isOfItself,
  type Metric,
  type ResolvedMetric,
  resolveMetric,
} from "../interventions/metric.ts";
import { type ExperimentModel, Subject } from "../interventions/subject.ts";

/** A metric that has a gradient, with what is done where the text is as it is. */
export interface SlopedMetric extends ResolvedMetric {
  readonly form: Exclude<ResolvedMetric["form"], { form: "function" }>;
}

/** A metric as numbers that can be differentiated. Throws InputError for a function, by its name. */
export async function metricOfGradient(
  subject: Subject,
  metric: Metric,
  place = "gradient",
): Promise<SlopedMetric> {
  if (metric.kind === "function")
    throw new InputError(
      `${place}: the metric "${metric.name}" is a function, which has no gradient. Use logProbability, logit, class, wordCosine, sentenceCosine or divergence`,
    );
  return (await resolveMetric(subject, metric)) as SlopedMetric;
}

/** The same for a run in which nothing is changed. Throws InputError for what compares it with itself: that is at its best there, and flat. */
export async function slopedMetric(
  subject: Subject,
  metric: Metric,
  place = "gradient",
): Promise<SlopedMetric> {
  if (isOfItself(metric))
    throw new InputError(`${place}: ${flatSaid(subject, metric)}. ${wayOut(subject, metric)}`);
  return metricOfGradient(subject, metric, place);
}

/** The metric of a run's gradients, found on its input as it is. */
export function metricOfRun(
  model: ExperimentModel,
  input: RunInput,
  metric: Metric,
  { patch = [], signal, onWarning = () => {} }: Pick<RunOptions, "patch" | "signal" | "onWarning">,
): Promise<SlopedMetric> {
  const subject = new Subject(model, input, { signal, onWarning });
  return (patch.length > 0 ? metricOfGradient : slopedMetric)(subject, metric);
}

function flatSaid({ model }: Subject, { kind }: Metric): string {
  const what =
    kind === "divergence"
      ? "the divergence from the prediction as it is"
      : `the cosine of ${kind === "wordCosine" ? "a word's" : "the sentence's"} vector to itself`;
  const headless = model.sites.has("logits") ? "" : `${model.label} gives no logits, and `;
  return `${headless}${what} has no slope where nothing is changed: every gradient is 0`;
}

function wayOut({ model }: Subject, metric: Metric): string {
  const others = [
    metric.kind === "wordCosine"
      ? 'to, another word of the text: { kind: "wordCosine", word, to }'
      : 'to, another text: { kind: "sentenceCosine", to }',
    "integrated gradients, which come from a baseline",
  ];
  if (model.sites.has("logits")) others.unshift("logProbability, logit or class");
  return `Use ${others.slice(0, -1).join(", or ")}; or ${others.at(-1)}`;
}
