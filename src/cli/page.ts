import { labelsOfUnits, type WordWeights } from "../analysis/words/word-weights.ts";
import type { Model } from "../model.ts";
import type { TextInput } from "../models/inputs.ts";
import type { Run } from "../models/run.ts";
import type { Read } from "../probe/plan.ts";
import { type PageOptions, pageHtml, type VectorPicture } from "../views/page/page.ts";
import type { FocusReport } from "../views/text/focus.ts";
import { textsOf } from "./input/text-input.ts";
import { headWeights, stackOf } from "./picture.ts";
import { isScaledProduct, numbersLeftOut } from "./scaled-product.ts";

/** Above so many numbers, or tokens, a page leaves the vectors out, to stay a few MB. */
const mostVectorNumbers = 4_000_000;
const mostTokensWithVectors = 256;
/** More weights than this are read rounded: half the memory. */
const mostExact = 3_000_000;

/** What is to be read for `attentionPage`. */
export function pageReads(model: Model, input: TextInput | readonly (readonly number[])[]): Read[] {
  const tokens = tokenCount(model, input);
  const layer = `${stackOf(model)}layers.*`;
  if (tokens <= tokensWithVectors(model)) return [`${layer}.{q,k,v,weights,scores,scores.content}`];
  const { layers, heads } = model.dimensions;
  const isMany = layers * heads * tokens ** 2 > mostExact;
  return [isMany ? { site: `${layer}.weights`, keep: "rounded" } : `${layer}.weights`];
}

function tokenCount(model: Model, input: TextInput | readonly (readonly number[])[]): number {
  if (Array.isArray(input)) return input[0]!.length;
  const [text, pair] = textsOf(input as TextInput);
  return model.tokenizer?.encode(text!, { pair }).tokens.length ?? 0;
}

/** The most tokens of a text whose page has vectors. */
function tokensWithVectors({ dimensions }: Model): number {
  const { layers, heads, keyHeads, headWidth } = dimensions;
  const each = layers * headWidth * (heads + 2 * keyHeads);
  return Math.min(mostTokensWithVectors, Math.floor(mostVectorNumbers / each));
}

/** One page with the sentence, every head and, for shorter texts, every number on the way. Needs what `pageReads` says read. */
export function attentionPage(
  model: Model,
  run: Run,
  report: FocusReport,
  { units }: WordWeights,
  { theme }: PageOptions = {},
): string {
  const names = labelsOfUnits(units);
  const picture = {
    texts: report.texts,
    model: report.model,
    queries: report.tokens,
    words: report.tokens.map(
      (_, token) => names[units.findIndex(({ tokens }) => tokens.includes(token))]!,
    ),
    weights: eachLayer(
      model,
      (layer) => (head: number) => headWeights(run, model, { layer, head }),
    ),
    start: { query: report.focus.tokens[0], ...report.head },
    ...vectorsOf(model, run),
  };
  return pageHtml(picture, { theme });
}

function eachLayer<T>({ dimensions }: Model, make: (layer: number) => T): T[] {
  return Array.from({ length: dimensions.layers }, (_, layer) => make(layer));
}

/** The vectors, or why they would not lead to the weights. */
function vectorsOf(
  model: Model,
  run: Run,
): { readonly vectors: VectorPicture } | { readonly vectorsNote: string } {
  const left = "The numbers on the way to a weight are left out";
  const most = tokensWithVectors(model);
  if (run.tokens[0]!.length > most)
    return { vectorsNote: `${left}: the text has more than ${most} tokens.` };
  const scales = new Set(eachLayer(model, (layer) => model.scoreScale(layer)));
  const [scale] = scales;
  const isMadeOfMore = numbersLeftOut(model);
  if (scales.size > 1)
    return { vectorsNote: `${left}: the layers scale their scores by different numbers.` };
  if (scale === undefined) return { vectorsNote: isMadeOfMore };
  const { headWidth, keyHeads } = model.dimensions;
  const site = (name: string) =>
    eachLayer(
      model,
      (layer) => run.trace.get(`${stackOf(model)}layers.${layer}.${name}`).select(0).data,
    );
  const [q, k, v] = [site("q"), site("k"), site("v")];
  const content = site("scores.content");
  const vectors = { headWidth, keyHeads, scale, q, k, v };
  if (!content.every((scores, layer) => areProducts(model, scores, vectors, layer)))
    return { vectorsNote: isMadeOfMore };
  const bias = site("scores").map((scores, layer) =>
    scores.map((score, place) => (score === -Infinity ? 0 : score - content[layer]![place]!)),
  );
  const hasBias = bias.some((values) => values.some((value) => value !== 0));
  return { vectors: hasBias ? { ...vectors, bias } : vectors };
}

/** Whether the scores (H, T, S) of a layer are scale · q·k in every head, for every query. */
function areProducts(
  { dimensions: { heads, keyHeads } }: Model,
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
