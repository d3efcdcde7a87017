/**
 * Metrics: what of a run's output an experiment follows, as plain data. `resolveMetric` turns names into numbers once (a site, a part of it
 * and one of three forms of arithmetic); what is left is a sum of log-probabilities, a cosine or a divergence of one tensor, which can be
 * computed on a finished run and be recorded as operations alike.
 *
 * The logit difference of two tokens, m = y_a − y_b, is the metric of Wang et al. 2022 (arXiv 2211.00593); log-probabilities instead of logits count what
 * all other tokens gain as well (Zhang & Nanda 2023, arXiv 2309.16042).
 */

import { InputError } from "../../errors/errors.ts";
import type { DifferentiableForm } from "../../models/differentiable-metric.ts";
import type { Run } from "../../models/run.ts";
import { mergedPlaces, tokensOf } from "../../models/site-tokens.ts";
import type { Trace } from "../../probe/trace.ts";
import { type TextToken, tokensNamed, type Which } from "../../probe/words.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { cosine } from "../linear/vectors.ts";
import { inputSaid, type OtherInput } from "./intervention.ts";
import {
  choiceSaid,
  labelNamed,
  type TokenName,
  tokenNamed,
  tokenSaid,
  wordSaidIn,
} from "./names.ts";
import type { RowRead } from "./run-rows.ts";
import { type ExperimentModel, expectStack, finalSite, realRows, type Subject } from "./subject.ts";

/** The logit, or the log-probability (natural), of a token at one place; with `minus` less that of another token there. */
export interface TokenMetric {
  readonly kind: "logit" | "logProbability";
  readonly token: TokenName;
  readonly minus?: TokenName;
  /** Whose prediction: the mask's, or else the last token's, if not given. */
  readonly query?: number | string;
}

/** The logit of a class; with `minus` less that of another. */
export interface ClassMetric {
  readonly kind: "class";
  readonly label: number | string;
  readonly minus?: number | string;
  /** In models that label every token: which. */
  readonly query?: number | string;
}

/** Of an encoder-decoder: whose final vectors; the encoder's, which no change of the decoder reaches, if not given. */
export type VectorStack = "encoder" | "decoder";

/**
 * The cosine of a word's final vector (the mean of its pieces) to what it is when nothing is changed; with `to`, to that of another word of
 * the text when nothing is changed.
 */
export interface WordMetric {
  readonly kind: "wordCosine";
  readonly word: Which;
  readonly to?: Which;
  readonly stack?: VectorStack;
}

/** The same of the sentence's vector: the checkpoint's own, or where it has none the mean over all real tokens; with `to`, to another text's. */
export interface SentenceMetric {
  readonly kind: "sentenceCosine";
  readonly to?: OtherInput;
  readonly stack?: VectorStack;
}

/** KL(before ‖ after), in nats, of the distribution over tokens or labels at one place. */
export interface DivergenceMetric {
  readonly kind: "divergence";
  readonly query?: number | string;
}

/** Any function of a finished run, by what it has to read. It is no data: it goes into no file, and has no gradient. */
export interface FunctionMetric {
  readonly kind: "function";
  readonly name: string;
  readonly read: readonly RowRead[];
  /** Its value in one row of a run's trace, where the other rows are other changes of the same text. */
  readonly of: (trace: Trace, row: number) => number;
}

/** Whether a metric compares a run with itself, unchanged: 1, or no divergence, there, and flat. */
export function isOfItself(metric: Metric): boolean {
  if (metric.kind === "divergence") return true;
  return isCosineToItself(metric);
}

/** Whether it is the cosine of a vector to what that is when nothing is changed, which a change turns by 1 − cosine. */
export function isCosineToItself(metric: Metric): boolean {
  const isCosine = metric.kind === "wordCosine" || metric.kind === "sentenceCosine";
  return isCosine && metric.to === undefined;
}

/** What an experiment follows. */
export type Metric =
  | FunctionMetric
  | TokenMetric
  | ClassMetric
  | WordMetric
  | SentenceMetric
  | DivergenceMetric;

/** Arithmetic on the part of a site: all that a metric which is data comes to, and what a person wrote. */
export type MetricForm =
  | DifferentiableForm
  | {
      readonly form: "function";
      readonly of: FunctionMetric["of"];
      readonly read: readonly RowRead[];
    };

/** A metric whose names are numbers: where to read, and what to do with it. */
export interface ResolvedMetric {
  readonly metric: Metric;
  /** In words: "log P(mat) − log P(rug) at [MASK]". */
  readonly name: string;
  readonly site: string;
  /** Places of axis T; undefined where the site has none (B, C). */
  readonly places: readonly number[] | undefined;
  readonly form: MetricForm;
  /** What it is when nothing is changed. */
  readonly clean: number;
}

/** A metric on a subject's text. Throws InputError for one that the model has no head for, SiteError for a word that is not there. */
export async function resolveMetric(subject: Subject, metric: Metric): Promise<ResolvedMetric> {
  const { model } = subject;
  const place = `metric ${metric.kind}`;
  if (metric.kind === "function") return functionMetric(subject, metric, place);
  const found = await (metric.kind === "wordCosine" || metric.kind === "sentenceCosine"
    ? vectorMetric(subject, metric, place)
    : logitsMetric(subject, metric, place));
  const run = await subject.clean([found.site]);
  const values = valuesOf(run.trace.get(found.site), found.places, 0);
  const form: Found["form"] =
    found.form.form === "cosine"
      ? { form: "cosine", to: meanOf(await comparedWith(subject, metric, found, values)) }
      : found.form.form === "divergence"
        ? { form: "divergence", from: values[0]! }
        : found.form;
  expectFinite(form, `${place}, ${model.label}`);
  const resolved = { ...found, metric, form };
  return { ...resolved, clean: formValue(form, values) };
}

/** The rows whose mean a cosine is to: the run's own, another word's, or another text's. */
async function comparedWith(
  subject: Subject,
  metric: Metric,
  { site }: Found,
  own: Float32Array[],
): Promise<Float32Array[]> {
  if (metric.kind === "wordCosine" && metric.to !== undefined) {
    const run = await subject.clean([site]);
    const places = placesNamed(run, site, metric.to, "metric wordCosine, to");
    return valuesOf(run.trace.get(site), places, 0);
  }
  if (metric.kind !== "sentenceCosine" || metric.to === undefined) return own;
  const other = await subject.runOf(metric.to, [site]);
  return valuesOf(
    other.trace.get(site),
    site === "sentence" ? undefined : realRows(other, site),
    0,
  );
}

/** What a run has to read for these metrics. */
export function metricReads(metrics: readonly ResolvedMetric[]): RowRead[] {
  return metrics.flatMap(({ site, places, form }) =>
    form.form === "function" ? form.read : [{ site, ...(places && { query: places }) }],
  );
}

/** A metric's value in one row of a run that read what `metricReads` says. */
export function metricValue({ site, places, form }: ResolvedMetric, trace: Trace, row = 0): number {
  if (form.form === "function") return form.of(trace, row);
  const part = trace.part(site, places ? [[row], places] : [[row]], "metric");
  return formValue(form, valuesOf(part, places && [...places.keys()], 0));
}

/** Rows of a tensor (B, T, …) or (B, …), of one row of the batch. */
function valuesOf(
  { data, shape }: Tensor,
  places: readonly number[] | undefined,
  row: number,
): Float32Array[] {
  const width = shape.at(-1)!;
  const length = shape.length > 2 ? shape[1]! : 1;
  return (places ?? [0]).map((place) => {
    const start = (row * length + place) * width;
    return data.subarray(start, start + width);
  });
}

/** A form of arithmetic, carried out on the rows of its part. */
export function formValue(
  form: Exclude<MetricForm, { form: "function" }>,
  values: readonly Float32Array[],
): number {
  if (form.form === "cosine") return cosine(meanOf(values), form.to);
  const [logits] = values as [Float32Array];
  if (form.form === "divergence") return divergence(form.from, logits);
  const total = form.of === "logits" ? 0 : logSum(logits);
  return form.terms.reduce((sum, { index, weight }) => sum + weight * (logits[index]! - total), 0);
}

function meanOf(values: readonly Float32Array[]): Float64Array {
  const mean = new Float64Array(values[0]!.length);
  for (const row of values)
    for (let c = 0; c < row.length; c++) mean[c]! += row[c]! / values.length;
  return mean;
}

/** log Σ e^x */
export function logSum(logits: ArrayLike<number>): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) most = Math.max(most, logits[i]!);
  let total = 0;
  for (let i = 0; i < logits.length; i++) total += Math.exp(logits[i]! - most);
  return most + Math.log(total);
}

/** KL of the softmax of `before` to that of `after`, in nats. */
export function divergence(before: ArrayLike<number>, after: ArrayLike<number>): number {
  const [totalBefore, totalAfter] = [logSum(before), logSum(after)];
  let sum = 0;
  for (let i = 0; i < before.length; i++) {
    const log = before[i]! - totalBefore;
    sum += Math.exp(log) * (log - (after[i]! - totalAfter));
  }
  return Math.max(0, sum);
}

async function functionMetric(
  subject: Subject,
  metric: FunctionMetric,
  place: string,
): Promise<ResolvedMetric> {
  const { name, read, of } = metric;
  if (typeof of !== "function" || read.length === 0)
    throw new InputError(`${place}: needs read, the sites it reads, and of, a function of a trace`);
  const run = await subject.clean(read.map(({ site }) => site));
  const clean = of(run.trace, 0);
  if (!Number.isFinite(clean))
    throw new InputError(
      `${place} "${name}": gives ${clean} for the run without changes; nothing can be measured against it`,
    );
  const form: MetricForm = { form: "function", of, read };
  return { metric, name, site: read[0]!.site, places: undefined, form, clean };
}

/** A metric before the run it is measured against is known. */
interface Found extends Omit<ResolvedMetric, "clean" | "metric" | "form"> {
  readonly form: Exclude<MetricForm, { form: "function" }>;
}

async function vectorMetric(
  subject: Subject,
  metric: WordMetric | SentenceMetric,
  place: string,
): Promise<Found> {
  const { model } = subject;
  const form: Found["form"] = { form: "cosine", to: new Float64Array() };
  const { stack } = metric;
  if (stack !== undefined) expectStack(model, stack, place);
  const isDecoder = stack === "decoder";
  const site = isDecoder ? "decoder.final" : finalSite(model);
  const where = isDecoder ? " in the decoder" : "";
  const run = await subject.clean([]);
  if (metric.kind === "wordCosine") {
    const places = placesNamed(run, site, metric.word, place);
    const tokens = tokensOfPlaces(run, site);
    const word = wordSaidIn(metric.word, tokens);
    const name =
      metric.to === undefined
        ? `vector of ${word}${where}`
        : `cosine of ${word} to ${wordSaidIn(metric.to, tokens)}${where}`;
    return { name, site, places, form };
  }
  const to = metric.to && `cosine of the sentence to ${inputSaid(metric.to)}${where}`;
  if (model.sites.has("sentence") && !isDecoder)
    return { name: to ?? "sentence vector", site: "sentence", places: undefined, form };
  const places = realRows(run, site);
  return { name: to ?? `mean of all final vectors${where}`, site, places, form };
}

/** Where a word's tokens are in a site; those that are merged on the way are named as they are before the first layer. */
function placesNamed(run: Run, site: string, which: Which, place: string): readonly number[] {
  return mergedPlaces(run, site, [
    ...new Set(tokensNamed(which, tokensOfPlaces(run, site), place)),
  ]);
}

/** The tokens that words of a site are named among. */
function tokensOfPlaces(run: Run, site: string): readonly TextToken[] {
  return run.layerTokens ? run.tokens[0]! : tokensOf(run, site).queries;
}

async function logitsMetric(
  subject: Subject,
  metric: TokenMetric | ClassMetric | DivergenceMetric,
  place: string,
): Promise<Found> {
  const { model } = subject;
  const kind = model.sites.get("logits");
  if (!kind)
    throw new InputError(
      `${place}: ${model.label} gives no logits, only vectors. Use wordCosine or sentenceCosine`,
    );
  const run = await subject.clean(["logits"]);
  const { shape } = run.trace.get("logits");
  const site = "logits";
  const isClass = /classification|choice|answering|detection/.test(model.task);
  if (metric.kind !== "divergence" && isClass !== (metric.kind === "class"))
    throw new InputError(
      isClass
        ? `${place}: ${model.label} predicts labels, not tokens. Use { kind: "class", label }`
        : `${place}: ${model.label} predicts tokens, not labels. Use { kind: "logProbability", token }`,
    );
  const places = shape.length > 2 ? [placeOf(run, model, metric.query, place)] : undefined;
  if (!places && metric.query !== undefined)
    throw new InputError(
      `${place}: ${model.label} gives one prediction a text, so there is no query ${JSON.stringify(metric.query)}. Leave it out`,
    );
  const token = places && tokensOf(run, site).queries[places[0]!]!;
  const where = token ? ` at ${tokenSaid(token)}` : "";
  if (metric.kind === "divergence")
    return {
      name: `KL of the prediction${where}`,
      site,
      places,
      form: { form: "divergence", from: new Float32Array() },
    };
  const width = shape.at(-1)!;
  const one = (name: number | string) =>
    metric.kind === "class"
      ? labelNamed(model, name, width, place)
      : tokenNamed(model, name, place);
  const first = metric.kind === "class" ? metric.label : metric.token;
  const terms = [
    { index: one(first), weight: 1 },
    ...(metric.minus === undefined ? [] : [{ index: one(metric.minus), weight: -1 }]),
  ];
  for (const { index } of terms)
    if (!Number.isInteger(index) || index < 0 || index >= width)
      throw new InputError(`${place}: index ${index}, but there are ${width}: 0 to ${width - 1}`);
  const sign = metric.kind === "logProbability" ? "log P" : "logit ";
  const said = [first, ...(metric.minus === undefined ? [] : [metric.minus])]
    .map((name) => `${sign}(${choiceSaid(model, name, metric.kind === "class")})`)
    .join(" − ");
  const of = metric.kind === "logProbability" ? "logProbabilities" : "logits";
  return {
    name: said.replaceAll("logit (", "logit(") + where,
    site,
    places,
    form: { form: "sum", of, terms },
  };
}

/** Whose prediction is meant: the one named, the only mask, or the last token. */
function placeOf(
  run: Run,
  model: ExperimentModel,
  query: number | string | undefined,
  place: string,
): number {
  const { queries } = tokensOf(run, "logits");
  if (query !== undefined) return tokensNamed(query, queries, `${place}, query`).at(-1)!;
  if (model.task !== "masked language modeling") {
    // Nothing is predicted behind padding.
    return realRows(run, "logits").at(-1)!;
  }
  const masks = maskPlaces(run, model);
  if (masks.length === 1) return masks[0]!;
  throw new InputError(
    masks.length === 0
      ? `${place}: the text has no mask to predict. Write ${model.tokenizer?.specialTokens.mask?.text ?? "one"} in it, or give query`
      : `${place}: the text has ${masks.length} masks. Say which with query: ${masks.join(" or ")}`,
  );
}

/** Where a text has masks. */
export function maskPlaces({ inputs }: Run, { tokenizer }: ExperimentModel): number[] {
  const mask = tokenizer?.specialTokens.mask;
  if (!mask || !inputs.ids) return [];
  return [...inputs.ids.keys()].filter((place) => inputs.ids![place] === mask.id);
}

function expectFinite(form: MetricForm, place: string): void {
  const numbers = form.form === "cosine" ? form.to : form.form === "divergence" ? form.from : [];
  if ([...numbers].every(Number.isFinite)) return;
  throw new InputError(
    `${place}: the run without changes holds numbers that are not finite. Nothing can be measured against it`,
  );
}
