import { nounIn } from "../../analysis/explain/context.ts";
import type { AttentionMaps } from "../../analysis/layers/attention-maps.ts";
import { patchRelevance, type Rollout } from "../../analysis/layers/rollout.ts";
import { readImage } from "../../images/read-image.node.ts";
import type { Model } from "../../model.ts";
import { tokensNamed } from "../../probe/words.ts";
import type { WordBars } from "../../views/measured/word-bars.ts";
import { wordBarsSvg } from "../../views/measured/word-bars-svg.ts";
import { wordBarsText } from "../../views/measured/word-bars-text.ts";
import { headSvg } from "../../views/svg/head.ts";
import { headText } from "../../views/text/head.ts";
import { type DrawnFound, deliverEachOrDrawn, figureFacts } from "../figure.ts";
import { type Line, type LineOptions, readHeard, textsIn } from "../input/lines.ts";
import { namesPicture } from "../input/text-input.ts";
import { endPhase, loadModel, type ModelOptions } from "../loading.ts";
import { modelJson, textJson } from "../model-json.ts";
import { expectTexts } from "../named.ts";
import { type FormatOptions, formatOf } from "../options/format.ts";
import { refuseIdle } from "../options/idle-options.ts";
import { terminalOf } from "../terminal/terminal.ts";
import {
  type AttentionRun,
  attentionRun,
  inputOf,
  labelsOfTokens,
  type StackOptions,
  stageNumber,
  wordLabel,
} from "./attention-run.ts";
import { withNotes } from "./notes.ts";
import { deliverPatchRow, patchFormats } from "./patch-values.ts";

/** What goes into the tokens of the last layer, however it was found. */
export interface Relevance {
  /** "rollout, as abnar has it" */
  readonly name: string;
  /** Further facts for JSON: the variant, the layers. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** What to know before it is believed. */
  readonly notes: readonly string[];
  readonly row: (query: number) => Float64Array;
}

export interface RelevanceOptions extends ModelOptions, FormatOptions, StackOptions {
  readonly word?: string;
}

/** What stands under numbers of a causal model. */
export const causalNote =
  "This attention is causal: later tokens see earlier ones only, so shares pile up on the first token whatever the text says. The papers are about encoders.";

const textFormats = ["text", "json", "jsonl", "csv", "svg"] as const;
const columns = ["query", "query_token", "key", "key_token", "relevance"];

/** Writes what goes into the tokens of texts, or of one picture. */
export async function deliverRelevance(
  given: string | undefined,
  find: (maps: AttentionMaps) => Relevance,
  options: RelevanceOptions & LineOptions,
): Promise<void> {
  if (given !== undefined && namesPicture(given)) return deliverOfPicture(given, find, options);
  const format = formatOf(options, textFormats);
  refuseIdle("rollout", { ...options, format });
  const lines = await readHeard(given, options);
  const model = await loadModel(options);
  expectTexts(model, given);
  const findLine = async (line: Line) => {
    const found = await attentionRun(model, inputOf(line, options), options);
    endPhase("run");
    return relevanceFound(model, found, line, find(found.maps), options);
  };
  await deliverEachOrDrawn(lines, options, format, findLine, (line) =>
    figureFacts(model, textsIn(model, line)),
  );
}

/** What goes into a word, or into every token, in the ways it is written. */
function relevanceFound(
  model: Model,
  { run, maps }: AttentionRun,
  line: Line,
  relevance: Relevance,
  options: RelevanceOptions,
): DrawnFound {
  const labels = labelsOfTokens(maps.queries);
  const { word } = options;
  const queries = word === undefined ? undefined : tokensNamed(word, maps.queries, "--word");
  const about = () => ({
    model: modelJson(model, options),
    ...textJson(textsIn(model, line), run, line.audio !== undefined),
    ...(options.stack === "decoder" && { stack: "decoder", decoderTokens: maps.queries }),
    ...relevance.facts,
    notes: relevance.notes,
  });
  if (queries !== undefined) {
    const row = meanRow(queries.map((query) => relevance.row(query)));
    const name = wordLabel(maps.queries, queries);
    const bars: WordBars = {
      title: `What goes into "${name}": ${relevance.name}`,
      noun: nounIn(model, options.stack !== "decoder"),
      unit: "share",
      rows: labels.map((label, key) => ({
        ...label,
        value: row[key]!,
        isFocus: queries.includes(key),
      })),
      notes: relevance.notes,
    };
    return {
      text: () => wordBarsText(bars, terminalOf(process.stdout)),
      svg: (drawing) => wordBarsSvg(bars, drawing),
      json: () => ({ ...about(), word: { label: name, tokens: queries }, relevance: row }),
      columns,
      rows: () => labels.map(({ text }, key) => [queries[0]!, name, key, text, row[key]!]),
    };
  }
  const rows = labels.map((_, query) => relevance.row(query));
  const noun = nounIn(model, options.stack !== "decoder");
  const picture = {
    layer: 0,
    head: 0,
    title: `What goes into each ${noun} (rows) from each ${noun} (columns): ${relevance.name}`,
    queries: labels,
    keys: labels,
    weights: matrixOf(rows, maps.isCausal),
    strongest: "most",
    noun,
  };
  return {
    text: () => withNotes(headText(picture, terminalOf(process.stdout)), relevance.notes),
    svg: (drawing) => headSvg(picture, drawing),
    json: () => ({ ...about(), relevance: rows.map((row) => Array.from(row)) }),
    columns,
    rows: () =>
      rows.flatMap((row, query) =>
        Array.from(row, (value, key) => [
          query,
          labels[query]!.text,
          key,
          labels[key]!.text,
          value,
        ]),
      ),
  };
}

function meanRow(rows: readonly Float64Array[]): Float64Array {
  const mean = new Float64Array(rows[0]!.length);
  for (const row of rows)
    for (const [key, value] of row.entries()) mean[key]! += value / rows.length;
  return mean;
}

/** All rows in one; what a causal mask forbids is left empty. */
function matrixOf(rows: readonly Float64Array[], isCausal: boolean): Float64Array {
  const N = rows.length;
  return Float64Array.from({ length: N * N }, (_, place) => {
    const [query, key] = [Math.floor(place / N), place % N];
    return isCausal && key > query ? Number.NaN : rows[query]![key]!;
  });
}

/** What goes from a picture's patches into a token, [CLS] if none is named, over the picture. */
async function deliverOfPicture(
  path: string,
  find: (maps: AttentionMaps) => Relevance,
  options: RelevanceOptions,
): Promise<void> {
  const format = formatOf(options, patchFormats);
  refuseIdle("picture", { ...options, format });
  const model = await loadModel(options, "images");
  const image = await readImage(path);
  const { run, maps } = await attentionRun(model, image, options);
  const relevance = find(maps);
  endPhase("run");
  const variant = relevance.facts.variant as Rollout["variant"] | undefined;
  await deliverPatchRow(
    {
      ...{ model, path, image, run, word: options.word },
      stage: stageNumber(options.stage),
      titleOf: (name) => `what goes into ${name}: ${relevance.name}`,
      numbersOf: relevance.row,
      ...(variant !== undefined && {
        drawnOf: (whole, patches) => patchRelevance({ variant } as Rollout, whole, patches),
      }),
      column: "relevance",
      facts: relevance.facts,
      notes: relevance.notes,
    },
    options,
    format,
  );
}
