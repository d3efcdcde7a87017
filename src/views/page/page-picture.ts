import type { HeadAddress } from "../../probe/head-address.ts";
import { expectCount } from "../expect-count.ts";
import { colorAt, hex, type Theme } from "../scale.ts";
import { oneLine, surface, type Word } from "../surface.ts";
import { type ModelSummary, modelLine } from "../text/focus.ts";
import type { PageData } from "./page-data.ts";

/** All that a page shows. L layers, H heads, T queries, S keys, D head width. */
export interface PagePicture {
  readonly texts: readonly string[];
  readonly model: ModelSummary;
  readonly queries: readonly Word[];
  /** The words that are looked at; the queries again when left out. */
  readonly keys?: readonly Word[];
  /** For every query its whole word's name, each word's its own ("the#2"); pieces of a word share it. Only without `keys`. */
  readonly words?: readonly string[];
  /** One array a layer, each (H, T, S) row-major, 0 to 1; NaN where a query cannot look. */
  readonly weights: readonly ArrayLike<number>[];
  /** What the page opens with, unless its address says otherwise. */
  readonly start?: { readonly query?: number } & Partial<HeadAddress>;
  /** With these the page shows every number on the way to a weight. */
  readonly vectors?: VectorPicture;
  /** Why the page has no vectors; shown where they would stand. */
  readonly vectorsNote?: string;
}

/** The queries, keys and values of all heads, as they enter the dot product. */
export interface VectorPicture {
  readonly headWidth: number;
  /** Heads of k and v, where several heads of q share them; all heads by default. */
  readonly keyHeads?: number;
  /** What q · k is multiplied by. */
  readonly scale: number;
  /** One array a layer: q is (H, T, D), k and v are (keyHeads, S, D). */
  readonly q: readonly ArrayLike<number>[];
  readonly k: readonly ArrayLike<number>[];
  readonly v: readonly ArrayLike<number>[];
  /** One array a layer, (H, T, S): what is added to the scaled products. */
  readonly bias?: readonly ArrayLike<number>[];
}

/** What a page carries of a picture beside its packed numbers. */
export function pageData({
  texts,
  model,
  queries,
  keys = queries,
  words,
  start = {},
  vectors,
  vectorsNote,
  ...rest
}: PagePicture): PageData {
  const special = (words: readonly Word[]): number[] =>
    words.flatMap(({ special }, index) => (special ? [index] : []));
  const scale = (theme: Theme): string =>
    Array.from({ length: 256 }, (_, step) => hex(colorAt(step / 255, theme)).slice(1)).join("");
  return {
    texts: texts.map(oneLine),
    model: modelLine(model, true),
    layers: rest.weights.length,
    heads: model.heads,
    queries: queries.map(({ text }) => surface(text)),
    keys: keys.map(({ text }) => surface(text)),
    words: keys === queries ? words?.map(surface) : undefined,
    isSelf: keys === queries,
    specialKeys: special(keys),
    specialQueries: special(queries),
    start: { query: start.query ?? 0, layer: start.layer ?? 0, head: start.head ?? 0 },
    colors: { light: scale("light"), dark: scale("dark") },
    vectors: vectors && {
      headWidth: vectors.headWidth,
      keyHeads: vectors.keyHeads ?? model.heads,
      scale: vectors.scale,
      hasBias: vectors.bias !== undefined,
    },
    vectorsNote: vectorsNote === undefined ? undefined : oneLine(vectorsNote),
  };
}

/** Throws ShapeError, named after `place`, unless all numbers fit the words. */
export function checkCounts(
  place: string,
  { model, queries, keys = queries, words = [], weights, vectors }: PagePicture,
): void {
  if (words.length > 0) expectCount(place, "words (one a query)", words.length, queries.length);
  const check = (
    what: string,
    layers: readonly ArrayLike<number>[] | undefined,
    wanted: number,
  ): void => {
    for (const [layer, { length }] of (layers ?? []).entries())
      expectCount(place, `${what} of layer ${layer}`, length, wanted);
  };
  const cells = model.heads * queries.length * keys.length;
  check("weights (heads × queries × keys)", weights, cells);
  if (!vectors) return;
  const { headWidth, keyHeads = model.heads, q, k, v, bias } = vectors;
  check("q (heads × queries × head width)", q, model.heads * queries.length * headWidth);
  check("k (key heads × keys × head width)", k, keyHeads * keys.length * headWidth);
  check("v (key heads × keys × head width)", v, keyHeads * keys.length * headWidth);
  check("bias (heads × queries × keys)", bias, cells);
}
