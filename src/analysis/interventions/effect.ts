import { InputError } from "../../errors/errors.ts";
import { expectKeys } from "../../errors/options.ts";
import { tokensOf } from "../../models/site-tokens.ts";
import type { Patch } from "../../probe/patch.ts";
import { nounIn } from "../explain/context.ts";
import { isForetellable, predictedChanges } from "../gradients/attribution-patching.ts";
import { quantile } from "../statistics/bootstrap.ts";
import { type Control, controlsOf } from "./controls.ts";
import { type Intervention, interventionSaid } from "./intervention.ts";
import { chanceFor } from "./links.ts";
import {
  isOfItself,
  type Metric,
  metricReads,
  metricValue,
  type ResolvedMetric,
  resolveMetric,
} from "./metric.ts";
import { tokenNames } from "./names.ts";
import { type Outcome, outcomePlaces, outcomesOf, withReach } from "./outcome.ts";
import { patchesOf } from "./patches-of.ts";
import {
  type MeasuredRow,
  type NumbersOptions,
  numbersOptions,
  rowNumbers,
} from "./row-numbers.ts";
import type { Subject } from "./subject.ts";
import {
  type Distance,
  distances,
  followedPlaces,
  type Station,
  stationReads,
  stationsOf,
  whereStays,
} from "./travel.ts";

/** What an effect is measured by. */
export interface EffectOptions extends NumbersOptions {
  readonly metrics: readonly Metric[];
  /** Token places of the word that is followed through the layers; all tokens if not given. */
  readonly word?: readonly number[];
  /** How many controls at most; 0 for none. */
  readonly controls: number;
  readonly seed: number;
  /** Whether gradients foretell each metric's change, beside the one that is found. */
  readonly foretell?: boolean;
}

/** The middle of some numbers, and where 5 and 95 of 100 lie below. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** A station, how far the change turned it, and how far the controls that have this station do. */
export interface StationEffect extends Station, Distance {
  readonly controls: { readonly cosine: Spread; readonly change: Spread } | undefined;
}

/** A metric before and after, and what controls make of it. */
export interface MetricEffect {
  readonly metric: Metric;
  readonly name: string;
  readonly before: number;
  readonly after: number;
  /** |after − before|; of controls too. */
  readonly effect: number;
  /** after − before as gradients foretell it, to first order, where it was asked for and they can. */
  readonly foretold?: number;
  readonly controls: Spread | undefined;
  /** How many controls have an effect at least as large. */
  readonly asLarge: number;
}

/** What an experiment found. */
export interface Effect {
  /** Its interventions in words. */
  readonly said: readonly string[];
  readonly stations: readonly StationEffect[];
  readonly metrics: readonly MetricEffect[];
  readonly outcomes: readonly Outcome[];
  readonly controls: { readonly said: string; readonly count: number };
}

/** Carries interventions out together, beside their controls in the same batches. */
export async function effectOf(
  subject: Subject,
  interventions: readonly Intervention[],
  options: EffectOptions,
): Promise<Effect> {
  expectKeys(
    options,
    { ...numbersOptions, metrics: true, word: true, controls: true, seed: true, foretell: true },
    "effectOf",
  );
  if (interventions.length === 0)
    throw new InputError("an experiment needs at least one intervention");
  const { model } = subject;
  const { seed } = options;
  const own = await patchesOf(subject, interventions, seed);
  const random = chanceFor(seed, "controls");
  const controls = await controlsOf(subject, interventions, options.controls, {
    random,
    seed,
    word: options.word,
  });
  const rows: Control[] = [{ patches: own, word: options.word }, ...controls.all];
  const prepared: { stations: Station[]; metrics: ResolvedMetric[] }[] = [];
  for (const { patches, word = options.word } of rows) {
    const places = await followedPlaces(subject, patches, word);
    const metrics: ResolvedMetric[] = [];
    // A control is judged by its own word, where the word that is changed is followed.
    for (const metric of options.metrics)
      metrics.push(
        await resolveMetric(
          subject,
          metric.kind === "wordCosine" && patches !== own
            ? { ...metric, word: word ?? metric.word }
            : metric,
        ),
      );
    prepared.push({ stations: stationsOf(model, patches, places, await subject.clean()), metrics });
  }
  const stays = whereStays(model, own, await subject.clean());
  const outcome = await outcomePlaces(subject, options.word, stays?.query);
  const outcomeReads = outcome ? [outcome.read, ...(stays ? [stays] : [])] : [];
  const reads = [...prepared.flatMap(({ stations }) => stations), ...outcomeReads];
  const clean = await subject.clean([...new Set(reads.map(({ site }) => site))]);
  let outcomes: readonly Outcome[] = [];
  const measured = rows.map(({ patches }, index): MeasuredRow => {
    const { stations, metrics } = prepared[index]!;
    const isOwn = index === 0;
    return {
      // The change itself is always made: what the model predicts after it is more than numbers.
      ...(!isOwn && { name: `control ${index}` }),
      patches,
      read: [...stationReads(stations), ...metricReads(metrics), ...(isOwn ? outcomeReads : [])],
      numbers(trace, row) {
        if (isOwn && outcome) {
          const { queries } = tokensOf(clean, "logits");
          const made = outcomesOf(model, outcome, clean.trace, { trace, row }, queries);
          outcomes = withReach(made, stays, clean.trace, { trace, row });
        }
        return [
          ...distances(stations, clean.trace, trace, row).flatMap(({ cosine, change }) => [
            cosine,
            change,
          ]),
          ...metrics.map((metric) => metricValue(metric, trace, row)),
        ];
      },
    };
  });
  const numbers = await rowNumbers(model, clean, measured, options);
  const found = numbers.map((own, index): { distances: Distance[]; values: number[] } => {
    const { stations } = prepared[index]!;
    return {
      distances: stations.map((_, n) => ({ cosine: own[2 * n]!, change: own[2 * n + 1]! })),
      values: own.slice(2 * stations.length),
    };
  });
  const foretold = options.foretell ? await foretoldChanges(subject, own, options) : [];
  return {
    said: interventions.map((one) =>
      interventionSaid(
        one,
        nounIn(model, (one.stack ?? "encoder") === "encoder"),
        tokenNames(clean, one.stack),
      ),
    ),
    stations: prepared[0]!.stations.map((station, n) => ({
      ...station,
      ...found[0]!.distances[n]!,
      controls: stationControls(station, prepared.slice(1), found.slice(1)),
    })),
    metrics: prepared[0]!.metrics.map(({ metric, name, clean: before }, n) => {
      const after = found[0]!.values[n]!;
      const effect = Math.abs(after - before);
      const others = found
        .slice(1)
        .map(({ values }, control) =>
          Math.abs(values[n]! - prepared[control + 1]!.metrics[n]!.clean),
        );
      return {
        metric,
        name,
        before,
        after,
        effect,
        ...(foretold[n] !== undefined && { foretold: foretold[n] }),
        controls: spreadOf(others),
        asLarge: others.filter((other) => other >= effect).length,
      };
    }),
    outcomes,
    controls: { said: controls.said, count: controls.all.length },
  };
}

/** What gradients foretell of each metric; undefined where it is flat, and where a change is no difference of numbers. */
async function foretoldChanges(
  subject: Subject,
  patches: readonly Patch[],
  { metrics, signal }: EffectOptions,
): Promise<(number | undefined)[]> {
  const found: (number | undefined)[] = [];
  for (const metric of metrics) {
    const isFlat = isOfItself(metric) || metric.kind === "function";
    const [changes] =
      isFlat || !patches.every(isForetellable)
        ? [undefined]
        : await predictedChanges(subject, [patches], [metric], { signal });
    found.push(changes?.[0]);
  }
  return found;
}

/** The same station of the controls that pass it. */
function stationControls(
  { kind, layer }: Station,
  prepared: readonly { readonly stations: readonly Station[] }[],
  found: readonly { readonly distances: readonly Distance[] }[],
): StationEffect["controls"] {
  const same = prepared.flatMap(({ stations }, control) => {
    const at = stations.findIndex((other) => other.kind === kind && other.layer === layer);
    return at < 0 ? [] : [found[control]!.distances[at]!];
  });
  const change = spreadOf(same.map((one) => one.change));
  const cosine = spreadOf(same.map((one) => one.cosine));
  return change && cosine && { cosine, change };
}

/** Median and the 5th and 95th of 100; undefined of no numbers. NaN is no number. */
export function spreadOf(numbers: readonly number[]): Spread | undefined {
  const sorted = numbers.filter((number) => !Number.isNaN(number)).sort((a, b) => a - b);
  if (sorted.length === 0) return undefined;
  const at = (share: number) => quantile(sorted, share);
  return { median: at(0.5), low: at(0.05), high: at(0.95), count: sorted.length };
}
