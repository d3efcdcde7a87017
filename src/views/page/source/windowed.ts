import type { HeadAddress } from "../../../probe/head-address.ts";
import type { Facts } from "./held.ts";
import { placeIn, tokensIn } from "./layer-grid.ts";
import type { ImageSource } from "./source.ts";
import { thumbnail } from "./thumbnail.ts";

/** How windows lie over a layer's tokens: where each key is, window · area + place in it. Behind the tokens stands what fills windows up. */
export interface Windows {
  readonly area: number;
  readonly places: ArrayLike<number>;
}

/** Weights of one layer within its windows, (windows, H, area, area): numbers, or codes of a table; NaN where a query cannot look. */
export interface WindowedWeights extends Windows {
  readonly weights: ArrayLike<number>;
}

/** A source of an image whose tokens see their window alone, layer by layer with patches of its own. */
export function windowedSource(
  facts: Facts<ImageSource>,
  layers: readonly WindowedWeights[],
  table?: Float32Array,
): ImageSource {
  const { image, heads, headsOf, keys } = facts;
  const headsIn = (layer: number): number => headsOf?.[layer] ?? heads;
  const keysAt = layers.map(({ places }) => {
    const at = new Int32Array(places.length);
    for (let key = 0; key < places.length; key++) at[places[key]!] = key;
    return at;
  });
  /** What a layer's own token looks at: its window's part of a row that is NaN elsewhere. */
  const fill = (row: Float32Array, { layer, head }: HeadAddress, own: number): Float32Array => {
    const { area, places, weights } = layers[layer]!;
    row.fill(Number.NaN);
    if (head >= headsIn(layer)) return row;
    const window = Math.floor(places[own]! / area);
    const start = ((window * headsIn(layer) + head) * area + (places[own]! % area)) * area;
    for (let place = 0; place < area; place++) {
      const key = keysAt[layer]![window * area + place]!;
      const held = weights[start + place]!;
      if (key < row.length) row[key] = table ? table[held]! : held;
    }
    return row;
  };
  const row = (address: HeadAddress, query: number): Float32Array => {
    const values = new Float32Array(tokensIn(image, address.layer));
    return fill(values, address, placeIn(image, address.layer, query));
  };
  const weights = (address: HeadAddress): Float32Array => {
    const T = tokensIn(image, address.layer);
    const all = new Float32Array(T * T);
    for (let own = 0; own < T; own++) fill(all.subarray(own * T, (own + 1) * T), address, own);
    return all;
  };
  return {
    ...facts,
    row,
    weights,
    rows(query) {
      const S = keys.length;
      const values = new Float32Array(layers.length * heads * S).fill(Number.NaN);
      for (let layer = 0; layer < layers.length; layer++)
        for (let head = 0; head < headsIn(layer); head++)
          values.set(row({ layer, head }, query), (layer * heads + head) * S);
      return values;
    },
    thumbnails(layer, size) {
      const places = size.rows * size.columns;
      const T = tokensIn(image, layer);
      const values = new Float32Array(heads * places).fill(Number.NaN);
      for (let head = 0; head < headsIn(layer); head++)
        values.set(thumbnail(weights({ layer, head }), T, T, size), head * places);
      return values;
    },
  };
}
