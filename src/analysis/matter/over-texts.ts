/**
 * Heads over many texts: what holds in one text may hold in that text alone, and heads of one text are no sample of anything. Texts are, so
 * tests and intervals are over texts; of many heads tested at once the false discovery rate is said.
 */

import { InputError } from "../../errors/errors.ts";
import type { HeadAddress } from "../../probe/head-address.ts";
import { chanceFor } from "../interventions/links.ts";
import { meanOf } from "../linear/vectors.ts";
import { bootstrapInterval, quantile } from "../statistics/bootstrap.ts";
import { qValues } from "../statistics/false-discovery.ts";
import { spearman } from "../statistics/rank-correlation.ts";
import { signFlipTest } from "../statistics/sign-flips.ts";
import type { Correlation, Matter } from "./matter.ts";

/** Below so many texts nothing is tested. */
export const leastTexts = 30;

/** An effect that rounding alone can make is as good as none. */
const roundingEffect = 1e-9;

/** One head over texts, by metric where there is a list. */
export interface HeadOverTexts extends HeadAddress {
  /** The mean weight of its link, and what that brings to the stream. */
  readonly weight: number;
  readonly norm: number | undefined;
  readonly effects: readonly number[];
  /** The mean of what gradients foretell; undefined for metrics without one. */
  readonly gradients: readonly (number | undefined)[];
  /** How many times the effect of its controls' median it has (of a whole head: of the other heads' median), the geometric mean over texts. */
  readonly times: readonly (number | undefined)[];
  /** Of that being chance: by random signs over texts, and over all heads the false discovery rate; undefined below 30 texts. */
  readonly p: readonly (number | undefined)[];
  readonly q: readonly (number | undefined)[];
}

/** What was found over texts. */
export interface MatterOverTexts {
  readonly texts: number;
  readonly heads: readonly HeadOverTexts[];
  readonly metrics: Matter["metrics"];
  /** The mean over texts of each text's correlation, with its interval over texts. */
  readonly byWeight: readonly Correlation[];
  readonly byNorm: readonly Correlation[] | undefined;
  readonly byGradient: readonly (Correlation | undefined)[];
  readonly isTested: boolean;
}

/** Puts texts together, head by head. Throws InputError where they do not have the same heads once each. */
export function matterOverTexts(matters: readonly Matter[], seed: number): MatterOverTexts {
  const [first] = matters;
  if (!first) throw new InputError("matter: needs at least one text");
  for (const { rows } of matters)
    if (rows.length !== first.rows.length)
      throw new InputError(
        "matter: over several texts each head has one link a text. Leave links out, which differ from text to text",
      );
  const isTested = matters.length >= leastTexts;
  const random = chanceFor(seed, "signs");
  const metrics = first.metrics.map((_, metric) => metric);
  const logs = first.rows.map((_, head) =>
    metrics.map((metric) => matters.map((matter) => logTimes(matter, head, metric))),
  );
  const p = logs.map((ofHead) =>
    ofHead.map((all) => (isTested ? signFlipTest(all, { random }) : undefined)),
  );
  const q = metrics.map((metric) =>
    isTested ? qValues(p.map((ofHead) => ofHead[metric]!)) : undefined,
  );
  const heads = first.rows.map(({ layer, head }, index): HeadOverTexts => {
    const rows = matters.map((matter) => matter.rows[index]!);
    const norms = rows.map(({ norm }) => norm);
    return {
      layer,
      head,
      weight: meanOf(rows.map(({ weight }) => weight)),
      norm: norms.includes(undefined) ? undefined : meanOf(norms as number[]),
      effects: metrics.map((metric) => meanOf(rows.map(({ effects }) => effects[metric]!))),
      gradients: metrics.map((metric) => {
        const all = rows.map(({ gradients }) => gradients[metric]);
        return all.includes(undefined) ? undefined : meanOf(all as number[]);
      }),
      times: logs[index]!.map((all) => Math.exp(meanOf(all))),
      p: p[index]!,
      q: metrics.map((metric) => q[metric]?.[index]),
    };
  });
  const together = (of: (matter: Matter) => readonly (Correlation | undefined)[] | undefined) => {
    const all = matters.map(of);
    if (all.includes(undefined)) return undefined;
    const draws = { random: chanceFor(seed, "bootstrap") };
    return metrics.map((metric): Correlation | undefined => {
      if (all.some((one) => one![metric] === undefined)) return undefined;
      const rhos = all.map((one) => one![metric]!.rho).filter((rho) => !Number.isNaN(rho));
      const meanRho = (units: readonly number[]) => meanOf(units.map((unit) => rhos[unit]!));
      return { rho: meanOf(rhos), ...bootstrapInterval(rhos.length, meanRho, draws) };
    });
  };
  return {
    texts: matters.length,
    heads,
    metrics: first.metrics,
    byWeight: together(({ byWeight }) => byWeight) as Correlation[],
    byNorm: together(({ byNorm }) => byNorm) as Correlation[] | undefined,
    byGradient: together(({ byGradient }) => byGradient)!,
    isTested,
  };
}

/** How well an order of heads on some texts is the order of effects on others, by metric. */
export interface Prediction {
  readonly texts: number;
  readonly others: number;
  /** The mean effects, weights and norms on the texts against the mean effects on the others; intervals over draws of both. */
  readonly byEffect: readonly Correlation[];
  readonly byWeight: readonly Correlation[];
  readonly byNorm: readonly Correlation[] | undefined;
}

/** Orders heads by what was found on some texts, and holds that against the effects on others. */
export function predictedBy(
  texts: readonly Matter[],
  others: readonly Matter[],
  seed: number,
): Prediction {
  const [first] = texts;
  if (!first || others.length === 0)
    throw new InputError("matter: a prediction needs texts on both sides");
  const columns = {
    weight: texts.map(({ rows }) => rows.map(({ weight }) => weight)),
    norm: texts.map(({ rows }) => rows.map(({ norm }) => norm ?? Number.NaN)),
  };
  const against = (own: (metric: number) => readonly (readonly number[])[]) =>
    first.metrics.map((_, metric): Correlation => {
      const random = chanceFor(seed, "bootstrap");
      const there = others.map(({ rows }) => rows.map(({ effects }) => effects[metric]!));
      const here = own(metric);
      const of = (a: readonly number[], b: readonly number[]) =>
        spearman(meanRows(here, a), meanRows(there, b));
      const drawnHere = () => here.map(() => Math.floor(random() * here.length));
      return {
        rho: of([...here.keys()], [...there.keys()]),
        ...bootstrapInterval(there.length, (units) => of(drawnHere(), units), { random }),
      };
    });
  const hasNorms = texts.every(({ byNorm }) => byNorm !== undefined);
  return {
    texts: texts.length,
    others: others.length,
    byEffect: against((metric) =>
      texts.map(({ rows }) => rows.map(({ effects }) => effects[metric]!)),
    ),
    byWeight: against(() => columns.weight),
    byNorm: hasNorms ? against(() => columns.norm) : undefined,
  };
}

/** log of effect ÷ the controls' median; of a whole head ÷ the median of the other heads. */
function logTimes({ rows }: Matter, head: number, metric: number): number {
  const { effects, controls } = rows[head]!;
  const beside =
    controls[metric]?.median ??
    middle(rows.flatMap((row, other) => (other === head ? [] : [row.effects[metric]!])));
  return Math.log((effects[metric]! + roundingEffect) / (beside + roundingEffect));
}

function middle(numbers: readonly number[]): number {
  return quantile(
    [...numbers].sort((a, b) => a - b),
    0.5,
  );
}

/** The mean of some rows, column by column. */
function meanRows(rows: readonly (readonly number[])[], units: readonly number[]): number[] {
  return rows[0]!.map((_, column) => meanOf(units.map((unit) => rows[unit]![column]!)));
}
