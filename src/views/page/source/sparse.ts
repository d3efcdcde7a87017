import type { HeadAddress } from "../../../probe/head-address.ts";
import type { SparseLayer } from "../sparse-weights.ts";
import { whenAnswered } from "./answer.ts";
import type { Facts } from "./held.ts";
import { allOf, onceEach } from "./once-each.ts";
import type { AttentionSource, ThumbnailSize } from "./source.ts";

/**
 * A source of the large weights of a long text, layer by layer: a layer is got when it is first looked at and kept as it is; numbers
 * of a head are made when that head is looked at.
 */
export function sparseSource<Said extends Facts<AttentionSource>>(
  facts: Said,
  get: (layer: number) => Promise<SparseLayer>,
): Said & AttentionSource {
  const { layers, heads } = facts;
  const T = facts.queries.length;
  const S = facts.keys.length;
  const layerOf = onceEach(get);
  return {
    ...facts,
    weights: ({ layer, head }) =>
      whenAnswered(layerOf(layer), (numbers) => {
        const weights = new Float32Array(T * S);
        for (let query = 0; query < T; query++)
          fillRow(numbers, head * T + query, weights.subarray(query * S, (query + 1) * S));
        return weights;
      }),
    row: ({ layer, head }: HeadAddress, query) =>
      whenAnswered(layerOf(layer), (numbers) => {
        const row = new Float32Array(S);
        fillRow(numbers, head * T + query, row);
        return row;
      }),
    rows: (query) =>
      whenAnswered(allOf(Array.from({ length: layers }, (_, layer) => layerOf(layer))), (all) => {
        const rows = new Float32Array(layers * heads * S);
        for (const [layer, numbers] of all.entries())
          for (let head = 0; head < heads; head++) {
            const start = (layer * heads + head) * S;
            fillRow(numbers, head * T + query, rows.subarray(start, start + S));
          }
        return rows;
      }),
    thumbnails: (layer, size) =>
      whenAnswered(layerOf(layer), (numbers) => {
        const places = size.rows * size.columns;
        const values = new Float32Array(heads * places);
        for (let head = 0; head < heads; head++)
          fillThumbnail(numbers, { head, T, S }, size, values.subarray(head * places));
        return values;
      }),
  };
}

/** Writes one row into zeros, (S). */
function fillRow({ starts, keys, values }: SparseLayer, row: number, into: Float32Array): void {
  for (let index = starts[row]!; index < starts[row + 1]!; index++) {
    const value = values[index]!;
    const key = keys[index]!;
    if (value < 0) into.fill(Number.NaN, key, key - value);
    else into[key] = value;
  }
}

/** Writes one head made small into zeros: the largest weight under each place, NaN where none can be looked at. */
function fillThumbnail(
  { starts, keys, values }: SparseLayer,
  { head, T, S }: { readonly head: number; readonly T: number; readonly S: number },
  { rows, columns }: ThumbnailSize,
  into: Float32Array,
): void {
  const seen = new Float64Array(rows * columns);
  const startOf = (place: number, places: number, length: number): number =>
    Math.ceil((place * length) / places);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      seen[row * columns + column] =
        (startOf(row + 1, rows, T) - startOf(row, rows, T)) *
        (startOf(column + 1, columns, S) - startOf(column, columns, S));
  for (let query = 0; query < T; query++) {
    const first = Math.floor((query * rows) / T) * columns;
    const row = head * T + query;
    for (let index = starts[row]!; index < starts[row + 1]!; index++) {
      const value = values[index]!;
      const key = keys[index]!;
      const column = Math.floor((key * columns) / S);
      if (value >= 0) into[first + column] = Math.max(into[first + column]!, value);
      else
        for (let place = column, from = key; from < key - value; place++) {
          const end = Math.min(key - value, startOf(place + 1, columns, S));
          seen[first + place]! -= end - from;
          from = end;
        }
    }
  }
  for (let place = 0; place < rows * columns; place++)
    if (seen[place] === 0) into[place] = Number.NaN;
}
