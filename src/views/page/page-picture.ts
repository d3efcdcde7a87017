import { InputError } from "../../errors/errors.ts";
import { formatHead, type HeadAddress } from "../../probe/head-address.ts";
import { expectCount } from "../expect-count.ts";
import { colorAt, hex, type Theme } from "../scale.ts";
import { oneLine, surface, type Word } from "../surface.ts";
import { type ModelSummary, modelLine } from "../text/focus.ts";
import type { PageData } from "./page-data.ts";

/** The weights of one layer, (H, T, S) row-major, or a function that gives each head's, (T, S): it is called once a head, in order. */
export type LayerWeights = ArrayLike<number> | ((head: number) => ArrayLike<number>);

/** All that a page shows. L layers, H heads, T queries, S keys, D head width. */
export interface PagePicture {
  readonly texts: readonly string[];
  readonly model: ModelSummary;
  readonly queries: readonly Word[];
  /** The words that are looked at; the queries again when left out. */
  readonly keys?: readonly Word[];
  /** For every query its whole word's name, each word's its own ("the#2"); pieces of a word share it. Only without `keys`. */
  readonly words?: readonly string[];
  /** One a layer, 0 to 1; NaN where a query cannot look. */
  readonly weights: readonly LayerWeights[];
  /** The heads whose numbers the page holds, in a smaller file; all if not given. Of the others nothing is shown, which the page says. */
  readonly only?: readonly HeadAddress[];
  /** What the page opens with, unless its address says otherwise. */
  readonly start?: { readonly query?: number; readonly key?: number } & Partial<HeadAddress>;
  /** Keys that heads rest on whoever looks, as tokens: a word is followed to one of them only where it is asked for. None if not given. */
  readonly rest?: readonly number[];
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

/** What a page carries of a picture beside its packed numbers; `smallest` where weights below it are left out. */
export function pageData(
  { texts, model, queries, keys = queries, words, only, rest, start = {}, ...numbers }: PagePicture,
  smallest?: number,
): PageData {
  const { vectors, vectorsNote } = numbers;
  const special = (words: readonly Word[]): number[] =>
    words.flatMap(({ special }, index) => (special ? [index] : []));
  const scale = (theme: Theme): string =>
    Array.from({ length: 256 }, (_, step) => hex(colorAt(step / 255, theme)).slice(1)).join("");
  return {
    texts: texts.map(oneLine),
    model: `${modelLine(model, true)}${only ? `; this page holds ${partSaid(model, only)}` : ""}`,
    layers: numbers.weights.length,
    heads: model.heads,
    ...(only && { only }),
    queries: queries.map(({ text }) => surface(text)),
    keys: keys.map(({ text }) => surface(text)),
    words: keys === queries ? words?.map(surface) : undefined,
    isSelf: keys === queries,
    specialKeys: special(keys),
    specialQueries: special(queries),
    ...(rest && { rest }),
    start: {
      query: start.query ?? 0,
      ...(start.key !== undefined && { key: start.key }),
      layer: start.layer ?? 0,
      head: start.head ?? 0,
    },
    colors: { light: scale("light"), dark: scale("dark") },
    smallest,
    vectors: vectors && {
      headWidth: vectors.headWidth,
      keyHeads: vectors.keyHeads ?? model.heads,
      scale: vectors.scale,
      hasBias: vectors.bias !== undefined,
    },
    vectorsNote: vectorsNote === undefined ? undefined : oneLine(vectorsNote),
  };
}

/** Heads as a reader names them: whole layers by their numbers. */
function partSaid({ heads }: ModelSummary, only: readonly HeadAddress[]): string {
  const layers = [...new Set(only.map(({ layer }) => layer))].sort((a, b) => a - b);
  const whole = layers.filter((own) => only.filter(({ layer }) => layer === own).length === heads);
  const rest = only.filter(({ layer }) => !whole.includes(layer)).map(formatHead);
  const said =
    whole.length > 0 ? [`${whole.length > 1 ? "layers" : "layer"} ${whole.join(", ")}`] : [];
  return [...said, ...rest].join(", ");
}

/** The weights of a layer in parts, in order: each some heads, (…, T, S). */
export type WeightParts = Iterable<ArrayLike<number>>;

/** The weights of each layer. Throws ShapeError, named after `place`, for a layer whose numbers do not fit the words. */
export function* layersOf(
  place: string,
  { model: { heads }, queries, keys = queries, weights, only }: PagePicture,
): Generator<WeightParts> {
  const cells = queries.length * keys.length;
  const left = only && new Float32Array(cells).fill(Number.NaN);
  for (const [layer, given] of weights.entries()) {
    const at = `of layer ${layer}`;
    const whole = typeof given === "function" ? undefined : given;
    if (whole)
      expectCount(place, `weights (heads × queries × keys) ${at}`, whole.length, heads * cells);
    if (whole && !only) {
      yield [whole];
      continue;
    }
    const ofHead = whole
      ? (head: number) => part(whole, head * cells, (head + 1) * cells)
      : (given as (head: number) => ArrayLike<number>);
    const isHeld = (head: number) =>
      !only || only.some((one) => one.layer === layer && one.head === head);
    yield headsOf(place, at, (head) => (isHeld(head) ? ofHead(head) : left!), heads, cells);
  }
}

function part(numbers: ArrayLike<number>, start: number, end: number): ArrayLike<number> {
  return numbers instanceof Float32Array
    ? numbers.subarray(start, end)
    : Array.from({ length: end - start }, (_, n) => numbers[start + n]!);
}

function* headsOf(
  place: string,
  at: string,
  given: (head: number) => ArrayLike<number>,
  heads: number,
  cells: number,
): Generator<ArrayLike<number>> {
  for (let head = 0; head < heads; head++) {
    const weights = given(head);
    expectCount(place, `weights (queries × keys) of head ${head} ${at}`, weights.length, cells);
    yield weights;
  }
}

/** All weights of a layer as one array. */
export function joined(parts: WeightParts): Float32Array {
  const all = [...parts];
  if (all.length === 1 && all[0] instanceof Float32Array) return all[0];
  const whole = new Float32Array(all.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const part of all) {
    whole.set(part, start);
    start += part.length;
  }
  return whole;
}

/** Throws ShapeError, named after `place`, unless words and vectors fit; weights are checked layer by layer. */
export function checkCounts(
  place: string,
  { model, queries, keys = queries, words = [], weights, only, vectors }: PagePicture,
): void {
  const strange = only?.find(({ layer, head }) => layer >= weights.length || head >= model.heads);
  if (strange || only?.length === 0)
    throw new InputError(
      strange
        ? `${place}: only names ${formatHead(strange)}, and there are layers 0 to ${weights.length - 1} of heads 0 to ${model.heads - 1}`
        : `${place}: only names no head. Leave it out for all`,
    );
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
  if (!vectors) return;
  const { headWidth, keyHeads = model.heads, q, k, v, bias } = vectors;
  check("q (heads × queries × head width)", q, model.heads * queries.length * headWidth);
  check("k (key heads × keys × head width)", k, keyHeads * keys.length * headWidth);
  check("v (key heads × keys × head width)", v, keyHeads * keys.length * headWidth);
  check("bias (heads × queries × keys)", bias, cells);
}
