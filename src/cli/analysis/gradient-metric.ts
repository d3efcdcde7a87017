import { defaultMetrics, largest } from "../../analysis/interventions/default-metrics.ts";
import { isOfItself, type Metric } from "../../analysis/interventions/metric.ts";
import type { Subject } from "../../analysis/interventions/subject.ts";
import { InputError } from "../../errors/errors.ts";
import { shortName } from "../../models/short-name.ts";
import { tokensOf } from "../../models/site-tokens.ts";
import { tokensNamed } from "../../probe/words.ts";
import { readText } from "../input/text-input.ts";

/** What says which number is explained. */
export interface MetricOptions {
  readonly word?: string;
  readonly to?: string;
  readonly like?: string;
  readonly answers?: readonly string[];
  readonly class?: string;
}

/** The number that options name, or the one a model's head suggests. */
export async function metricAsked(subject: Subject, options: MetricOptions): Promise<Metric> {
  const { word, to, like, answers, class: label } = options;
  const { model } = subject;
  if (like !== undefined) return { kind: "sentenceCosine", to: (await readText(like)) as string };
  if (to !== undefined) {
    if (word === undefined)
      throw new InputError(`--to ${to}: whose vector is likened to it? Name a word: --word it`);
    return { kind: "wordCosine", word, to };
  }
  if (word !== undefined && /language modeling/.test(model.task)) {
    const { trace } = await subject.clean(["logits"]);
    const { queries } = tokensOf(await subject.clean(), "logits");
    const query = tokensNamed(word, queries, "--word").at(-1)!;
    const [token, minus] = answers ?? largest(trace.get("logits").select(0, query).data, 2);
    return {
      kind: "logProbability",
      token: token!,
      ...(minus !== undefined && { minus }),
      query,
    };
  }
  const choice = { word, label, ...(answers && { answers }) };
  const [metric] = await defaultMetrics(subject, choice);
  return metric!;
}

/** Throws InputError for a number whose gradient is 0 because it compares the text with itself, with what to ask instead. */
export function expectSlope(subject: Subject, metric: Metric, others: readonly string[]): void {
  if (!isOfItself(metric)) return;
  const { model } = subject;
  const why = model.sites.has("logits")
    ? "this text has nothing to be predicted alone"
    : `${shortName(model.label)} predicts nothing, it makes vectors`;
  const mask = model.tokenizer?.specialTokens.mask?.text;
  const ways = [
    ...(model.sites.has("logits") && mask ? [`write ${mask} in it`] : []),
    '--like "another text" (what makes the two alike)',
    "--word it --to cat (what makes the one word's vector like the other's)",
    ...others,
  ];
  throw new InputError(
    `${why}, and a vector compared with itself has no slope: every gradient would be 0. Say what to explain: ${ways.join(", or ")}`,
  );
}

/** What stays as it is while the number's words change, where that is not plain from its name: of two words of one text, the second. */
export function heldNotes(metric: Metric): string[] {
  if (metric.kind !== "wordCosine" || metric.to === undefined) return [];
  const { word, to } = metric;
  return [
    `The vector of "${to}" is held as it is here: what is explained is how "${word}" comes to it.`,
  ];
}

/** A number as a sentence goes on with it: "log P(mat) at [MASK]", "the cosine of …". */
export function saidMetric({ name }: { readonly name: string }): string {
  return /^log/.test(name) ? name : `the ${name}`;
}
