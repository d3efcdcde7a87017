/**
 * Likeness of a head's weights A and a pattern D, as TransformerLens' `detect_head` (Nanda & Bloom 2022) has it: Σ A∘D / Σ A ("mul"), or 1 − N · mean |A
 * − D| ("abs").
 */

import { InputError, ShapeError } from "../../errors/errors.ts";
import { choiceOf, expectFlags, expectKeys } from "../../errors/options.ts";
import type { AttentionMaps } from "../layers/attention-maps.ts";
import type { HeadMeasure } from "../layers/head-measure.ts";

/** How a head's weights are compared with a pattern, and what is left out. */
export interface SimilarityOptions {
  /** "mul" (the usual): Σ A∘D / Σ A. "abs": 1 − N · mean |A − D|. */
  readonly measure?: "mul" | "abs";
  /** Leaves out what is given to the first token. */
  readonly excludeFirst?: boolean;
  /** Leaves out what tokens give themselves. */
  readonly excludeItself?: boolean;
}

/**
 * How alike each head's weights and a pattern D (N, N) are, as TransformerLens' `detect_head` counts it. Nothing asserts a causal mask, weights
 * are not changed on the way, and nothing is rounded: "abs" rounds to three digits there.
 */
export function patternSimilarity(
  maps: AttentionMaps,
  pattern: ArrayLike<number>,
  options: SimilarityOptions = {},
): HeadMeasure {
  expectKeys(
    options,
    { measure: true, excludeFirst: true, excludeItself: true },
    "patternSimilarity",
  );
  const { measure = "mul", excludeFirst = false, excludeItself = false } = options;
  choiceOf(["mul", "abs"], measure, "patternSimilarity: measure");
  expectFlags({ excludeFirst, excludeItself }, "patternSimilarity");
  const { layers, heads, keys, isSelf } = maps;
  const N = keys.length;
  if (!isSelf)
    throw new InputError(
      "patternSimilarity: patterns are of one text's tokens; cross attention is of two",
    );
  if (pattern.length !== N * N)
    throw new ShapeError(
      `patternSimilarity: ${N} tokens need a pattern of ${N * N} numbers, got ${pattern.length}`,
    );
  const counts = (place: number) =>
    !(excludeFirst && place % N === 0) && !(excludeItself && place % (N + 1) === 0);
  const similar = (weightAt: (place: number) => number): number => {
    let [both, all, far] = [0, 0, 0];
    for (let place = 0; place < N * N; place++) {
      if (!counts(place)) continue;
      const weight = weightAt(place);
      both += weight * pattern[place]!;
      all += weight;
      far += Math.abs(weight - pattern[place]!);
    }
    return measure === "mul" ? (all > 0 ? both / all : 0) : 1 - far / N;
  };
  const values = new Float64Array(layers * heads);
  const uniform = new Float64Array(layers);
  for (let layer = 0; layer < layers; layer++) {
    for (let head = 0; head < heads; head++) {
      const weights = maps.matrix({ layer, head });
      values[layer * heads + head] = similar((place) => weights[place]!);
    }
    uniform[layer] = similar((place) => {
      const [query, key] = [Math.floor(place / N), place % N];
      return maps.canLook(layer, query, key) ? 1 / maps.visible(layer, query) : 0;
    });
  }
  return { layers, heads, values, uniform };
}

/** The lower-triangular patterns of TransformerLens for a row of ids: (N, N) of 0 and 1. */
export function detectionPattern(
  name: "previous" | "duplicate" | "induction",
  ids: readonly number[],
): Float64Array {
  const N = ids.length;
  const isLink = {
    previous: (i: number, j: number) => j === i - 1,
    duplicate: (i: number, j: number) => j < i && ids[j] === ids[i],
    induction: (i: number, j: number) => j >= 1 && j - 1 < i && ids[j - 1] === ids[i],
  }[name];
  return Float64Array.from({ length: N * N }, (_, place) =>
    isLink(Math.floor(place / N), place % N) ? 1 : 0,
  );
}
