import type { StackPrefix } from "../analysis/explain/question.ts";
import { labelsOfUnits, type WordWeights } from "../analysis/words/word-weights.ts";
import { type Dimensions, dimensionsIn } from "../families/family.ts";
import type { Model } from "../model.ts";
import type { RunInput, TextInput } from "../models/inputs.ts";
import type { Run } from "../models/run.ts";
import type { HeadAddress } from "../probe/head-address.ts";
import type { Read } from "../probe/plan.ts";
import { type PageOptions, pageHtml, type VectorPicture } from "../views/page/page.ts";
import type { FocusReport } from "../views/text/focus.ts";
import type { LookedRun } from "./focus-report.ts";
import { textsOf } from "./input/text-input.ts";
import { hasHeadOf } from "./named.ts";
import { attentionSite } from "./picture.ts";
import { isScaledProduct, numbersLeftOut } from "./scaled-product.ts";

/** Above so many numbers, or tokens, a page leaves the vectors out, to stay a few MB. */
const mostVectorNumbers = 4_000_000;
const mostTokensWithVectors = 256;
/** More weights than this are read rounded: half the memory. */
const mostExact = 3_000_000;

/** What is to be read for `attentionPage`: of the layers that have a head of the page, all if it holds all. */
export function pageReads(
  model: Model,
  input: RunInput,
  stack: StackPrefix,
  only?: readonly HeadAddress[],
): Read[] {
  const tokens = tokenCount(model, input, stack);
  const dimensions = heldOf(dimensionsIn(model.dimensions, stack), only);
  const held = only ? [...new Set(only.map(({ layer }) => layer))] : (["*"] as const);
  if (tokens <= tokensWithVectors(dimensions))
    return held.map((layer) =>
      attentionSite(stack, layer, "{q,k,v,weights,scores,scores.content}"),
    );
  const { layers, heads } = dimensions;
  const isMany = layers * heads * tokens ** 2 > mostExact;
  return held.map((layer) => {
    const site = attentionSite(stack, layer, "weights");
    return isMany ? { site, keep: "rounded" } : site;
  });
}

/** A stack as large as the layers of it that a page has heads of. */
function heldOf(dimensions: Dimensions, only: readonly HeadAddress[] | undefined): Dimensions {
  return only
    ? { ...dimensions, layers: new Set(only.map(({ layer }) => layer)).size }
    : dimensions;
}

/** About how many tokens a stack reads; of cross attention the more of both sides. */
function tokenCount({ tokenizer }: Model, input: RunInput, stack: StackPrefix): number {
  if (Array.isArray(input)) return stack === "decoder." ? 1 : input[0]!.length;
  if (typeof input === "object" && "decoderIds" in input) {
    const { ids, decoderIds } = input as Readonly<Record<string, readonly (readonly number[])[]>>;
    const [read, written] = [ids![0]!.length, decoderIds![0]!.length];
    if (stack === "decoder.cross.") return Math.max(read, written);
    return stack === "decoder." ? written : read;
  }
  const [text, pair] = textsOf(input as TextInput);
  const { target = "" } = typeof input === "string" ? {} : (input as { target?: string });
  const main = () => tokenizer?.encode(text!, { pair }).tokens.length ?? 0;
  const decoder = () => (tokenizer?.target ?? tokenizer)?.encode(target).tokens.length ?? 0;
  if (stack === "decoder.") return decoder();
  return stack === "decoder.cross." ? Math.max(main(), decoder()) : main();
}

/** The most tokens of a text whose page has vectors. */
function tokensWithVectors({ layers, heads, keyHeads, headWidth }: Dimensions): number {
  const each = layers * headWidth * (heads + 2 * keyHeads);
  return Math.min(mostTokensWithVectors, Math.floor(mostVectorNumbers / each));
}

/** One page with the sentence, every head and, for shorter texts, every number on the way. Needs what `pageReads` says read. */
export function attentionPage(
  looked: LookedRun & { readonly run: Run },
  report: FocusReport,
  { units, rest }: WordWeights,
  { theme, only }: PageOptions & { readonly only?: readonly HeadAddress[] | undefined } = {},
): string {
  const { attention } = looked;
  const { queries = report.tokens } = report;
  const names = labelsOfUnits(units);
  const [query] = report.focus.tokens;
  const opened = startHead(report, only);
  const picture = {
    texts: report.texts,
    model: report.model,
    queries,
    ...(queries === report.tokens
      ? {
          words: queries.map(
            (_, token) => names[units.findIndex(({ tokens }) => tokens.includes(token))]!,
          ),
        }
      : { keys: report.tokens }),
    weights: eachLayer(attention, (layer) => (head: number) => attention.weights({ layer, head })),
    ...(only && { only }),
    ...(rest !== undefined && { rest: units[rest]!.tokens }),
    start: { query, key: targetIn(looked, report, opened), ...opened },
    ...vectorsOf(looked, only),
  };
  return pageHtml(picture, { theme });
}

/** The head to open with: the one that is shown, else the strongest that the page holds. */
function startHead(
  { head, heads }: FocusReport,
  only: readonly HeadAddress[] | undefined,
): HeadAddress {
  const isHeld = ({ layer, head }: HeadAddress) =>
    !only || only.some((one) => one.layer === layer && one.head === head);
  const { layer, head: number } = [head, ...heads].find(isHeld) ?? only![0]!;
  return { layer, head: number };
}

/** The token of the word that is found which the word that looks gives most in a head. */
function targetIn({ attention }: LookedRun, { focus, targets }: FocusReport, head: HeadAddress) {
  const row = attention.row(head, focus.tokens.slice(0, 1));
  return targets[0]?.tokens.reduce((a, b) => (row[b]! > row[a]! ? b : a));
}

function eachLayer<T>({ layers }: { readonly layers: number }, make: (layer: number) => T): T[] {
  return Array.from({ length: layers }, (_, layer) => make(layer));
}

/** The vectors, or why they would not lead to the weights. */
function vectorsOf(
  { model, run, stack, attention }: LookedRun & { readonly run: Run },
  only: readonly HeadAddress[] | undefined,
): { readonly vectors: VectorPicture } | { readonly vectorsNote: string } {
  const dimensions = dimensionsIn(model.dimensions, stack);
  const isHeld = (layer: number) => hasHeadOf(only, layer);
  const first = eachLayer(attention, (layer) => layer).find(isHeld)!;
  const left = "The numbers on the way to a weight are left out";
  if (!run.trace.has(attentionSite(stack, first, "q")))
    return {
      vectorsNote: `${left}: the text has more than ${tokensWithVectors(heldOf(dimensions, only))} tokens.`,
    };
  const scales = new Set(eachLayer(attention, (layer) => model.scoreScale(layer, stack)));
  const [scale] = scales;
  const isMadeOfMore = numbersLeftOut(model);
  if (scales.size > 1)
    return { vectorsNote: `${left}: the layers scale their scores by different numbers.` };
  if (scale === undefined) return { vectorsNote: isMadeOfMore };
  const { headWidth, keyHeads } = dimensions;
  const site = (name: string) => {
    const numbersOf = (layer: number) =>
      run.trace.get(attentionSite(stack, layer, name)).select(0).data;
    // Of what the page does not hold there are no numbers, which it packs as zeros.
    const nothing = new Float32Array(only ? numbersOf(first).length : 0);
    return eachLayer(attention, (layer) => (isHeld(layer) ? numbersOf(layer) : nothing));
  };
  const [q, k, v] = [site("q"), site("k"), site("v")];
  const content = site("scores.content");
  const vectors = { headWidth, keyHeads, scale, q, k, v };
  const isProduct = (scores: Float32Array, layer: number) =>
    !isHeld(layer) || areProducts(dimensions, scores, vectors, layer);
  if (!content.every(isProduct)) return { vectorsNote: isMadeOfMore };
  const bias = site("scores").map((scores, layer) =>
    scores.map((score, place) => (score === -Infinity ? 0 : score - content[layer]![place]!)),
  );
  const hasBias = bias.some((values) => values.some((value) => value !== 0));
  return { vectors: hasBias ? { ...vectors, bias } : vectors };
}

/** Whether the scores (H, T, S) of a layer are scale · q·k in every head, for every query. */
function areProducts(
  { heads, keyHeads }: Dimensions,
  scores: Float32Array,
  { headWidth, scale, ...vectors }: { headWidth: number; scale: number } & LayerVectors,
  layer: number,
): boolean {
  const [q, k] = [vectors.q[layer]!, vectors.k[layer]!];
  const queries = q.length / headWidth; // heads × T
  const T = queries / heads;
  const S = scores.length / queries;
  return Array.from({ length: queries }, (_, row) => row).every((row) => {
    const keyStart = Math.floor((Math.floor(row / T) * keyHeads) / heads) * S * headWidth;
    return isScaledProduct(scores.subarray(row * S, (row + 1) * S), {
      q: q.subarray(row * headWidth, (row + 1) * headWidth),
      k: k.subarray(keyStart, keyStart + S * headWidth),
      scale,
    });
  });
}

interface LayerVectors {
  readonly q: readonly Float32Array[];
  readonly k: readonly Float32Array[];
}
