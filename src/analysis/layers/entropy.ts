/**
 * Entropy of attention (Clark et al. 2019, arXiv 1906.04341, section 3.3; Vig & Belinkov 2019, arXiv 1906.04284): H = −Σ_j a_ij ln a_ij of a row, the
 * mean over queries. It is 0 for one key alone, and ln N for N keys alike.
 */

import { choiceOf, expectKeys } from "../../errors/options.ts";
import type { AttentionMaps } from "./attention-maps.ts";
import {
  type HeadMeasure,
  meanOfRows,
  type QueryOptions,
  queriesOf,
  queryOptions,
} from "./head-measure.ts";

/** How entropy is taken. */
export interface EntropyOptions extends QueryOptions {
  /**
   * "none" (the usual): −Σ a ln a, a weight of 0 counts 0, as transformers' run_bertology has it. "clark": of 0.9999 a + 0.0001 / N, as
   * Clark et al. have it, so that no logarithm is infinite; N counts the keys that may be seen.
   */
  readonly smoothing?: "none" | "clark";
}

const kept = 0.9999;

/**
 * How widely heads look: the entropy of their rows in nats, −Σ_j a_ij ln a_ij, the mean over queries (Clark et al. 2019, "What does BERT
 * look at?", section 3.2). Between 0 (one key gets all) and the uniform one, the mean of ln N, N the keys a query may see.
 */
export function attentionEntropy(maps: AttentionMaps, options: EntropyOptions = {}): HeadMeasure {
  expectKeys(options, { ...queryOptions, smoothing: true }, "attentionEntropy");
  const { queries, smoothing = "none" } = options;
  choiceOf(["none", "clark"], smoothing, "attentionEntropy: smoothing");
  const S = maps.keys.length;
  const ofRow = (weights: Float32Array, query: number, layer: number): number => {
    const N = maps.visible(layer, query);
    let entropy = 0;
    for (let place = query * S; place < (query + 1) * S; place++) {
      const weight = weights[place]!;
      if (smoothing === "none") {
        if (weight > 0) entropy -= weight * Math.log(weight);
      } else if (maps.canLook(layer, query, place - query * S)) {
        const smooth = kept * weight + (1 - kept) / N;
        entropy -= smooth * Math.log(smooth);
      }
    }
    return entropy;
  };
  return meanOfRows(maps, queriesOf(maps, queries), ofRow, (query, layer) =>
    Math.log(Math.max(1, maps.visible(layer, query))),
  );
}
