import type { TextSource } from "heed/elements";
import type { Seen } from "heed/explore";
import { strongest } from "./numbers.ts";
import { ownTokens } from "./own-tokens.ts";

/** What one row of one head says, ready to be put into words. */
export interface Finding {
  readonly query: string;
  /** The words looked at most, with their weights. */
  readonly keys: readonly {
    readonly token: number;
    readonly text: string;
    readonly weight: number;
  }[];
  /** What special tokens get together. */
  readonly special: number;
  /** How many keys there are. */
  readonly count: number;
  /** Whether the word can look at no other. */
  readonly isAlone: boolean;
}

/** In how many heads a word gives the first token more than half of its attention: rows are (heads, S). */
export function resting(rows: Float32Array, keys: number): number {
  let count = 0;
  for (let at = 0; at < rows.length; at += keys) if (rows[at]! > 0.5) count += 1;
  return count;
}

/** What is found in a row: the pinned keys where they are the strongest words, else those that are. */
export function findingOf(
  seen: Seen,
  { query, layer }: { readonly query: number; readonly layer: number },
  row: Float32Array,
  source: Pick<TextSource, "queries" | "keys">,
): Finding {
  const tokens = ownTokens(seen, layer);
  // Patches have their places for names, those of a layer its own.
  const nameOf = (token: number) => (seen.picture ? tokens.text(token) : source.keys[token]!.name);
  const own = tokens.own(query);
  const keys = strongest(row, seen.keys, 2, seen.isSelf ? own : undefined).map((token) => ({
    token,
    text: nameOf(token),
    weight: row[token]!,
  }));
  const special = seen.keys.reduce(
    (sum, { isSpecial }, key) => sum + (isSpecial && row[key]! > 0 ? row[key]! : 0),
    0,
  );
  const isAlone = row.every((weight, key) => Number.isNaN(weight) || (seen.isSelf && key === own));
  return {
    query: seen.isSelf ? nameOf(own) : source.queries[query]!.name,
    keys,
    special,
    count: tokens.count,
    isAlone,
  };
}
