import { nounIn } from "../analysis/explain/context.ts";
import {
  type PredictedGrid,
  type PredictionAgreement,
  predictionAgreement,
} from "../analysis/gradients/attribution-patching.ts";
import type { Effect } from "../analysis/interventions/effect.ts";
import type { ExperimentFile } from "../analysis/interventions/experiment.ts";
import type { Grid, GridCell } from "../analysis/interventions/grid.ts";
import { type Intervention, inputSaid } from "../analysis/interventions/intervention.ts";
import { isCosineToItself } from "../analysis/interventions/metric.ts";
import type { ExperimentResult } from "../analysis/interventions/run-experiment.ts";
import type { Subject } from "../analysis/interventions/subject.ts";
import { labelsOfUnits } from "../analysis/words/word-weights.ts";
import type { Model } from "../model.ts";
import { formatHead } from "../probe/head-address.ts";
import { sourceOf } from "../probe/noun.ts";
import type { TextToken } from "../probe/words.ts";
import type { EffectMap, EffectMapReport } from "../views/experiments/effect-map-text.ts";
import type { EffectReport } from "../views/experiments/effect-text.ts";
import { formatNumber } from "../views/numbers.ts";
import { wordLabel } from "./analysis/attention-run.ts";
import {
  aloneNotes,
  aloneSaid,
  changeNotes,
  directionNotes,
  unreachedNotes,
} from "./analysis/experiment-notes.ts";
import { sharedExperiment, titlesOf } from "./experiment.ts";
import { type DrawnFound, deliverEachOrDrawn, type FigureFacts, figureFacts } from "./figure.ts";
import { inputsOf } from "./input/inputs.ts";
import type { ModelOptions } from "./loading.ts";
import { modelJson } from "./model-json.ts";
import type { Format, FormatOptions } from "./options/format.ts";
import { summaryOf } from "./picture.ts";
import { terminalOf } from "./terminal/terminal.ts";
import { warn } from "./terminal/warnings.ts";

/** More heads than this are not named in a caption. */
const mostNamed = 4;
/** From so many times the way on a share says that the way is short. */
const largeShare = 2;

/** What experiments are written as. */
export const experimentFormats = ["text", "json", "csv", "svg"] as const;

/** What an experiment found, in the ways it is written. */
export type ExperimentFound = DrawnFound;

/** What an experiment found; of a grid what gradients foretold beside it. */
export async function experimentFound(
  model: Model,
  subject: Subject,
  file: ExperimentFile,
  result: ExperimentResult,
  options: ModelOptions,
  foretold?: PredictedGrid,
): Promise<ExperimentFound> {
  const found =
    result.kind === "patch"
      ? await foundEffect(model, subject, file, result)
      : await foundGrid(model, subject, file, result, foretold);
  return {
    ...found,
    isHeaded: true,
    json: () => ({
      model: modelJson(model, options),
      experiment: sharedExperiment(file),
      ...found.json(),
    }),
  };
}

/** Writes what an experiment found, in the format asked for. */
export async function deliverExperiment(
  found: ExperimentFound,
  facts: FigureFacts,
  options: FormatOptions,
  format: Format,
): Promise<void> {
  const one = await inputsOf([{ line: undefined }]);
  await deliverEachOrDrawn(
    one,
    options,
    format,
    async () => found,
    () => facts,
  );
}

/** What a picture's caption says: the input, the model, and the heads that are changed where they are few. */
export function experimentFacts(model: Model, { input, do: what }: ExperimentFile): FigureFacts {
  const heads = what.kind === "patch" ? what.interventions.flatMap(headsChanged) : [];
  const named = [...new Set(heads)];
  return {
    ...figureFacts(model, titlesOf(model, input)),
    ...(named.length > 0 && named.length <= mostNamed && { of: named.join(", ") }),
  };
}

function headsChanged(one: Intervention): string[] {
  if (one.kind === "setWeight") return [one.head];
  if (one.kind === "path") return [...one.senders];
  if (one.kind === "transplant")
    return one.layers.flatMap((layer) =>
      (one.heads ?? []).map((head) => formatHead({ layer, head })),
    );
  return "heads" in one ? [...(one.heads ?? [])] : [];
}

interface Found extends ExperimentFound {
  readonly json: () => object;
}

async function foundEffect(
  model: Model,
  subject: Subject,
  file: ExperimentFile,
  { effect, word }: Extract<ExperimentResult, { kind: "patch" }>,
): Promise<Found> {
  const run = await subject.clean();
  const tokens = tokensFollowed(file, run.tokens[0]!, run.decoderTokens?.[0]);
  const name = word ? wordLabel(tokens, word) : undefined;
  const report: EffectReport = {
    texts: titlesOf(model, file.input),
    model: summaryOf(model, run),
    said: effect.said,
    stations: stationsShown(effect, name),
    measures: effect.metrics.map(({ metric, ...rest }) => ({
      ...rest,
      isCosine: isCosineToItself(metric),
    })),
    outcomes: effect.outcomes,
    controls: effect.controls,
    notes: [
      ...changeNotes(model, file),
      ...(await aloneNotes(subject, file)),
      ...unreachedNotes(effect),
      ...directionNotes(effect),
    ],
  };
  const rows = () =>
    effect.stations.map(({ kind, layer, heads, cosine, change, controls }) => [
      kind,
      layer ?? "",
      heads && layer !== undefined
        ? heads.map((head) => formatHead({ layer, head })).join(" ")
        : "",
      ...[cosine, change, controls?.change.median, controls?.change.low, controls?.change.high].map(
        (number) => (number === undefined || Number.isNaN(number) ? "" : number),
      ),
    ]);
  return {
    text: async () =>
      (await import("../views/experiments/effect-text.ts")).effectText(
        report,
        terminalOf(process.stdout),
      ),
    svg: async (drawing) =>
      (await import("../views/experiments/effect-svg.ts")).effectSvg(report, drawing),
    json: () => ({ tokens: run.tokens[0], word: name, ...effect }),
    columns: [
      "station",
      "layer",
      "heads",
      "cosine",
      "change",
      "controls_median",
      "controls_5",
      "controls_95",
    ],
    rows: () => [
      ...rows(),
      ...effect.metrics.map(({ metric, before, after, controls }) => [
        metric.kind,
        "",
        "",
        after,
        after - before,
        ...[controls?.median, controls?.low, controls?.high].map((number) => number ?? ""),
      ]),
    ],
  };
}

/** The tokens that words of an experiment are of. */
function tokensFollowed(
  { do: what }: ExperimentFile,
  tokens: readonly TextToken[],
  decoder: readonly TextToken[] | undefined,
): readonly TextToken[] {
  const stack = what.kind === "patch" ? what.interventions[0]!.stack : what.stack;
  return (stack === "decoder" || stack === "cross" ? decoder : undefined) ?? tokens;
}

/** Stations as they are printed; the end is left out where it is what the last layer gives. */
function stationsShown({ stations }: Effect, word: string | undefined): EffectReport["stations"] {
  const whose = word === undefined ? "all tokens" : `"${word}"`;
  const last = stations.findLast(({ kind }) => kind === "layer");
  return stations
    .filter(({ kind, cosine }) => kind !== "final" || cosine !== last?.cosine)
    .map(({ kind, layer, heads, cosine, change, controls }) => ({
      name: {
        heads: `output of ${headsSaid(layer, heads)} at ${whose}`,
        attention: `attention of layer ${layer} at ${whose}`,
        layer: `${whose} behind layer ${layer}`,
        final: `${whose} at the end`,
        sentence: "sentence vector",
      }[kind],
      cosine,
      change,
      controls,
    }));
}

function headsSaid(layer: number | undefined, heads: readonly number[] | undefined): string {
  if (!heads) return `all heads of layer ${layer}`;
  const names = heads.map((head) => formatHead({ layer: layer!, head }));
  return names.length > 3 ? `${names.length} heads of layer ${layer}` : names.join(", ");
}

async function foundGrid(
  model: Model,
  subject: Subject,
  file: ExperimentFile,
  { grid, cells }: Extract<ExperimentResult, { kind: "grid" }>,
  foretold: PredictedGrid | undefined,
): Promise<Found> {
  const run = await subject.clean();
  const source = sourceOf(nounIn(model, (grid.plan.stack ?? "encoder") === "encoder"));
  const agreement = foretold && predictionAgreement(foretold, cells);
  const found = mapReport(model, file, grid, cells, summaryOf(model, run));
  const report = foretold ? withForetold(found, grid, foretold, agreement!, source) : found;
  const keyOf = ({ layer, head, word }: Omit<GridCell, "values">) => `${layer} ${head} ${word}`;
  const predictions = new Map(foretold?.cells.map((cell) => [keyOf(cell), cell.values]));
  if (grid.alone.length > 0 || grid.othersAlone.length > 0) warn(aloneSaid(grid, source));
  const labels = labelsOfWords(grid);
  return {
    text: async () =>
      (await import("../views/experiments/effect-map-text.ts")).effectMapText(
        report,
        terminalOf(process.stdout),
      ),
    svg: async (drawing) =>
      (await import("../views/experiments/effect-map-svg.ts")).effectMapSvg(report, drawing),
    json: () => ({
      tokens: run.tokens[0],
      words: grid.words,
      alone: grid.alone,
      othersAlone: grid.othersAlone,
      metrics: grid.metrics,
      cells,
      ...(foretold && { foretold: foretold.cells, agreement }),
    }),
    columns: [
      "layer",
      "head",
      "word",
      "word_text",
      ...grid.metrics.map(({ metric }) => metric.kind),
      ...(foretold ? grid.metrics.map(({ metric }) => `${metric.kind}_foretold`) : []),
    ],
    rows: () =>
      cells.map(({ values, ...cell }) => [
        cell.layer,
        cell.head ?? "",
        cell.word ?? "",
        cell.word === undefined ? "" : labels[cell.word]!,
        ...values,
        ...(predictions.get(keyOf(cell)) ?? []),
      ]),
  };
}

/** The maps of what was found, each with what was foretold beside it, and how far they agree. */
function withForetold(
  report: EffectMapReport,
  grid: Grid,
  foretold: PredictedGrid,
  agreement: readonly PredictionAgreement[],
  source: string,
): EffectMapReport {
  const maps = mapsOf(grid, foretold.cells, source);
  const said = agreement.map(
    ({ name, cells, correlation, rankCorrelation, shared, missed }) =>
      `${name}, ${cells} cells: what gradients foretold and what was found correlate at r = ${correlation.toFixed(2)}, in order at ρ = ${rankCorrelation.toFixed(2)}; of the tenth with the largest changes ${Math.round(100 * shared)}% is also in the largest tenth foretold; ${Math.round(100 * missed)}% of the squares are missed.`,
  );
  return {
    ...report,
    maps: report.maps.flatMap((map, n) => [
      map,
      { ...maps[n]!, title: `Foretold by gradients: ${maps[n]!.title}` },
    ]),
    notes: [
      ...(report.notes ?? []),
      ...said,
      "Attribution patching takes the change to first order, from two passes and one back; where the two part, believe what was found.",
    ],
  };
}

function labelsOfWords({ words }: Grid): string[] {
  return labelsOfUnits(words.map(({ text, tokens }) => ({ text, tokens, isSpecial: false })));
}

/** A map a metric: the share of the way to the other text where that is known, else the change. */
function mapsOf(grid: Grid, cells: readonly GridCell[], source: string): EffectMap[] {
  const layers = [...new Set(grid.cells.map(({ layer }) => layer))];
  const labels = labelsOfWords(grid);
  const { over } = grid.plan;
  const heads = Math.max(0, ...grid.cells.map(({ head }) => head ?? 0)) + 1;
  const isThree = over === "headPositions";
  const rows = isThree
    ? layers.flatMap((layer) =>
        Array.from({ length: heads }, (_, head) => formatHead({ layer, head })),
      )
    : layers.map((layer) => `L${layer}`);
  const columns =
    over === "heads" ? Array.from({ length: heads }, (_, head) => `H${head}`) : labels;
  return grid.metrics.map(({ metric: own, name, clean, other }, metric): EffectMap => {
    const isCosine = isCosineToItself(own);
    const isShare = other !== undefined && Math.abs(other - clean) > 1e-9;
    const values = new Float64Array(rows.length * columns.length).fill(Number.NaN);
    for (const { layer, head = 0, word = 0, values: found } of cells) {
      const row = isThree ? layers.indexOf(layer) * heads + head : layers.indexOf(layer);
      const column = over === "heads" ? head : word;
      const moved = found[metric]! - clean;
      values[row * columns.length + column] = isShare
        ? moved / (other - clean)
        : isCosine
          ? -moved
          : moved;
    }
    const what = isShare
      ? `share of the way from this ${source} (${clean.toFixed(3)}) to the other (${other.toFixed(3)})`
      : isCosine
        ? "how far it turns (1 − cosine)"
        : `change from ${clean.toFixed(3)}`;
    return { title: `${name}: ${what}`, rows, columns, values, ...(isShare && { full: 1 }) };
  });
}

/** Shares of a short way are large, whatever little a cell moves. */
function smallShareNotes(maps: readonly EffectMap[], { metrics }: Grid, source: string): string[] {
  const isLarge = maps.some(
    ({ values, full }) =>
      full === 1 && Array.from(values).some((share) => Math.abs(share) > largeShare),
  );
  const ways = metrics.flatMap(({ clean, other }) =>
    other === undefined ? [] : [formatNumber(Math.abs(other - clean), 2)],
  );
  return isLarge && ways.length > 0
    ? [
        `The two ${source}s lie ${ways.join(" and ")} apart by what is followed: of so short a way a small change is a large share.`,
      ]
    : [];
}

function mapReport(
  model: Model,
  file: ExperimentFile,
  grid: Grid,
  cells: readonly GridCell[],
  summary: EffectMapReport["model"],
): EffectMapReport {
  const { over, change } = grid.plan;
  const noun = nounIn(model, (grid.plan.stack ?? "encoder") === "encoder");
  const source = sourceOf(noun);
  const maps = mapsOf(grid, cells, source);
  const cell = {
    heads: "each head's output",
    positions: `each ${noun}'s vector, layer by layer,`,
    headPositions: `each head's output at each ${noun}`,
  }[over];
  const said =
    change.kind === "transplant"
      ? `${change.site ? `${change.site}: ` : ""}${cell} taken from ${inputSaid(change.from)}, one cell at a time`
      : `${cell} ${change.by === "zero" ? "set to 0" : "mean" in change.by ? "set to a mean" : `taken from another ${source}`}, one cell at a time`;
  return {
    texts: titlesOf(model, file.input),
    model: summary,
    said: said.slice(0, 1).toUpperCase() + said.slice(1),
    maps,
    notes: [...changeNotes(model, file), ...smallShareNotes(maps, grid, source)],
  };
}
