import { expectFlags, expectKeys } from "../../errors/options.ts";
import { placesBefore, tokensOf } from "../../models/site-tokens.ts";
import { tokensNamed } from "../../probe/words.ts";
import type { Stack } from "../layers/attention-maps.ts";
import { defaultMetrics, type MetricChoice } from "./default-metrics.ts";
import { type Effect, effectOf } from "./effect.ts";
import type { ExperimentFile, MatterPlan } from "./experiment.ts";
import { cellName, type Grid, type GridCell, gridCells, openGrid } from "./grid.ts";
import type { Intervention } from "./intervention.ts";
import type { Metric } from "./metric.ts";
import { firstLayer } from "./named-heads.ts";
import { type FinishedRuns, type NumbersOptions, numbersOptions } from "./row-numbers.ts";
import { finalSite, type Subject } from "./subject.ts";

/** Controls of an experiment that does not say how many: as many as there are heads in most models. */
const usualControls = 200;

/** Of cuts, which have far more alternatives than heads: */
const usualCutControls = 50;

/** What an experiment gave. */
export type ExperimentResult =
  | {
      readonly kind: "patch";
      readonly effect: Effect;
      readonly word: readonly number[] | undefined;
    }
  | { readonly kind: "grid"; readonly grid: Grid; readonly cells: readonly GridCell[] };

/** What `runExperiment` carries out: everything but what links matter, which may be over several texts. */
export interface RunnableExperiment extends Pick<ExperimentFile, "metrics" | "word" | "seed"> {
  readonly do: Exclude<ExperimentFile["do"], MatterPlan>;
}

/** What carries an experiment out; it goes on from the runs that are `finished`, and adds those that it makes. */
export interface ExperimentOptions extends NumbersOptions {
  /** Whether gradients foretell what one change does to each metric, beside what is found. */
  readonly foretell?: boolean;
}

/** Carries out what the file of an experiment says, on a subject of its input. The same file gives the same numbers wherever it is run, but for rounding. */
export async function runExperiment(
  subject: Subject,
  { do: what, metrics: given, word, seed }: RunnableExperiment,
  options: ExperimentOptions = {},
): Promise<ExperimentResult> {
  expectKeys(options, { ...numbersOptions, foretell: true }, "runExperiment");
  const { finished, foretell, ...rows } = options;
  expectFlags({ foretell }, "experiment");
  const metrics: readonly Metric[] =
    given ?? (await defaultMetrics(subject, { word, stack: stackChanged(what) }));
  if (what.kind === "grid") {
    const grid = await openGrid(subject, what, metrics);
    const known = finishedCells(grid, finished);
    const cells: GridCell[] = [];
    for await (const cell of gridCells(subject, grid, { ...rows, finished: known, seed })) {
      // Those that were finished are handed out first.
      if (cells.length >= known.length) finished?.set(cellName(cell), cell.values);
      cells.push(cell);
    }
    return { kind: "grid", grid, cells: inOrder(grid, cells) };
  }
  const { interventions } = what;
  const followed = await followedWord(subject, interventions, word);
  const controls = what.controls ?? controlCount(interventions);
  return {
    kind: "patch",
    word: followed,
    effect: await effectOf(subject, interventions, {
      ...rows,
      ...(finished && { finished }),
      metrics,
      seed,
      controls,
      ...(foretell && { foretell }),
      ...(followed && { word: followed }),
    }),
  };
}

/** The cells of a grid that are finished. */
function finishedCells({ cells }: Grid, finished: FinishedRuns | undefined): GridCell[] {
  return cells.flatMap((cell) => {
    const values = finished?.get(cellName(cell));
    return values ? [{ ...cell, values }] : [];
  });
}

/** Cells as the grid has them, whatever was finished first. */
function inOrder({ cells: places }: Grid, cells: readonly GridCell[]): GridCell[] {
  const found = new Map(cells.map((cell) => [cellName(cell), cell]));
  return places.map((place) => found.get(cellName(place))!);
}

/** Whose attention an experiment changes, in encoder-decoders. */
export function stackChanged(what: RunnableExperiment["do"]): Stack | undefined {
  return what.kind === "grid" ? what.stack : what.interventions[0]?.stack;
}

/** How many controls there are where nobody says it. */
function controlCount(interventions: readonly Intervention[]): number {
  return interventions.some(({ kind }) => kind === "cut") ? usualCutControls : usualControls;
}

/** The word that is followed: the one named, or the one whose look or vector the first intervention changes. */
async function followedWord(
  subject: Subject,
  interventions: readonly Intervention[],
  word: MetricChoice["word"],
): Promise<readonly number[] | undefined> {
  const [first] = interventions;
  const named = word ?? (first && "query" in first ? first.query : undefined);
  if (named === undefined) return undefined;
  const run = await subject.clean();
  const layer = word === undefined && run.layerTokens ? firstLayer(first!) : undefined;
  if (layer === undefined)
    return [...new Set(tokensNamed(named, await queriesOf(subject, first), "word"))];
  const site = `layers.${layer}.residual`;
  return placesBefore(run, site, tokensNamed(named, tokensOf(run, site).queries, "word"));
}

/** The tokens that words of an intervention are of. */
async function queriesOf(subject: Subject, one: Intervention | undefined) {
  const run = await subject.clean();
  const isDecoder = one?.stack === "decoder" || one?.stack === "cross";
  // Tokens that are merged on the way are named as they are before the first layer.
  if (run.layerTokens) return run.tokens[0]!;
  const site = isDecoder ? "decoder.final" : finalSite(subject.model);
  return tokensOf(run, site).queries;
}
