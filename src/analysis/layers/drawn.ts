/**
 * What draws attention: column sums of a row-stochastic matrix, Σ_i a_ij over the number of queries i that may see j. No paper's: a plain column mean,
 * as papers have it, divides by all queries.
 */

import { InputError } from "../../errors/errors.ts";
import { expectFlags, expectKeys } from "../../errors/options.ts";
import type { HeadAddress } from "../../probe/head-address.ts";
import type { AttentionMaps } from "./attention-maps.ts";

/** Whose weights are averaged. */
export interface DrawnOptions {
  /** These heads; all of them if not given. */
  readonly heads?: readonly HeadAddress[];
  /** Whether what tokens give themselves counts; true if not given. */
  readonly itself?: boolean;
}

/** How much attention each key draws. */
export interface Drawn {
  /** (S): the mean weight, over the queries that may see the key, and over the heads; 0 where nobody may. */
  readonly values: Float64Array;
  /** (S): the same if every query gave all it may see alike. */
  readonly uniform: Float64Array;
  /** (S): how many queries may see it, in the first layer that counts. */
  readonly reachedBy: Int32Array;
}

/**
 * Which tokens draw attention: Σ_i a_ij / (number of queries i that may see j). A plain column mean divides by all queries, and so reads a
 * causal mask as if the first token were looked at most: early tokens are seen by more. `uniform` says what the mask alone would give.
 */
export function attentionDrawn(maps: AttentionMaps, options: DrawnOptions = {}): Drawn {
  expectKeys(options, { heads: true, itself: true }, "attentionDrawn");
  const { heads, itself = true } = options;
  expectFlags({ itself }, "attentionDrawn");
  const S = maps.keys.length;
  const chosen =
    heads ??
    Array.from({ length: maps.layers * maps.heads }, (_, index) => ({
      layer: Math.floor(index / maps.heads),
      head: index % maps.heads,
    }));
  if (chosen.length === 0)
    throw new InputError("attentionDrawn: needs at least one head, got none");
  const counts = (query: number, key: number) => itself || !maps.isSelf || query !== key;
  const values = new Float64Array(S);
  const uniform = new Float64Array(S);
  const reachedBy = new Int32Array(S);
  for (const [place, address] of chosen.entries()) {
    const weights = maps.matrix(address);
    for (let key = 0; key < S; key++) {
      let [sum, even, reached] = [0, 0, 0];
      for (let query = 0; query < maps.queries.length; query++) {
        if (!counts(query, key) || !maps.canLook(address.layer, query, key)) continue;
        sum += weights[query * S + key]!;
        even += 1 / maps.visible(address.layer, query);
        reached += 1;
      }
      if (place === 0) reachedBy[key] = reached;
      if (reached === 0) continue;
      values[key]! += sum / reached / chosen.length;
      uniform[key]! += even / reached / chosen.length;
    }
  }
  return { values, uniform, reachedBy };
}
