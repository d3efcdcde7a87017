/**
 * Attention distance: in a text D = Σ_i Σ_j a_ij |i − j| / Σ_i Σ_j a_ij (Vig & Belinkov 2019, arXiv 1906.04284), in a picture the mean over patches of
 * Σ_j a_ij ‖place_i − place_j‖ (Dosovitskiy et al. 2021, arXiv 2010.11929, figure 7).
 */

import { InputError } from "../../errors/errors.ts";
import { choiceOf, expectKeys } from "../../errors/options.ts";
import type { AttentionMaps } from "./attention-maps.ts";
import {
  type HeadMeasure,
  meanOfRows,
  type QueryOptions,
  queriesOf,
  queryOptions,
} from "./head-measure.ts";

/** Whose distances count. */
export interface DistanceOptions extends QueryOptions {
  /** "left out": neither rows nor weights of special tokens count, and the rest is divided by its sum; "kept" if not given. */
  readonly special?: "kept" | "left out";
}

/**
 * How far heads look, in tokens: Σ_i Σ_j a_ij |i − j| / Σ_i Σ_j a_ij over the queries of a text (Vig & Belinkov 2019, "Analyzing the
 * structure of attention in a transformer language model", eq. 3; i − j there, since GPT-2 looks back only). Cross attention is refused:
 * its queries and keys are places of two texts.
 */
export function attentionDistance(maps: AttentionMaps, options: DistanceOptions = {}): HeadMeasure {
  expectKeys(options, { ...queryOptions, special: true }, "attentionDistance");
  const { queries, special = "kept" } = options;
  choiceOf(["kept", "left out"], special, "attentionDistance: special");
  if (!maps.isSelf)
    throw new InputError(
      "attentionDistance: cross attention goes from one text to another, where places have no distance. Take the encoder's or the decoder's own",
    );
  const { layers, heads, keys } = maps;
  const S = keys.length;
  const counts = (token: number) => special === "kept" || !keys[token]!.special;
  const rows = queriesOf(maps, queriesOf(maps, queries).filter(counts));
  const columns = [...keys.keys()].filter(counts);
  const values = new Float64Array(layers * heads);
  const uniform = new Float64Array(layers);
  for (let layer = 0; layer < layers; layer++) {
    for (let head = 0; head < heads; head++) {
      const weights = maps.matrix({ layer, head });
      let [far, all] = [0, 0];
      for (const i of rows)
        for (const j of columns) {
          const weight = weights[i * S + j]!;
          far += weight * Math.abs(i - j);
          all += weight;
        }
      values[layer * heads + head] = all > 0 ? far / all : 0;
    }
    let [far, all] = [0, 0];
    for (const i of rows)
      for (const j of columns)
        if (maps.canLook(layer, i, j)) {
          far += Math.abs(i - j) / maps.visible(layer, i);
          all += 1 / maps.visible(layer, i);
        }
    uniform[layer] = all > 0 ? far / all : 0;
  }
  return { layers, heads, values, uniform };
}

/** The patches of a picture as its model reads them. */
export interface PatchPlaces {
  readonly rows: number;
  readonly columns: number;
  /** Height and width of a patch in pixels. */
  readonly patch: readonly [height: number, width: number];
}

/**
 * How far heads look in a picture, in pixels: the mean over patches of Σ_j a_ij ‖place_i − place_j‖ (Dosovitskiy et al. 2021, figure 7;
 * `compute_mean_attention_dist` of Keras' probing of ViTs). Rows and columns of the tokens before the patches are left out, and, as
 * published, what remains is not divided by its sum: a head that looks at [CLS] counts as near.
 */
export function pictureDistance(
  maps: AttentionMaps,
  { rows, columns, patch }: PatchPlaces,
): HeadMeasure {
  const S = maps.keys.length;
  const leading = S - rows * columns;
  if (leading < 0 || maps.queries.length !== S)
    throw new InputError(
      `pictureDistance: ${rows} × ${columns} patches, but ${S} tokens. Give the grid of the run, run.inputs.grid`,
    );
  const [height, width] = patch;
  const distance = (i: number, j: number) => {
    const [a, b] = [i - leading, j - leading];
    const down = Math.floor(a / columns) - Math.floor(b / columns);
    return Math.hypot(down * height, ((a % columns) - (b % columns)) * width);
  };
  const patches = Array.from({ length: rows * columns }, (_, n) => leading + n);
  const sumOf = (query: number, weightOf: (key: number) => number) =>
    patches.reduce((sum, key) => sum + weightOf(key) * distance(query, key), 0);
  return meanOfRows(
    maps,
    patches,
    (weights, query) => sumOf(query, (key) => weights[query * S + key]!),
    (query, layer) =>
      sumOf(query, (key) => (maps.canLook(layer, query, key) ? 1 / maps.visible(layer, query) : 0)),
  );
}
