/**
 * Scores of what heads do (Clark et al. 2019, arXiv 1906.04341; Voita et al. 2019, arXiv 1905.09418; Olsson et al. 2022, arXiv 2209.11895): the mean
 * over queries i that have such keys of Σ a_ij over the keys j of a pattern, and what chance would give.
 */

import { InputError } from "../../errors/errors.ts";
import type { AttentionMaps } from "../layers/attention-maps.ts";
import { attentionEntropy } from "../layers/entropy.ts";
import { type HeadMeasure, overTexts } from "../layers/head-measure.ts";
import type { HeadPattern } from "./patterns.ts";

/** How much each head does of one pattern. */
export interface PatternScore {
  readonly name: string;
  readonly short: string;
  readonly what: string;
  /** Texts in which the pattern could be seen. */
  readonly texts: number;
  /** (L, H): the weight on the pattern's keys, the mean over the queries that have some, then over texts. */
  readonly scores: Float64Array;
  /** (L, H): standard deviation between texts; 0 for one. */
  readonly spread: Float64Array;
  /** (L): the same if every query gave all the keys it may see alike. */
  readonly chance: Float64Array;
  /** (L, H): what each head gives other keys at the same distances, for patterns of content: what its place alone would bring. */
  readonly habit?: Float64Array;
}

/** What the heads of a model do, over one or many texts. */
export interface HeadDetection {
  readonly layers: number;
  /** The model's number of the first of them; 0 if not given. */
  readonly firstLayer?: number;
  readonly heads: number;
  readonly texts: number;
  readonly patterns: readonly PatternScore[];
  /** (L, H): entropy as a share of the uniform one: 1 for a head that looks at everything alike. */
  readonly broad: Float64Array;
}

interface Kept {
  readonly pattern: HeadPattern;
  readonly scores: ReturnType<typeof overTexts>;
  readonly habit: ReturnType<typeof overTexts>;
}

/**
 * Scores heads text after text: the weight on a pattern's keys, the mean over the queries for which it has keys that they may see (queries
 * that see one key only say nothing). Keeps sums alone, so memory does not grow with the number of texts.
 */
export function headDetector(): {
  /** Adds a text; `patterns` are those of this text. */
  add(maps: AttentionMaps, patterns: readonly HeadPattern[]): void;
  /** Throws InputError where nothing was added. */
  result(): HeadDetection;
} {
  const kept = new Map<string, Kept>();
  const broad = overTexts();
  let texts = 0;
  let firstLayer = 0;
  return {
    add(maps, patterns) {
      texts += 1;
      firstLayer = maps.firstLayer;
      for (const { pattern, scores, habit } of scoresOf(maps, patterns)) {
        const own = kept.get(pattern.name) ?? { pattern, scores: overTexts(), habit: overTexts() };
        kept.set(pattern.name, own);
        own.scores.add(scores);
        if (habit) own.habit.add(habit);
      }
      broad.add(relativeEntropy(maps));
    },
    result() {
      if (texts === 0) throw new InputError("headDetector: no text was added");
      const { values, layers, heads } = broad.result();
      const patterns = [...kept.values()].map(({ pattern, scores, habit }) => {
        const { name, short, what, isOfContent } = pattern;
        const { values: means, spread, uniform: chance, texts } = scores.result();
        return {
          name,
          short,
          what,
          texts,
          scores: means,
          spread,
          chance,
          ...(isOfContent && { habit: habit.result().values }),
        };
      });
      return { layers, firstLayer, heads, texts, patterns, broad: values };
    },
  };
}

function relativeEntropy(maps: AttentionMaps): HeadMeasure {
  const measure = attentionEntropy(maps);
  const { heads, uniform } = measure;
  return {
    ...measure,
    values: measure.values.map((value, place) => {
      const most = uniform[Math.floor(place / heads)]!;
      return most > 0 ? value / most : 0;
    }),
  };
}

interface Scored {
  readonly pattern: HeadPattern;
  readonly scores: HeadMeasure;
  readonly habit?: HeadMeasure;
}

/** The pattern's links in one layer. */
interface Links {
  /** query · S + key of every link. */
  readonly places: readonly number[];
  /** Queries that have links. */
  readonly queries: number;
  readonly chance: number;
}

/** Scores of the patterns that this text has. */
function scoresOf(maps: AttentionMaps, patterns: readonly HeadPattern[]): Scored[] {
  const { layers, heads } = maps;
  const made = patterns.map((pattern) => ({
    pattern,
    values: new Float64Array(layers * heads),
    habit: new Float64Array(layers * heads),
    chance: new Float64Array(layers),
    isThere: false,
  }));
  for (let layer = 0; layer < layers; layer++) {
    const links = patterns.map((pattern) => linksIn(maps, layer, pattern));
    for (const [n, { queries, chance }] of links.entries())
      if (queries > 0) {
        made[n]!.isThere = true;
        made[n]!.chance[layer] = chance;
      }
    for (let head = 0; head < heads; head++) {
      const weights = maps.matrix({ layer, head });
      const distances = maps.isSelf ? sumsByDistance(maps, layer, weights) : undefined;
      for (const [n, { places, queries, chance }] of links.entries()) {
        if (queries === 0) continue;
        const own = made[n]!;
        const place = layer * heads + head;
        own.values[place] = places.reduce((sum, at) => sum + weights[at]!, 0) / queries;
        if (own.pattern.isOfContent)
          own.habit[place] = distances
            ? habitOf({ places, queries, chance }, weights, distances)
            : chance;
      }
    }
  }
  return made
    .filter(({ isThere }) => isThere)
    .map(({ pattern, values, habit, chance }) => ({
      pattern,
      scores: { layers, heads, values, uniform: chance },
      ...(pattern.isOfContent && { habit: { layers, heads, values: habit, uniform: chance } }),
    }));
}

function linksIn(maps: AttentionMaps, layer: number, pattern: HeadPattern): Links {
  const S = maps.keys.length;
  const places: number[] = [];
  let queries = 0;
  let chance = 0;
  for (let query = 0; query < maps.queries.length; query++) {
    const visible = maps.visible(layer, query);
    if (visible < 2) continue;
    const keys = pattern.targets(query).filter((key) => maps.canLook(layer, query, key));
    if (keys.length === 0) continue;
    for (const key of keys) places.push(query * S + key);
    queries += 1;
    chance += keys.length / visible;
  }
  return { places, queries, chance: queries > 0 ? chance / queries : 0 };
}

/** Sums and counts of weights by key − query + S − 1. */
interface Distances {
  readonly width: number;
  readonly sums: Float64Array;
  readonly counts: Int32Array;
}

function sumsByDistance(maps: AttentionMaps, layer: number, weights: Float32Array): Distances {
  const S = maps.keys.length;
  const sums = new Float64Array(2 * S - 1);
  const counts = new Int32Array(2 * S - 1);
  for (let query = 0; query < maps.queries.length; query++)
    for (let key = 0; key < S; key++)
      if (maps.canLook(layer, query, key)) {
        sums[key - query + S - 1]! += weights[query * S + key]!;
        counts[key - query + S - 1]! += 1;
      }
  return { width: S, sums, counts };
}

/** The mean, over links, of what the head gives keys as far away that are no links; where there are none, chance. */
function habitOf(
  { places, queries, chance }: Links,
  weights: Float32Array,
  { width: S, sums, counts }: Distances,
): number {
  const distance = (place: number) => (place % S) - Math.floor(place / S) + S - 1;
  const [ownSums, ownCounts] = [new Map<number, number>(), new Map<number, number>()];
  for (const place of places) {
    const far = distance(place);
    ownSums.set(far, (ownSums.get(far) ?? 0) + weights[place]!);
    ownCounts.set(far, (ownCounts.get(far) ?? 0) + 1);
  }
  let habit = 0;
  for (const [far, links] of ownCounts) {
    const others = counts[far]! - links;
    const mean =
      others > 0 ? (sums[far]! - ownSums.get(far)!) / others : (chance * queries) / places.length;
    habit += mean * links;
  }
  return habit / queries;
}
