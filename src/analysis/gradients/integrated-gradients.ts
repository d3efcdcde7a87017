/**
 * Integrated gradients (Sundararajan, Taly & Yan 2017, arXiv 1703.01365, eq. 1): on the straight way from a baseline x′ to the text x,
 * a_t = (x_t − x′_t) · ∫₀¹ ∂y/∂x_t (x′ + α (x − x′)) dα. They add up to y(x) − y(x′) (completeness), but for the error of the sum that stands
 * for the integral: it is said, and where it is large nothing is given.
 */

import { InputError } from "../../errors/errors.ts";
import { choiceOf, expectKeys } from "../../errors/options.ts";
import type { RunOptions } from "../../models/loaded-model.ts";
import type { Run } from "../../models/run.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { type Metric, metricReads, metricValue } from "../interventions/metric.ts";
import { repeatedInput, type Subject } from "../interventions/subject.ts";
import { type Baseline, baselineVectors, saidBaseline, usualBaseline } from "./baseline.ts";
import {
  gradientRun,
  type InputAttribution,
  realTokens,
  sideOf,
  type TokenValues,
} from "./gradient-run.ts";
import { metricOfGradient } from "./metric-of.ts";
import { type QuadratureRule, quadrature, quadratureRules } from "./quadrature.ts";

/** The way that gradients are taken on. */
export interface IntegratedGradientsOptions extends Pick<RunOptions, "signal"> {
  /** Where it begins; the mask, the padding or zeros if not given (`usualBaseline`), of a picture grey. */
  readonly baseline?: Baseline;
  /** How many steps; 20 if not given, and up to 160 where these do not add up. */
  readonly steps?: number;
  /** "gauss-legendre" if not given. */
  readonly rule?: QuadratureRule;
  /** Steps a batch; about as many as are quick together if not given. */
  readonly rows?: number;
  /** The largest error that is let pass, as a share of y(x) − y(x′); 0.05 if not given. */
  readonly tolerance?: number;
  /** Told after every batch how many steps are done. */
  readonly onProgress?: (done: number, all: number) => void;
}

/** What integrated gradients say, and how well they add up. */
export interface IntegratedGradients extends InputAttribution {
  readonly baseline: Baseline;
  readonly steps: number;
  readonly rule: QuadratureRule;
  /** The metric at the baseline: what the values add up from. */
  readonly baselineValue: number;
  /** Σ values − (value − baselineValue): 0 but for the error of the sum. */
  readonly delta: number;
}

/** Doubled until the values add up. */
const usualSteps = [20, 40, 80, 160];
const usualTolerance = 0.05;
/** Differences of metrics below this are as good as none: float32 leaves no more. */
const roundingLeft = 1e-5;
/** More tokens at once are not quicker. */
const quickTokens = 192;

/**
 * Integrated gradients of each token for a metric; also one that compares the text with itself, whose slope is 0 at the text alone. Special
 * tokens that the baseline leaves as they are get 0. Throws InputError where the values do not add up, with what helps.
 */
export async function integratedGradients(
  subject: Subject,
  metric: Metric,
  options: IntegratedGradientsOptions = {},
): Promise<IntegratedGradients> {
  expectKeys(
    options,
    {
      baseline: true,
      steps: true,
      rule: true,
      rows: true,
      tolerance: true,
      onProgress: true,
      signal: true,
    },
    "integratedGradients",
  );
  const { rule = "gauss-legendre", tolerance = usualTolerance } = options;
  if (options.steps !== undefined && !(Number.isInteger(options.steps) && options.steps >= 1))
    throw new InputError(
      `integrated gradients: steps ${options.steps}, needs a whole number from 1`,
    );
  choiceOf(quadratureRules, rule, "integrated gradients: rule");
  const of = await metricOfGradient(subject, metric, "integrated gradients");
  const baseline = options.baseline ?? usualBaseline(subject, await subject.clean());
  const starts = await baselineVectors(subject, baseline);
  const sites = [...starts.keys()];
  const clean = await subject.clean(sites);
  const ways = sites.map(
    (site): Way => ({
      site,
      start: starts.get(site)!,
      end: clean.trace.get(site),
    }),
  );
  const baselineValue = await valueAt(subject, of, ways, options);
  if (!Number.isFinite(baselineValue))
    throw new InputError(
      `integrated gradients: at the baseline ${saidBaseline(baseline)} there is no ${of.name}: this model keeps vectors of zeros as zeros, which point nowhere. Take a token's: "#5" is the one of id 5`,
    );
  const whole = of.clean - baselineValue;
  const allowed = Math.max(tolerance * Math.abs(whole), roundingLeft * (1 + Math.abs(of.clean)));
  let refused = "";
  const tried = options.steps === undefined ? usualSteps : [options.steps];
  for (const steps of tried) {
    const sums = await slopesAlong(subject, of, ways, quadrature(rule, steps), options);
    const sides = ways.map((way, side) => sideOfWay(clean, way, sums[side]!));
    const total = sides.reduce((sum, { values }) => sum + values.reduce((a, b) => a + b, 0), 0);
    const delta = total - whole;
    if (Math.abs(delta) <= allowed)
      return {
        metric: of.metric,
        name: of.name,
        value: of.clean,
        sides,
        ...{ baseline, steps, rule, baselineValue, delta },
      };
    refused = `integrated gradients: with ${steps} steps the values add up to ${total.toPrecision(4)}, and ${of.name} goes from ${baselineValue.toPrecision(4)} at the baseline to ${of.clean.toPrecision(4)}: off by ${delta.toPrecision(2)}, and ${allowed.toPrecision(2)} is let pass. Take more steps: ${2 * steps}${baseline === "zero" ? "; or another baseline, a token's: a norm jumps where vectors are zeros" : ""}`;
  }
  throw new InputError(refused);
}

/** A side's values: the way times the mean gradient on it. */
function sideOfWay(clean: Run, { site, start, end }: Way, slopes: Float64Array): TokenValues {
  const { places, tokens } = realTokens(clean, site);
  const C = end.shape[2]!;
  const values = places.map((place) => {
    let sum = 0;
    for (let c = place * C; c < (place + 1) * C; c++)
      sum += (end.data[c]! - start.data[c]!) * slopes[c]!;
    return sum;
  });
  return { stack: sideOf(site), tokens, values: Float64Array.from(values) };
}

/** A site's numbers at both ends. */
interface Way {
  readonly site: string;
  readonly start: Tensor;
  readonly end: Tensor;
}

/** The mean gradient along the way, a site each: (T, C). Steps are rows of a batch, whose embeddings are patched. */
async function slopesAlong(
  subject: Subject,
  of: Awaited<ReturnType<typeof metricOfGradient>>,
  ways: readonly Way[],
  { places, shares }: ReturnType<typeof quadrature>,
  { rows, signal, onProgress }: IntegratedGradientsOptions,
): Promise<Float64Array[]> {
  const tokens = ways.reduce((sum, { end }) => sum + end.shape[1]!, 0);
  const size = Math.min(places.length, rows ?? Math.max(1, Math.ceil(quickTokens / tokens)));
  const sums = ways.map(({ end }) => new Float64Array(end.data.length));
  for (let first = 0; first < places.length; first += size) {
    signal?.throwIfAborted();
    const chosen = places.slice(first, first + size);
    const { trace } = await gradientRun(
      subject,
      of,
      ways.map(({ site }) => site),
      {
        signal,
        rows: chosen.length,
        patch: ways.map((way) => ({ site: way.site, set: between(way, chosen) })),
      },
    );
    for (const [side, { site }] of ways.entries()) {
      const { data } = trace.get(`${site}.gradient`);
      const sum = sums[side]!;
      for (const row of chosen.keys())
        for (let c = 0; c < sum.length; c++)
          sum[c]! += shares[first + row]! * data[row * sum.length + c]!;
    }
    onProgress?.(Math.min(places.length, first + size), places.length);
  }
  return sums;
}

/** Numbers of a site so far along the way: (rows, T, C). */
function between({ start, end }: Way, places: readonly number[]): Tensor {
  const size = end.data.length;
  const data = new Float32Array(places.length * size);
  for (const [row, alpha] of places.entries())
    for (let c = 0; c < size; c++)
      data[row * size + c] = start.data[c]! + alpha * (end.data[c]! - start.data[c]!);
  return new Tensor([places.length, ...end.shape.slice(1)], data);
}

async function valueAt(
  subject: Subject,
  of: Awaited<ReturnType<typeof metricOfGradient>>,
  ways: readonly Way[],
  { signal }: IntegratedGradientsOptions,
): Promise<number> {
  const { trace } = await subject.model.run(repeatedInput(await subject.clean(), 1), {
    read: metricReads([of]),
    patch: ways.map(({ site, start }) => ({ site, set: start })),
    output: false,
    signal,
    onWarning: () => {},
  });
  return metricValue(of, trace);
}
