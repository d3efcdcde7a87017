import type { HeadAddress } from "../../../probe/head-address.ts";
import type { AttentionSource, HeadVectors } from "./source.ts";
import { thumbnail } from "./thumbnail.ts";

/** What a source says of itself, without its numbers. */
export type Facts<Source extends AttentionSource> = Omit<
  Source,
  "weights" | "row" | "rows" | "thumbnails" | "vectors"
>;

/** Weights in memory, one array a layer, each (H, T, S): numbers, or codes of a table of numbers. */
export interface HeldWeights {
  readonly layers: readonly (Float32Array | Uint16Array)[];
  readonly table?: Float32Array;
}

/** What the vectors of all layers have in common. */
export interface VectorShape {
  readonly headWidth: number;
  /** Heads of k and v; fewer than those of q where several share them. */
  readonly keyHeads: number;
  readonly scale: number;
}

/** Queries, keys and values of one layer: q is (H, T, D), k and v are (keyHeads, S, D), bias is (H, T, S). */
export interface LayerVectors {
  readonly q: Float32Array;
  readonly k: Float32Array;
  readonly v: Float32Array;
  readonly bias?: Float32Array;
}

/** Queries, keys and values in memory. */
export interface HeldVectors extends VectorShape {
  readonly layers: readonly LayerVectors[];
}

/** A source whose numbers are all in memory: it answers at once. */
export function heldSource<Said extends Facts<AttentionSource>>(
  facts: Said,
  { layers, table }: HeldWeights,
  vectors?: HeldVectors,
): Said & AttentionSource {
  const { heads } = facts;
  const T = facts.queries.length;
  const S = facts.keys.length;
  const read = (layer: number, start: number, count: number): Float32Array => {
    const held = layers[layer]!.subarray(start, start + count);
    if (held instanceof Float32Array) return held;
    const values = new Float32Array(count);
    for (let index = 0; index < count; index++) values[index] = table![held[index]!]!;
    return values;
  };
  const weights = ({ layer, head }: HeadAddress): Float32Array => read(layer, head * T * S, T * S);
  const row = ({ layer, head }: HeadAddress, query: number): Float32Array =>
    read(layer, (head * T + query) * S, S);
  return {
    ...facts,
    weights,
    row,
    rows(query) {
      const values = new Float32Array(layers.length * heads * S);
      for (let layer = 0; layer < layers.length; layer++)
        for (let head = 0; head < heads; head++)
          values.set(row({ layer, head }, query), (layer * heads + head) * S);
      return values;
    },
    thumbnails(layer, size) {
      const places = size.rows * size.columns;
      const values = new Float32Array(heads * places);
      for (let head = 0; head < heads; head++)
        values.set(thumbnail(weights({ layer, head }), T, S, size), head * places);
      return values;
    },
    vectors:
      vectors &&
      (({ layer, head }, query) =>
        vectorsAround({ ...vectors, ...vectors.layers[layer]! }, facts, head, query)),
  };
}

/** One query among the keys of one head, of a layer's vectors. */
export function vectorsAround(
  { headWidth: D, keyHeads, scale, q, k, v, bias }: VectorShape & LayerVectors,
  { heads, queries, keys }: Pick<AttentionSource, "heads" | "queries" | "keys">,
  head: number,
  query: number,
): HeadVectors {
  const T = queries.length;
  const S = keys.length;
  const row = head * T + query;
  const shared = Math.floor((head * keyHeads) / heads) * S * D;
  return {
    q: q.subarray(row * D, (row + 1) * D),
    k: k.subarray(shared, shared + S * D),
    v: v.subarray(shared, shared + S * D),
    scale,
    bias: bias?.subarray(row * S, (row + 1) * S),
  };
}
