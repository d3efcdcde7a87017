import { InputError, ShapeError } from "../../errors/errors.ts";
import type { KeysOf } from "../../errors/options.ts";
import type { AttentionMaps } from "./attention-maps.ts";

/** One number for every head of a stack. */
export interface HeadMeasure {
  readonly layers: number;
  readonly heads: number;
  /** (L, H) row-major. */
  readonly values: Float64Array;
  /** What the number would be if every query gave all the keys it may see alike: one a layer (L). */
  readonly uniform: Float64Array;
}

/** Which tokens' rows are looked at. */
export interface QueryOptions {
  /** Their places among the real tokens; all if not given. Throws InputError for none. */
  readonly queries?: readonly number[];
}

/** Keys of QueryOptions. */
export const queryOptions: KeysOf<QueryOptions> = { queries: true };

/** The rows a measure is over. */
export function queriesOf(maps: AttentionMaps, queries: readonly number[] | undefined): number[] {
  const chosen = queries ?? [...maps.queries.keys()];
  const wrong = chosen.find(
    (query) => !Number.isInteger(query) || query < 0 || query >= maps.queries.length,
  );
  if (wrong !== undefined)
    throw new InputError(`queries: token ${wrong}, but there are 0 to ${maps.queries.length - 1}`);
  if (chosen.length === 0)
    throw new InputError(
      "queries: none are left to be measured. Give a text with at least one word, or other queries",
    );
  return [...chosen];
}

/**
 * A measure that is the mean over queries of a number of each row. `ofRow` is given a head's weights (T, S) and where the row begins;
 * `ofUniform` says what the row's number is when all keys that may be seen get alike.
 */
export function meanOfRows(
  maps: AttentionMaps,
  queries: readonly number[],
  ofRow: (weights: Float32Array, query: number, layer: number) => number,
  ofUniform: (query: number, layer: number) => number,
): HeadMeasure {
  const { layers, heads } = maps;
  const values = new Float64Array(layers * heads);
  const uniform = new Float64Array(layers);
  for (let layer = 0; layer < layers; layer++) {
    for (let head = 0; head < heads; head++) {
      const weights = maps.matrix({ layer, head });
      let sum = 0;
      for (const query of queries) sum += ofRow(weights, query, layer);
      values[layer * heads + head] = sum / queries.length;
    }
    for (const query of queries) uniform[layer]! += ofUniform(query, layer) / queries.length;
  }
  return { layers, heads, values, uniform };
}

/** A measure over several texts: the mean of the texts' means, and how far they lie apart. */
export interface MeasureOverTexts extends HeadMeasure {
  readonly texts: number;
  /** Standard deviation between texts (n − 1): (L, H); 0 for one text. */
  readonly spread: Float64Array;
}

/** Takes measures in, one after another. */
export interface MeasuresOfTexts {
  /** Adds the measure of a text. Throws ShapeError for a model with other layers or heads. */
  add(measure: HeadMeasure): void;
  /** Throws InputError where nothing was added. */
  result(): MeasureOverTexts;
}

/** Takes measures of text after text and keeps their mean and spread alone (Welford 1962): memory does not grow with their number. */
export function overTexts(): MeasuresOfTexts {
  let texts = 0;
  let shape = { layers: 0, heads: 0 };
  let mean = new Float64Array(0);
  let squares = new Float64Array(0);
  let uniform = new Float64Array(0);
  return {
    add({ layers, heads, values, uniform: own }) {
      if (texts === 0) {
        shape = { layers, heads };
        mean = new Float64Array(values.length);
        squares = new Float64Array(values.length);
        uniform = new Float64Array(own.length);
      } else if (layers !== shape.layers || heads !== shape.heads)
        throw new ShapeError(
          `overTexts: ${layers} layers of ${heads} heads after ${shape.layers} of ${shape.heads}. Measure one model at a time`,
        );
      texts += 1;
      for (const [place, value] of values.entries()) {
        const before = value - mean[place]!;
        mean[place]! += before / texts;
        squares[place]! += before * (value - mean[place]!);
      }
      for (const [layer, value] of own.entries())
        uniform[layer]! += (value - uniform[layer]!) / texts;
    },
    result() {
      if (texts === 0) throw new InputError("overTexts: no text was added");
      const spread = squares.map((sum) => (texts > 1 ? Math.sqrt(sum / (texts - 1)) : 0));
      return { ...shape, values: mean.slice(), uniform: uniform.slice(), texts, spread };
    },
  };
}
