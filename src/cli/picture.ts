import type { StackPrefix } from "../analysis/explain/question.ts";
import { dimensionsIn } from "../families/family.ts";
import type { Model } from "../model.ts";
import { mainStack } from "../models/main-stack.ts";
import type { Run } from "../models/run.ts";
import { shortName } from "../models/short-name.ts";
import { formatHead, type HeadAddress } from "../probe/head-address.ts";
import type { Read } from "../probe/plan.ts";
import type { RunAttention } from "../views/from-run/run.ts";
import type { ModelSummary } from "../views/text/focus.ts";

/** A site of a layer's attention in a stack: "decoder.layers.3.cross.weights"; of all layers with "*". */
export function attentionSite(stack: StackPrefix, layer: number | "*", name: string): string {
  return stack === "decoder.cross."
    ? `decoder.layers.${layer}.cross.${name}`
    : `${stack}layers.${layer}.${name}`;
}

/** Weights of all layers; whoever looks from one word only (`isOneWord`) keeps no T times S numbers of a long text. */
export function readWeights(
  model: Model,
  isOneWord: boolean,
  stack: StackPrefix = mainStack(model),
): Read {
  const site = attentionSite(stack, "*", "weights");
  return isOneWord ? { site, keep: "rows" } : site;
}

/** A head with what names its stack, where that is not the one shown when none is named: "decoder.cross.L0H1". */
export function headIn(stack: StackPrefix, head: HeadAddress): string {
  return `${stack.startsWith("decoder.") ? stack : ""}${formatHead(head)}`;
}

/** How a sentence calls the attention of a stack: "cross attention". */
export function attentionName(stack: StackPrefix): string {
  return stack === "decoder.cross."
    ? "cross attention"
    : `${stack === "" ? "the model" : `the ${stack.slice(0, -1)}`}'s own attention`;
}

/** What JSON says of a decoder's or of cross attention; nothing where it is that of the text. */
export function stackJson(stack: StackPrefix, { decoderTokens }: Run): object {
  if (!stack.startsWith("decoder.")) return {};
  return {
    stack: stack === "decoder." ? "decoder" : "cross",
    decoderTokens: decoderTokens![0],
  };
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
  { queries, keys }: Pick<RunAttention, "queries" | "keys">,
  weights: Float32Array,
  query: number,
): WeightRow[] {
  return keys.map(({ text }, key) => {
    const weight = weights[key]!;
    const shown = Number.isNaN(weight) ? "" : weight;
    return [layer, head, query, queries[query]!.text, key, text, shown];
  });
}

/** The model in a line, for headings. */
export function summaryOf(model: Model, run: Run, text = 0): ModelSummary {
  const { layers, heads } = model.dimensions;
  const decoder = dimensionsIn(model.dimensions, "decoder.");
  return {
    ...{ name: shortName(model.label), layers, heads, tokens: run.tokens[text]!.length },
    ...((decoder.layers !== layers || decoder.heads !== heads) && { decoder }),
  };
}

/** The model in a line, and which of its attentions is shown, where none is shown unless it is named. */
export function summaryOfStack(
  model: Model,
  stack: StackPrefix,
  { layers, heads, queries, keys }: RunAttention,
): ModelSummary {
  return {
    ...{ name: shortName(model.label), layers, heads, tokens: queries.length },
    ...(stack.startsWith("decoder.") && { attention: attentionName(stack) }),
    ...(keys !== queries && { keys: keys.length }),
  };
}

/** Texts as rows of a table, numbered from 1. */
export function numbered(texts: readonly string[]): string[] {
  return texts.map((text, n) => `${n + 1} ${text}`);
}
