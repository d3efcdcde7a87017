/**
 * Attribution patching (Nanda 2023, "Attribution patching: activation patching at industrial scale"; Syed et al. 2023, arXiv 2310.10348): what
 * a change of a site would do to a number, to first order: Σ (new − old) ∘ ∂y/∂old. Two passes and one backward give every head at every word,
 * where exact patching runs the model once a cell. It errs where the number is curved: large changes, saturated attention, layer norms
 * (Kramár et al. 2024, arXiv 2403.00745), so the exact grid is beside it.
 */

import { InputError } from "../../errors/errors.ts";
import { expectKeys } from "../../errors/options.ts";
import type { Patch } from "../../probe/patch.ts";
import { parseSite } from "../../probe/sites.ts";
import { type Selection, selectedShape } from "../../tensor/selection.ts";
import { sizeOf, stridesOf } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";
import {
  type Grid,
  type GridCell,
  type GridPlan,
  interventionOf,
  openGrid,
} from "../interventions/grid.ts";
import type { Metric } from "../interventions/metric.ts";
import { patchesOf } from "../interventions/patches-of.ts";
import type { Subject } from "../interventions/subject.ts";
import { cosine } from "../linear/vectors.ts";
import { spearman } from "../statistics/rank-correlation.ts";
import { type GradientOptions, gradientOptions, gradientRun } from "./gradient-run.ts";
import { type SlopedMetric, slopedMetric } from "./metric-of.ts";

/** A grid whose cells are foretold, none of them run. */
export interface PredictedGrid {
  readonly grid: Grid;
  /** The metrics' values without changes plus the change foretold, so that cells compare with the exact grid's. */
  readonly cells: readonly GridCell[];
}

/** How a grid is foretold. */
export interface AttributionPatchingOptions extends GradientOptions {
  /** What resamples draw from, as in `gridCells`; 1 if not given. */
  readonly seed?: number;
}

/** Foretells every cell of a grid. Throws InputError for metrics as `saliency` does, and for changes that are not small ones of numbers. */
export async function attributionPatching(
  subject: Subject,
  plan: GridPlan,
  metrics: readonly Metric[],
  options: AttributionPatchingOptions = {},
): Promise<PredictedGrid> {
  expectKeys(options, { ...gradientOptions, seed: true }, "attributionPatching");
  const { seed = 1, ...rest } = options;
  for (const metric of metrics) await slopedMetric(subject, metric, "attribution patching");
  const grid = await openGrid(subject, plan, metrics);
  const lists: Patch[][] = [];
  for (const cell of grid.cells)
    lists.push(await patchesOf(subject, [interventionOf(grid, cell)], seed));
  const changes = await predictedChanges(subject, lists, metrics, rest);
  return {
    grid,
    cells: grid.cells.map((cell, n) => ({
      ...cell,
      values: grid.metrics.map(({ clean }, metric) => clean + changes[n]![metric]!),
    })),
  };
}

/**
 * What each list of patches would change of each metric, to first order. Patches are as `patchesOf` gives them: places and numbers. A cut before
 * the softmax is what it makes of the weights: the key's go, and the other keys share what it had. Throws InputError for a function, and for
 * weights that are divided by their sum again.
 */
export async function predictedChanges(
  subject: Subject,
  lists: readonly (readonly Patch[])[],
  metrics: readonly Metric[],
  options: GradientOptions = {},
): Promise<number[][]> {
  expectKeys(options, gradientOptions, "predictedChanges");
  const sites = [...new Set(lists.flat().map(siteOfChange))];
  const changes = lists.map((): number[] => []);
  for (const metric of metrics) {
    const of: SlopedMetric = await slopedMetric(subject, metric, "attribution patching");
    const { trace } = await gradientRun(subject, of, sites, { ...options, read: sites });
    for (const [n, list] of lists.entries())
      changes[n]!.push(
        list.reduce(
          (sum, patch) =>
            sum +
            (patch.cut ? ofCut : firstOrder)(
              patch,
              trace.get(siteOfChange(patch)),
              trace.get(`${siteOfChange(patch)}.gradient`),
            ),
          0,
        ),
      );
  }
  return changes;
}

/** Whether a patch's change is a difference of numbers. */
export function isForetellable({ set, add, scale, zero, cut, renormalize }: Patch): boolean {
  return !renormalize && [set, add, scale, zero, cut].some((action) => action !== undefined);
}

/** Where a patch's change is one of numbers: a cut's scores become −∞, its weights 0. */
function siteOfChange({ site, cut }: Patch): string {
  return cut ? site.replace(/scores$/, "weights") : site;
}

/** The same of a cut: rows without the keys cut, divided by what is left. */
function ofCut(patch: Patch, weights: Tensor, gradient: Tensor): number {
  const [, H, T, S] = weights.shape as readonly [number, number, number, number];
  const [, heads, queries, keys] = selectionOf({ ...patch, site: siteOfChange(patch) });
  const isCut = new Uint8Array(S);
  for (const key of keys ?? weightPlaces(S)) isCut[key] = 1;
  let sum = 0;
  for (const head of heads ?? weightPlaces(H))
    for (const query of queries ?? weightPlaces(T)) {
      const start = (head * T + query) * S;
      let lost = 0;
      for (let key = 0; key < S; key++) if (isCut[key]) lost += weights.data[start + key]!;
      const more = lost < 1 ? lost / (1 - lost) : 0;
      for (let key = 0; key < S; key++)
        sum += weights.data[start + key]! * (isCut[key] ? -1 : more) * gradient.data[start + key]!;
    }
  return sum;
}

function weightPlaces(count: number): number[] {
  return Array.from({ length: count }, (_, place) => place);
}

/** Σ (new − old) ∘ gradient over a patch's part. */
function firstOrder(patch: Patch, own: Tensor, gradient: Tensor): number {
  const selection = selectionOf(patch);
  const shape = selectedShape(selection, own.shape);
  const numberAt = newNumbers(patch, shape);
  const strides = stridesOf(own.shape);
  let sum = 0;
  for (let count = 0; count < sizeOf(shape); count++) {
    let rest = count;
    let place = 0;
    const at = new Array<number>(shape.length);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at[axis] = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
      place += (selection[axis]?.[at[axis]!] ?? at[axis]!) * strides[axis]!;
    }
    const old = own.data[place]!;
    if (gradient.data[place] !== 0) sum += (numberAt(at, old) - old) * gradient.data[place]!;
  }
  return sum;
}

/** Which indices of each axis a patch is about. */
function selectionOf(patch: Patch): Selection {
  const named = { H: patch.head, K: patch.head, T: patch.query, S: patch.key };
  return parseSite(patch.site)!.kind.axes.map((axis) => {
    const which = named[axis as keyof typeof named];
    if (which === undefined) return undefined;
    if (typeof which === "number") return [which];
    if (Array.isArray(which) && which.every((one) => typeof one === "number"))
      return which as number[];
    throw new InputError(
      `attribution patching: ${patch.site} names ${JSON.stringify(which)}. Give places by number, as patchesOf does`,
    );
  });
}

function newNumbers(
  patch: Patch,
  shape: readonly number[],
): (at: readonly number[], old: number) => number {
  if (patch.zero) return () => 0;
  const action = (["set", "add", "scale"] as const).find((name) => patch[name] !== undefined);
  if (!action || patch.renormalize)
    throw new InputError(
      `attribution patching: ${patch.site} is changed by ${patch.renormalize ? "weights that are divided by their sum again" : "a function or another run"}, which is no difference of numbers. Foretell set, add, scale or zero, or patch exactly`,
    );
  const numbers = patch[action]!;
  const tensor = numbers instanceof Tensor ? numbers : undefined;
  const strides = tensor && stridesOf(tensor.shape);
  const numberAt = (at: readonly number[]) => {
    if (!tensor) return numbers as number;
    const skipped = shape.length - tensor.shape.length;
    return tensor.data[
      tensor.shape.reduce(
        (place, size, axis) => place + (size === 1 ? 0 : at[axis + skipped]! * strides![axis]!),
        0,
      )
    ]!;
  };
  if (action === "set") return numberAt;
  if (action === "add") return (at, old) => old + numberAt(at);
  return (at, old) => old * numberAt(at);
}

/** How well what was foretold of a grid is what was found, of one metric. */
export interface PredictionAgreement {
  readonly name: string;
  readonly cells: number;
  /** Correlation of the changes (Pearson), and of their order (Spearman); NaN where one of them is all alike. */
  readonly correlation: number;
  readonly rankCorrelation: number;
  /** Of the changes found: what share of their squares is left when what was foretold is taken away; 0 is perfect. */
  readonly missed: number;
  /** Of the tenth of cells with the largest changes, the share that is also in the largest tenth foretold. */
  readonly shared: number;
}

/** Sets what was foretold beside what was found. Throws InputError for cells that are not the same ones. */
export function predictionAgreement(
  { grid, cells }: PredictedGrid,
  exact: readonly GridCell[],
): PredictionAgreement[] {
  const keyOf = ({ layer, head, word }: GridCell) => `${layer} ${head} ${word}`;
  const found = new Map(exact.map((cell) => [keyOf(cell), cell]));
  if (cells.length !== exact.length || cells.some((cell) => !found.has(keyOf(cell))))
    throw new InputError(
      `predictionAgreement: ${exact.length} cells found and ${cells.length} foretold, which are not the same ones. Take both of one plan`,
    );
  return grid.metrics.map(({ name, clean }, metric) => {
    const foretold = cells.map(({ values }) => values[metric]! - clean);
    const changes = cells.map((cell) => found.get(keyOf(cell))!.values[metric]! - clean);
    const squares = changes.reduce((sum, change) => sum + change * change, 0);
    const missed = changes.reduce((sum, change, n) => sum + (change - foretold[n]!) ** 2, 0);
    const top = (list: readonly number[]) =>
      [...list.keys()]
        .sort((a, b) => Math.abs(list[b]!) - Math.abs(list[a]!) || a - b)
        .slice(0, Math.max(1, Math.round(list.length / 10)));
    const [first, second] = [top(changes), new Set(top(foretold))];
    return {
      name,
      cells: cells.length,
      correlation: pearson(foretold, changes),
      rankCorrelation: spearman(foretold, changes),
      missed: squares > 0 ? missed / squares : Number.NaN,
      shared: first.filter((cell) => second.has(cell)).length / first.length,
    };
  });
}

function pearson(a: readonly number[], b: readonly number[]): number {
  const centred = (list: readonly number[]) => {
    const mean = list.reduce((sum, value) => sum + value, 0) / list.length;
    return list.map((value) => value - mean);
  };
  return cosine(centred(a), centred(b));
}
