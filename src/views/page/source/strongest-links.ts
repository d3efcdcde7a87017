import type { AttentionSource } from "./source.ts";

/** A query, a key, and how much it looks there. */
export interface Link {
  readonly query: number;
  readonly key: number;
  readonly weight: number;
}

/** Which links are ranked. */
export interface LinksChosen {
  /** At most so many. */
  readonly most: number;
  /** Whether links from and to special tokens are among them. */
  readonly hasSpecial: boolean;
  /** Keys that are left out with special tokens: those that heads rest on. */
  readonly rest?: readonly number[];
}

/** The links of one head (T, S) with the largest weights, strongest first; equal ones in reading order. */
export function strongestLinks(
  weights: Float32Array,
  { queries, keys }: Pick<AttentionSource, "queries" | "keys">,
  { most, hasSpecial, rest = [] }: LinksChosen,
): Link[] {
  const S = keys.length;
  const best: Link[] = [];
  if (most < 1) return best;
  for (let query = 0; query < queries.length; query++) {
    if (!hasSpecial && queries[query]!.isSpecial) continue;
    for (let key = 0; key < S; key++) {
      const weight = weights[query * S + key]!;
      // Written so that NaN is never taken.
      if (!(weight > 0)) continue;
      if (best.length === most && weight <= best[most - 1]!.weight) continue;
      if (!hasSpecial && (keys[key]!.isSpecial || rest.includes(key))) continue;
      let place = best.length;
      while (place > 0 && best[place - 1]!.weight < weight) place -= 1;
      best.splice(place, 0, { query, key, weight });
      if (best.length > most) best.pop();
    }
  }
  return best;
}
