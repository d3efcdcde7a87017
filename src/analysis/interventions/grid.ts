/**
 * Grids: one change a cell, over layers and heads, layers and words, or all three. Cells are handed out as they are finished, and a grid goes on
 * from those that are.
 */

import { InputError } from "../../errors/errors.ts";
import { choiceOf, expectKeys } from "../../errors/options.ts";
import type { Run } from "../../models/run.ts";
import { tokensOf } from "../../models/site-tokens.ts";
import { formatHead } from "../../probe/head-address.ts";
import type { Patch } from "../../probe/patch.ts";
import { type Stage, stagesOf } from "../../probe/text-tokens.ts";
import { type Stack, stacks } from "../layers/attention-maps.ts";
import { type Alignment, alignWords } from "./align-words.ts";
import type { Fill, Intervention, OtherInput, transplantSites } from "./intervention.ts";
import { linkEnds } from "./links.ts";
import {
  formValue,
  type Metric,
  metricReads,
  metricValue,
  type ResolvedMetric,
  resolveMetric,
} from "./metric.ts";
import { expectLayers } from "./named-heads.ts";
import { patchesOf } from "./patches-of.ts";
import { type RowsOptions, rowsOptions, runRows } from "./run-rows.ts";
import { headsIn, layersIn, type Subject, siteIn } from "./subject.ts";

/** What a grid's axes are. */
export const gridAxes = ["heads", "positions", "headPositions"] as const;

/** A grid as plain data: the change of every cell, and which cells there are. */
export interface GridPlan {
  readonly over: (typeof gridAxes)[number];
  readonly change:
    | {
        readonly kind: "transplant";
        readonly from: OtherInput;
        /** "mixed" over heads, "residual" over positions if not given. */
        readonly site?: (typeof transplantSites)[number];
      }
    | { readonly kind: "ablate"; readonly by: Fill };
  /** All if not given. */
  readonly layers?: readonly number[];
  readonly stack?: Stack;
}

/** One cell. */
export interface GridCell {
  readonly layer: number;
  readonly head?: number;
  /** Which of the grid's words. */
  readonly word?: number;
  /** The value of every metric after the cell's change. */
  readonly values: readonly number[];
}

/** A word of a grid. */
export interface GridWord {
  readonly text: string;
  readonly tokens: readonly number[];
}

/** A metric of a grid: what it is without changes, and in the other text, where there is one that has the place. */
export interface GridMetric {
  readonly metric: Metric;
  readonly name: string;
  readonly clean: number;
  readonly other: number | undefined;
}

/** What is known of a grid before its cells. */
export interface Grid {
  readonly plan: GridPlan;
  readonly words: readonly GridWord[];
  /** Words that no cell takes anything at, since the other text has none in their place, and words of the other that are not taken. */
  readonly alone: readonly string[];
  readonly othersAlone: readonly string[];
  readonly metrics: readonly GridMetric[];
  readonly cells: readonly Omit<GridCell, "values">[];
  readonly resolved: readonly ResolvedMetric[];
}

/** Opens a grid: its words, its metrics, its cells; nothing is changed yet. */
export async function openGrid(
  subject: Subject,
  plan: GridPlan,
  metrics: readonly Metric[],
): Promise<Grid> {
  const { model } = subject;
  const { over, change, stack = "encoder" } = plan;
  choiceOf(gridAxes, over, "grid: over");
  choiceOf(["transplant", "ablate"], change.kind, "grid: change");
  choiceOf(stacks, stack, "grid: stack");
  const layers = expectLayers(
    model,
    stack,
    plan.layers ?? Array.from({ length: layersIn(model, stack) }, (_, layer) => layer),
    "grid",
  ).map(({ layer }) => layer);
  const kind = siteOf(plan);
  if (over !== "positions" && !["mixed", "q", "k", "v"].includes(kind))
    throw new InputError(
      `grid over ${over}: ${kind} is the whole layer's, so it has no heads. Use mixed, q, k or v, or a grid over positions`,
    );
  const [first = 0] = layers;
  const alignment =
    change.kind === "transplant"
      ? await alignmentOf(subject, change.from, siteIn(model, stack, first, "residual"))
      : undefined;
  if (over !== "heads") expectOneStage(await subject.clean(), layers, over);
  const ends = await linkEnds(subject, stack, first);
  const words: GridWord[] =
    over === "heads"
      ? []
      : (alignment?.words ?? ends.queries).map(({ text, tokens }) => ({ text, tokens }));
  const resolved: ResolvedMetric[] = [];
  for (const metric of metrics) resolved.push(await resolveMetric(subject, metric));
  const named: GridMetric[] = [];
  for (const one of resolved)
    named.push({
      metric: one.metric,
      name: one.name,
      clean: one.clean,
      other:
        change.kind === "transplant" ? await valueInOther(subject, one, change.from) : undefined,
    });
  const cells = layers.flatMap((layer): Omit<GridCell, "values">[] => {
    const heads = Array.from({ length: headsIn(model, stack, layer) }, (_, head) => head);
    if (over === "heads") return heads.map((head) => ({ layer, head }));
    if (over === "positions") return words.map((_, word) => ({ layer, word }));
    return heads.flatMap((head) => words.map((_, word) => ({ layer, head, word })));
  });
  return {
    plan,
    words,
    alone: alignment?.alone ?? [],
    othersAlone: alignment?.othersAlone ?? [],
    metrics: named,
    cells,
    resolved,
  };
}

/** What carries a grid on. */
export interface GridOptions extends RowsOptions {
  /** Cells that are finished: they are handed out as they are, and not made again. */
  readonly finished?: readonly GridCell[];
  readonly seed?: number;
}

/** Patches are made for so many cells at a time, so that a large grid holds few of them. */
const cellsAtOnce = 512;

/** Makes the cells of a grid, and hands out each as it is finished: those that were are first. */
export async function* gridCells(
  subject: Subject,
  grid: Grid,
  options: GridOptions = {},
): AsyncGenerator<GridCell> {
  expectKeys(options, { ...rowsOptions, finished: true, seed: true }, "gridCells");
  const { finished = [], seed = 1, ...rows } = options;
  const known = new Map(finished.map((cell) => [cellName(cell), cell]));
  const missing: Grid["cells"][number][] = [];
  for (const cell of grid.cells) {
    const found = known.get(cellName(cell));
    if (found && found.values.length !== grid.resolved.length)
      throw new InputError(
        `grid: finished cell ${cellName(cell)} has ${found.values.length} values, and ${grid.resolved.length} metrics are asked for. Finish the grid with the metrics it was begun with`,
      );
    if (found) yield found;
    else missing.push(cell);
  }
  const clean = await subject.clean([...new Set(grid.resolved.map(({ site }) => site))]);
  const reads = metricReads(grid.resolved);
  for (let start = 0; start < missing.length; start += cellsAtOnce) {
    const cells = missing.slice(start, start + cellsAtOnce);
    const lists: Patch[][] = [];
    for (const cell of cells)
      lists.push(await patchesOf(subject, [interventionOf(grid, cell)], seed));
    const all = grid.cells.length;
    const before = all - missing.length + start;
    const options = {
      ...rows,
      onProgress: (done: number) => rows.onProgress?.(before + done, all),
    };
    for await (const { index, trace, row } of runRows(
      subject.model,
      clean,
      lists,
      () => reads,
      options,
    ))
      yield {
        ...cells[index]!,
        values: grid.resolved.map((metric) => metricValue(metric, trace, row)),
      };
  }
}

/** A cell's place in words, one for each: `layer 1, head 3`. */
export function cellName({ layer, head, word }: Omit<GridCell, "values">): string {
  return `layer ${layer}${head === undefined ? "" : `, head ${head}`}${word === undefined ? "" : `, word ${word}`}`;
}

function siteOf({ over, change }: GridPlan): (typeof transplantSites)[number] {
  const usual = over === "positions" ? "residual" : "mixed";
  return change.kind === "transplant" ? (change.site ?? usual) : usual;
}

/** A cell's change as an intervention of its own. */
export function interventionOf(
  { plan, words }: Pick<Grid, "plan" | "words">,
  { layer, head, word }: Omit<GridCell, "values">,
): Intervention {
  const { change } = plan;
  const stack = plan.stack ? { stack: plan.stack } : {};
  const query = word === undefined ? {} : { query: [...words[word]!.tokens] };
  if (change.kind === "transplant")
    return {
      kind: "transplant",
      from: change.from,
      site: siteOf(plan),
      layers: [layer],
      ...(head === undefined ? {} : { heads: [head] }),
      ...query,
      ...stack,
    };
  if (head !== undefined)
    return {
      kind: "ablateHeads",
      heads: [formatHead({ layer, head })],
      ...query,
      by: change.by,
      ...stack,
    };
  return {
    kind: "ablatePositions",
    query: words[word!]!.tokens,
    layers: [layer],
    by: change.by,
    ...stack,
  };
}

/** Throws InputError for layers whose tokens are not the same: the words of a grid are those of one stage. */
function expectOneStage({ layerTokens }: Run, layers: readonly number[], over: string): void {
  const stages = stagesOf(layerTokens ?? []);
  const isIn = (layer: number, { first, count }: Stage) => layer >= first && layer < first + count;
  if (stages.filter((stage) => layers.some((layer) => isIn(layer, stage))).length < 2) return;
  const said = stages.map(({ first, count }) => `${first}-${first + count - 1}`);
  throw new InputError(
    `grid over ${over}: neighbours are merged on the way, so that layers ${said.join(" and ")} have tokens of their own. Take those of one stage: --layers ${said[0]}`,
  );
}

async function alignmentOf(subject: Subject, from: OtherInput, site: string): Promise<Alignment> {
  const [run, other] = [await subject.clean(), await subject.runOf(from, [])];
  return alignWords(tokensOf(run, site).queries, tokensOf(other, site).queries);
}

/** A metric in the other text, at the words in the same places; undefined where one has no partner. */
async function valueInOther(
  subject: Subject,
  { site, places, form }: ResolvedMetric,
  from: OtherInput,
): Promise<number | undefined> {
  if (form.form === "function") {
    const sites = form.read.map((read) => read.site);
    return form.of((await subject.runOf(from, sites)).trace, 0);
  }
  const [run, other] = [await subject.clean(), await subject.runOf(from, [site])];
  const whole = other.trace.get(site);
  if (!places) return formValue(form, [whole.select(0).data]);
  const isMean =
    form.form === "cosine" &&
    site !== "sentence" &&
    places.length === tokensOf(run, site).queries.length;
  const { words } = alignWords(tokensOf(run, site).queries, tokensOf(other, site).queries);
  const partners = isMean
    ? [...tokensOf(other, site).queries.keys()]
    : places.flatMap((place) => {
        const word = words.find(({ tokens }) => tokens.includes(place));
        if (!word) return [];
        const piece = word.tokens.indexOf(place);
        return word.tokens.length === word.others.length ? [word.others[piece]!] : word.others;
      });
  if (partners.length === 0) return undefined;
  return formValue(
    form,
    partners.map((place) => whole.select(0, place).data),
  );
}
