import type { Model } from "../model.ts";
import type { Run } from "../models/run.ts";
import { shortName } from "../models/short-name.ts";
import type { HeadAddress } from "../probe/head-address.ts";
import type { Read } from "../probe/plan.ts";
import { Tensor } from "../tensor/tensor.ts";
import { labelOf } from "../views/from-run/run.ts";
import type { Word } from "../views/surface.ts";
import type { ModelSummary } from "../views/text/focus.ts";

/** The tokens of one text of a run, as pictures label them. */
export function labelsOf(run: Run, text = 0): Word[] {
  return run.tokens[text]!.map(labelOf);
}

/** What stands before a layer's sites: "encoder." in models that have a decoder too, whose own sites --site prints. */
export function stackOf({ dimensions }: Model): "" | "encoder." {
  return dimensions.decoderLayers === undefined ? "" : "encoder.";
}

/** Weights of all layers; whoever looks from one word only (`isOneWord`) keeps no T times S numbers of a long text. */
export function readWeights(model: Model, isOneWord: boolean): Read {
  const site = `${stackOf(model)}layers.*.weights`;
  return isOneWord ? { site, keep: "rows" } : site;
}

/** The (T, S) weights of one head; NaN where a query cannot look. */
export function headWeights(
  run: Run,
  model: Model,
  { layer, head }: HeadAddress,
  text = 0,
): Float32Array {
  const kept = run.trace.kept(`${stackOf(model)}layers.${layer}.weights`);
  const weights = kept instanceof Tensor ? kept.select(text, head) : kept.select([[text], [head]]); // (T, S)
  return model.isCausal ? hideLater(weights.data, kept.shape[3]!) : weights.data;
}

/** The weights (S) of one query of a head; NaN where it cannot look. */
export function queryWeights(
  run: Run,
  model: Model,
  { layer, head }: HeadAddress,
  query: number,
): Float32Array {
  const { data } = run.trace.row(`${stackOf(model)}layers.${layer}.weights`, { head, query });
  return model.isCausal ? data.map((weight, key) => (key > query ? Number.NaN : weight)) : data;
}

/** NaN in place of what comes after a query, in numbers that are the caller's own: (…, T, T). */
function hideLater(weights: Float32Array, width: number): Float32Array {
  for (let start = 0; start < weights.length; start += width)
    weights.fill(Number.NaN, start + ((start / width) % width) + 1, start + width);
  return weights;
}

/** One weight as CSV has it; empty where the query cannot look. */
export type WeightRow = readonly (string | number)[];

/** The columns of `weightRows`. */
export const weightColumns = [
  "layer",
  "head",
  "query",
  "query_token",
  "key",
  "key_token",
  "weight",
];

/** What one query of a head gives every key (S), a row a key. */
export function weightRows(
  { layer, head }: HeadAddress,
  labels: readonly Word[],
  weights: Float32Array,
  query: number,
): WeightRow[] {
  return labels.map(({ text }, key) => {
    const weight = weights[key]!;
    const shown = Number.isNaN(weight) ? "" : weight;
    return [layer, head, query, labels[query]!.text, key, text, shown];
  });
}

/** The model in a line, for headings. */
export function summaryOf(model: Model, run: Run, text = 0): ModelSummary {
  const { layers, heads } = model.dimensions;
  return { name: shortName(model.label), layers, heads, tokens: run.tokens[text]!.length };
}

/** Texts as rows of a table, numbered from 1. */
export function numbered(texts: readonly string[]): string[] {
  return texts.map((text, n) => `${n + 1} ${text}`);
}
