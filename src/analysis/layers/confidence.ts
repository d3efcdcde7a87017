/** Confidence of heads (Voita et al. 2019, arXiv 1905.09418, section 4): c = mean over queries i of max_j a_ij. */

import { choiceOf, expectKeys } from "../../errors/options.ts";
import type { AttentionMaps } from "./attention-maps.ts";
import {
  type HeadMeasure,
  meanOfRows,
  type QueryOptions,
  queriesOf,
  queryOptions,
} from "./head-measure.ts";

/** Whose maxima count. */
export interface ConfidenceOptions extends QueryOptions {
  /**
   * "left out": special tokens are neither queries nor keys, as Voita et al. leave out the end of a sentence; weights stay as they are.
   * "kept" if not given.
   */
  readonly special?: "kept" | "left out";
}

/**
 * How sure heads are: the mean over queries of the largest weight in their rows (Voita et al. 2019, "Analyzing multi-head self-attention",
 * section 4). Between 1 / N and 1.
 */
export function attentionConfidence(
  maps: AttentionMaps,
  options: ConfidenceOptions = {},
): HeadMeasure {
  expectKeys(options, { ...queryOptions, special: true }, "attentionConfidence");
  const { queries, special = "kept" } = options;
  choiceOf(["kept", "left out"], special, "attentionConfidence: special");
  const S = maps.keys.length;
  const isKept = special === "kept";
  const columns = [...maps.keys.keys()].filter((key) => isKept || !maps.keys[key]!.special);
  const rows = queriesOf(maps, queries).filter((query) => isKept || !maps.queries[query]!.special);
  return meanOfRows(
    maps,
    queriesOf(maps, rows),
    (weights, query) => columns.reduce((most, key) => Math.max(most, weights[query * S + key]!), 0),
    (query, layer) =>
      columns.some((key) => maps.canLook(layer, query, key)) ? 1 / maps.visible(layer, query) : 0,
  );
}
