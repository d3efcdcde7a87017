/**
 * Relevance by attention and its gradients (Chefer, Gur & Wolf, ICCV 2021, arXiv 2103.15679). In each layer Ā = E_h((∇A ∘ A)⁺), eq. 5: heads
 * are cut at 0 one by one, then averaged. R begins as the identity; self-attention: R ← R + Ā R, eq. 6–7; a decoder's look at its encoder:
 * R^{de} ← R^{de} + (R̂^{dd})ᵀ Ā R̂^{ee}, eq. 10, where R̂ is R − I with rows divided by their sums, plus I, eq. 8–9 (a row of zeros, which
 * published code divides by 0, stays 0). Layers are taken from the first to the last; the earlier method (CVPR 2021) propagates LRP and begins
 * where its user says.
 */

import { expectFlags, expectKeys } from "../../errors/options.ts";
import type { Run } from "../../models/run.ts";
import { parseSite } from "../../probe/sites.ts";
import type { Trace } from "../../probe/trace.ts";
import type { Metric } from "../interventions/metric.ts";
import type { Subject } from "../interventions/subject.ts";
import type { AttentionMaps, Stack } from "../layers/attention-maps.ts";
import { linkMaps } from "./attention-times-gradient.ts";
import {
  type GradientOptions,
  gradientOptions,
  type InputAttribution,
  realTokens,
  sideOf,
  type TokenValues,
} from "./gradient-run.ts";
import { slopedMetric } from "./metric-of.ts";

/** Which of the rules are applied. */
export interface RelevanceOptions extends GradientOptions {
  /** Cross attention: whether R^{dd} and R^{ee} are made shares first, eq. 8–9; true if not given. */
  readonly normalize?: boolean;
  /** Cross attention: false leaves R^{dd} and R^{ee} out, R^{de} ← R^{de} + Ā: an option of the published code. */
  readonly selfInCross?: boolean;
}

/** What a metric reads of each token through all layers. */
export interface Relevance extends InputAttribution {
  /** The tokens whose last vectors the metric reads (a class token, a mask, all of them): places in the last side. `sides` are the mean of their rows. */
  readonly queries: readonly number[];
  /** One row: what goes into a token of the last side, without the 1 every token begins with. */
  row(query: number): readonly TokenValues[];
}

/** The relevance of each token for a metric, ≥ 0. Throws InputError as `saliency` does. */
export async function relevance(
  subject: Subject,
  metric: Metric,
  options: RelevanceOptions = {},
): Promise<Relevance> {
  expectKeys(options, { ...gradientOptions, normalize: true, selfInCross: true }, "relevance");
  const { normalize = true, selfInCross = true, ...rest } = options;
  expectFlags({ normalize, selfInCross }, "relevance");
  const of = await slopedMetric(subject, metric, "relevance");
  const { model } = subject;
  const ends = [...model.sites.keys()].filter((site) => parseSite(site)?.kind.name === "final");
  const clean = await subject.clean();
  const isBoth = clean.decoderTokens !== undefined && model.dimensions.decoderLayers !== undefined;
  const stacks: Stack[] = isBoth ? ["encoder", "decoder", "cross"] : ["encoder"];
  const { maps, trace } = await linkMaps(subject, of, stacks, { ...rest, at: ends });
  const { site, queries } = placesRead(clean, trace, ends);
  const hasDecoder = isBoth && sideOf(site) === "decoder";
  const [own, decoder, cross] = maps;
  const self = relevanceOfStack(own!);
  const matrices: Side[] = [];
  if (!hasDecoder) matrices.push({ stack: sideOf(site), maps: own!, matrix: self });
  else {
    const both = relevanceOfDecoder(self, decoder!, cross!, { normalize, selfInCross });
    matrices.push(
      { stack: "encoder", maps: own!, matrix: both.encoder },
      { stack: "decoder", maps: decoder!, matrix: both.decoder },
    );
  }
  const row = (query: number) => matrices.map((side) => rowOf(side, [query]));
  const sides = matrices.map((side) => rowOf(side, queries));
  return { metric: of.metric, name: of.name, value: of.clean, sides, queries, row };
}

/** Which tokens' last vectors the number depends on: those with a gradient. */
function placesRead(clean: Run, trace: Trace, ends: readonly string[]) {
  const found = ends.map((site) => {
    const gradient = trace.get(`${site}.gradient`);
    const { places } = realTokens(clean, site);
    const queries = [...places.keys()].filter((place) =>
      gradient.select(0, places[place]!).data.some((value) => value !== 0),
    );
    return { site, queries };
  });
  return found.findLast(({ queries }) => queries.length > 0) ?? found.at(-1)!;
}

interface Side {
  readonly stack: TokenValues["stack"];
  readonly maps: AttentionMaps;
  readonly matrix: Matrix;
}

function rowOf({ stack, maps, matrix }: Side, queries: readonly number[]): TokenValues {
  const values = new Float64Array(matrix.columns);
  for (const query of queries)
    for (let key = 0; key < matrix.columns; key++) {
      // The identity that R begins with is nobody's doing.
      const own = matrix.isSquare && key === query ? 1 : 0;
      values[key]! += (matrix.data[query * matrix.columns + key]! - own) / queries.length;
    }
  return { stack, tokens: maps.keys, values };
}

/** Rows of numbers; square where both sides are the same tokens, and the identity was added. */
interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly isSquare?: boolean;
  readonly data: Float64Array;
}

function relevanceOfStack(maps: AttentionMaps): Matrix {
  const found = identity(maps.keys.length);
  for (let layer = 0; layer < maps.layers; layer++)
    add(found, product(positiveMean(maps, layer), found));
  return found;
}

function relevanceOfDecoder(
  encoder: Matrix,
  decoder: AttentionMaps,
  cross: AttentionMaps,
  { normalize, selfInCross }: Required<Pick<RelevanceOptions, "normalize" | "selfInCross">>,
): { encoder: Matrix; decoder: Matrix } {
  const own = identity(decoder.keys.length);
  const across = zeros(decoder.keys.length, encoder.columns);
  for (let layer = 0; layer < decoder.layers; layer++) {
    const looks = positiveMean(decoder, layer);
    // Both from R as it was before the layer.
    const [ownAdded, acrossAdded] = [product(looks, own), product(looks, across)];
    add(own, ownAdded);
    add(across, acrossAdded);
    const links = positiveMean(cross, layer);
    if (!selfInCross) add(across, links);
    else {
      const [left, right] = normalize ? [shares(own), shares(encoder)] : [own, encoder];
      add(across, product(transposed(left), product(links, right)));
    }
  }
  return { encoder: across, decoder: own };
}

/** E_h((∇A ∘ A)⁺) of a layer. */
function positiveMean(maps: AttentionMaps, layer: number): Matrix {
  const mean = zeros(maps.queries.length, maps.keys.length);
  for (let head = 0; head < maps.heads; head++) {
    const links = maps.matrix({ layer, head });
    for (let place = 0; place < links.length; place++)
      if (links[place]! > 0) mean.data[place]! += links[place]! / maps.heads;
  }
  return mean;
}

function zeros(rows: number, columns: number): Matrix {
  return { rows, columns, data: new Float64Array(rows * columns) };
}

function identity(size: number): Matrix {
  const found = { ...zeros(size, size), isSquare: true };
  for (let place = 0; place < size; place++) found.data[place * size + place] = 1;
  return found;
}

function add(to: Matrix, { data }: Matrix): void {
  for (let place = 0; place < data.length; place++) to.data[place]! += data[place]!;
}

function product(a: Matrix, b: Matrix): Matrix {
  const found = zeros(a.rows, b.columns);
  for (let row = 0; row < a.rows; row++)
    for (let middle = 0; middle < a.columns; middle++) {
      const factor = a.data[row * a.columns + middle]!;
      if (factor === 0) continue;
      for (let column = 0; column < b.columns; column++)
        found.data[row * b.columns + column]! += factor * b.data[middle * b.columns + column]!;
    }
  return found;
}

function transposed({ rows, columns, data }: Matrix): Matrix {
  const found = zeros(columns, rows);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      found.data[column * rows + row] = data[row * columns + column]!;
  return found;
}

/** R̂: R − I with rows divided by their sums, plus I. */
function shares({ rows, columns, data }: Matrix): Matrix {
  const found = identity(rows);
  for (let row = 0; row < rows; row++) {
    let sum = -1;
    for (let column = 0; column < columns; column++) sum += data[row * columns + column]!;
    if (sum <= 0) continue;
    for (let column = 0; column < columns; column++)
      found.data[row * columns + column]! +=
        (data[row * columns + column]! - (row === column ? 1 : 0)) / sum;
  }
  return found;
}
