/**
 * What the sentences of a pair give each other: the mean over A's tokens i of Σ a_ij over B's tokens j. A number for what BertViz (Vig 2019, arXiv
 * 1906.05714) shows of pairs.
 */

import { InputError } from "../../errors/errors.ts";
import type { AttentionMaps } from "./attention-maps.ts";
import { type ClassShares, classShares } from "./class-shares.ts";

/** Which sentence each query and each key belongs to; undefined for tokens of none, such as [SEP]. */
export interface Sentences {
  readonly queries: readonly (string | undefined)[];
  readonly keys: readonly (string | undefined)[];
}

/** The two texts of a pair as sentences A and B. Throws InputError for a text without a second one. */
export function sentencesOfPair({ queries, keys, isSelf }: AttentionMaps): Sentences {
  const names = (tokens: AttentionMaps["keys"]) =>
    tokens.map(({ sequence, special }) => (special ? undefined : sequence === 1 ? "B" : "A"));
  const ofKeys = names(keys);
  if (!ofKeys.includes("B") || !ofKeys.includes("A"))
    throw new InputError(
      "sentences: the text has no second one. Give a pair of texts (--pair on the command line), or say which token is in which sentence",
    );
  return { queries: isSelf ? ofKeys : names(queries), keys: ofKeys };
}

/**
 * How much sentences look at one another, head by head: "A→B" is the mean over A's tokens of the weight on B's (BertViz' filter of
 * sentence pairs as a number). With "A→special" and the like, what a sentence gives sums to 1.
 */
export function sentenceShares(maps: AttentionMaps, { queries, keys }: Sentences): ClassShares {
  const names = [...new Set(queries)].filter((name) => name !== undefined).sort();
  const shares = names.flatMap((from) => {
    const rows = [...queries.keys()].filter((query) => queries[query] === from);
    const ofKeys = classShares(maps, (_, key) => keys[key] ?? "special", { queries: rows });
    return [...ofKeys].map(([to, measure]) => [`${from}→${to}`, measure] as const);
  });
  return new Map(shares);
}
