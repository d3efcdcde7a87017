/**
 * What classes of tokens get (Clark et al. 2019, arXiv 1906.04341, section 3.2; Vig & Belinkov 2019, arXiv 1906.04284, section 4, by tags): the mean
 * over queries of Σ a_ij over the keys j of a class.
 */

import { InputError } from "../../errors/errors.ts";
import { expectKeys } from "../../errors/options.ts";
import { isPunctuation } from "../../probe/text-tokens.ts";
import { type TextToken, wordsOf } from "../../probe/words.ts";
import type { AttentionMaps } from "./attention-maps.ts";
import {
  type HeadMeasure,
  meanOfRows,
  type QueryOptions,
  queriesOf,
  queryOptions,
} from "./head-measure.ts";

/** What a key is, seen from a query: a class of its own, or one that depends on who looks. */
export type KeyClass = (query: number, key: number) => string;

/**
 * The classes that need nothing but the text: "special"; "itself"; "same word", another piece of the query's word; "punctuation"; and
 * "other words". Every key is in one of them.
 */
export function textClasses({
  queries,
  keys,
  isSelf,
}: Pick<AttentionMaps, "queries" | "keys" | "isSelf">): KeyClass {
  const wordOfKey = wordNumbers(keys);
  const wordOfQuery = isSelf ? wordOfKey : queries.map(() => -1);
  return (query, key) => {
    if (isSelf && query === key) return keys[key]!.special ? "special" : "itself";
    if (keys[key]!.special) return "special";
    if (isSelf && wordOfKey[key] === wordOfQuery[query]) return "same word";
    return isPunctuation(keys[key]!.surface) ? "punctuation" : "other words";
  };
}

/**
 * Classes by a tag for each word ("DET", "NOUN", …), or for each token; special tokens are "special". Throws InputError for another number
 * of tags.
 */
export function tagClasses(keys: readonly TextToken[], tags: readonly string[]): KeyClass {
  const words = wordsOf(keys);
  if (tags.length === keys.length && words.length !== keys.length) return (_, key) => tags[key]!;
  if (tags.length !== words.length)
    throw new InputError(
      `tags: ${tags.length} of them, but the text has ${words.length} words: ${words.map(({ text }) => text).join(" ")}. Give one tag a word, punctuation included`,
    );
  const numbers = wordNumbers(keys);
  return (_, key) => (numbers[key]! < 0 ? "special" : tags[numbers[key]!]!);
}

/** The number of each token's word; -1 for special tokens. */
export function wordNumbers(tokens: readonly TextToken[]): number[] {
  const numbers = tokens.map(() => -1);
  for (const [number, { tokens: pieces }] of wordsOf(tokens).entries())
    for (const piece of pieces) numbers[piece] = number;
  return numbers;
}

/** How much each class of keys gets from each head. */
export type ClassShares = ReadonlyMap<string, HeadMeasure>;

/**
 * Each class's share of the weight, head by head: the mean over queries of Σ a_ij over the keys of the class; the shares of all classes
 * together are 1 (Clark et al. 2019, section 3.2; Vig & Belinkov 2019, section 4, by tags).
 */
export function classShares(
  maps: AttentionMaps,
  classOf: KeyClass,
  options: QueryOptions = {},
): ClassShares {
  expectKeys(options, queryOptions, "classShares");
  const { queries } = options;
  const rows = queriesOf(maps, queries);
  const S = maps.keys.length;
  const classes = new Map<string, Map<number, number[]>>();
  for (const query of rows)
    for (let key = 0; key < S; key++) {
      const name = classOf(query, key);
      const ofQueries = classes.get(name) ?? new Map<number, number[]>();
      classes.set(name, ofQueries);
      const own = ofQueries.get(query);
      if (own) own.push(key);
      else ofQueries.set(query, [key]);
    }
  const shares = [...classes]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, keysOf]) => {
      const measure = meanOfRows(
        maps,
        rows,
        (weights, query) =>
          (keysOf.get(query) ?? []).reduce((sum, key) => sum + weights[query * S + key]!, 0),
        (query, layer) =>
          (keysOf.get(query) ?? []).filter((key) => maps.canLook(layer, query, key)).length /
          Math.max(1, maps.visible(layer, query)),
      );
      return [name, measure] as const;
    });
  return new Map(shares);
}
