import type { TextSource } from "heed/elements";
import type { Seen } from "heed/explore";
import type { State } from "../state/state.ts";
import { strongest } from "./numbers.ts";
import { ownTokens } from "./own-tokens.ts";

/** A word that is looked at. */
interface Looked {
  readonly token: number;
  readonly text: string;
  readonly weight: number;
}

/** What one row of one head says, ready to be put into words. */
export interface Finding {
  readonly query: string;
  /** The words looked at most, with their weights. */
  readonly keys: readonly Looked[];
  /** The word that heads rest on, where it is left out though it is looked at more than the others. */
  readonly rest?: Looked;
  /** What special tokens get together. */
  readonly special: number;
  /** How many keys there are. */
  readonly count: number;
  /** Whether the word can look at no other. */
  readonly isAlone: boolean;
}

/** The tokens that heads rest on, unless one of them is pinned: then it is asked about. */
export function restLeftOut(
  { rest = [] }: Pick<Seen, "rest">,
  pinned: readonly number[],
): readonly number[] {
  return rest.some((token) => pinned.includes(token)) ? [] : rest;
}

/** A weight that is printed as 0 finds nothing. */
const leastFound = 0.005;

/** In how many heads a word gives the first token more than half of its attention: rows are (heads, S). */
export function resting(rows: Float32Array, keys: number): number {
  let count = 0;
  for (let at = 0; at < rows.length; at += keys) if (rows[at]! > 0.5) count += 1;
  return count;
}

/** What is found in a row: the words looked at most, two at most. */
export function findingOf(
  seen: Seen,
  { query, layer, keys: pinned }: Pick<State, "query" | "layer" | "keys">,
  row: Float32Array,
  source: Pick<TextSource, "queries" | "keys">,
): Finding {
  const tokens = ownTokens(seen, layer);
  // Patches have their places for names, those of a layer its own.
  const nameOf = (token: number) => (seen.picture ? tokens.text(token) : source.keys[token]!.name);
  const own = tokens.own(query);
  const left = restLeftOut(seen, pinned);
  const keys = strongest(row, seen.keys, 2, { own: seen.isSelf ? own : undefined, left })
    .map((token): Looked => ({ token, text: nameOf(token), weight: row[token]! }))
    .filter(({ weight }, place) => place === 0 || weight >= leastFound);
  const resting = left.reduce((sum, token) => sum + row[token]!, 0);
  // A word with no others to look at has found the first one after all.
  const isLeft = keys.every(({ token, weight }) => !left.includes(token) && weight < resting);
  const [first] = left;
  const restIn = (token: number): Looked => {
    const { whole, name } = source.keys[token]!;
    return { token, text: whole ?? name, weight: resting };
  };
  const special = seen.keys.reduce(
    (sum, { isSpecial }, key) => sum + (isSpecial && row[key]! > 0 ? row[key]! : 0),
    0,
  );
  const isAlone = row.every((weight, key) => Number.isNaN(weight) || (seen.isSelf && key === own));
  return {
    query: seen.isSelf ? nameOf(own) : source.queries[query]!.name,
    keys,
    ...(first !== undefined && isLeft && { rest: restIn(first) }),
    special,
    count: tokens.count,
    isAlone,
  };
}
