import type { Probe } from "../probe/probe.ts";
import type { BlockLayout } from "../probe/sparse/blocks.ts";
import type { LazyTensor } from "../tensor/lazy-tensor.ts";
import { concat, embed, type Mask, permute, reshape } from "../tensor/operations.ts";
import type { Program } from "../tensor/program.ts";
import { attend } from "./attend.ts";
import { everyText } from "./every-text.ts";
import { setAside } from "./set-aside.ts";

/** How windows lie over a grid of tokens. */
interface Tiling {
  readonly rows: number;
  readonly columns: number;
  /** Rows and columns of a window. */
  readonly side: number;
  /** By how much they are moved to the right and down; what they reach beyond an edge comes from the other one. */
  readonly shift: number;
  /** Of the windows that the table of distances was learned for: (2 · learned − 1)² of them. */
  readonly learned: number;
}

/**
 * Windows over the tokens of a picture (Liu et al. 2021, §3.2). Where the grid is no multiple of a window, keys that are padding fill it up
 * at the right and below: they stand behind the tokens, T of S keys.
 */
export interface PictureWindows {
  readonly tokens: number;
  readonly keys: number;
  /** Keys of a window. */
  readonly area: number;
  /** Where each key lies, window · area + place in it: (S). */
  readonly places: Int32Array;
  /** Whether a query sees a key. */
  isSeen(query: number, key: number): boolean;
  /** The row of the table for two keys of one window. */
  distance(query: number, key: number): number;
}

/** The windows of a layer's grid. */
export function pictureWindows({ rows, columns, side, shift, learned }: Tiling): PictureWindows {
  const down = Math.ceil(rows / side) * side;
  const across = Math.ceil(columns / side) * side;
  const [T, S] = [rows * columns, down * across];
  const places = new Int32Array(S);
  const parts = new Int32Array(S);
  let padding = T;
  for (let row = 0; row < down; row++)
    for (let column = 0; column < across; column++) {
      const isToken = row < rows && column < columns;
      const key = isToken ? row * columns + column : padding++;
      const y = (row - shift + down) % down;
      const x = (column - shift + across) % across;
      const window = Math.floor(y / side) * (across / side) + Math.floor(x / side);
      places[key] = (window * side + (y % side)) * side + (x % side);
      if (shift > 0) parts[key] = 3 * partOf(y, down, side, shift) + partOf(x, across, side, shift);
    }
  const area = side * side;
  const windowOf = (key: number) => Math.floor(places[key]! / area);
  const rowOf = (key: number) => Math.floor((places[key]! % area) / side);
  return {
    tokens: T,
    keys: S,
    area,
    places,
    isSeen: (query, key) => windowOf(query) === windowOf(key) && parts[query] === parts[key],
    distance(query, key) {
      const apart = [rowOf(query) - rowOf(key), (places[query]! % side) - (places[key]! % side)];
      return (apart[0]! + learned - 1) * (2 * learned - 1) + apart[1]! + learned - 1;
    },
  };
}

/** Which part of a moved picture a row or column is of: what came from the other edge is not beside what it lies next to. */
function partOf(place: number, length: number, side: number, shift: number): number {
  if (place < length - side) return 0;
  return place < length - shift ? 1 : 2;
}

/** Windows as a program has them, once for all layers of a kind. */
export interface RecordedWindows {
  readonly windows: PictureWindows;
  readonly layout: BlockLayout;
  /** Where the rows of q lie among (B · H · T): (B · windows, H, area); a place that is padding repeats another's. */
  readonly queries: LazyTensor;
  /** The same of k and v, among (B · H · S). */
  readonly keys: LazyTensor;
  /** Where each token lies among (B · windows · H · area): (B, H, T). */
  readonly back: LazyTensor;
  /** Rows of the table of distances: (area, area). */
  readonly distances: LazyTensor;
  readonly mask: Mask;
}

/** Puts windows into a program, for B pictures and H heads. */
export function recordWindows(
  windows: PictureWindows,
  [B, H]: readonly [number, number],
  program: Program,
): RecordedWindows {
  const { tokens: T, keys: S, area, places } = windows;
  const count = S / area;
  const keyAt = new Int32Array(S);
  for (const [key, place] of places.entries()) keyAt[place] = key;
  const rowsOf = (length: number) =>
    Int32Array.from({ length: B * H * S }, (_, row) => {
      const head = Math.floor(row / area) % H;
      const window = Math.floor(row / (area * H));
      const key = keyAt[(window % count) * area + (row % area)]!;
      return (Math.floor(window / count) * H + head) * length + (key < length ? key : 0);
    });
  const back = Int32Array.from({ length: B * H * T }, (_, row) => {
    const place = places[row % T]!;
    const [text, head] = [Math.floor(row / (T * H)), Math.floor(row / T) % H];
    return ((text * count + Math.floor(place / area)) * H + head) * area + (place % area);
  });
  const first = keyAt.subarray(0, area);
  const distances = Int32Array.from({ length: area * area }, (_, pair) =>
    windows.distance(first[Math.floor(pair / area)]!, first[pair % area]!),
  );
  const seen = Int32Array.from({ length: B * S * area }, (_, pair) => {
    const place = Math.floor(pair / area) % S;
    return Number(windows.isSeen(keyAt[place]!, keyAt[place - (place % area) + (pair % area)]!));
  });
  const within = [B * count, H, area];
  return {
    windows,
    layout: { shape: [B, H, T, S], area, places },
    queries: program.input(rowsOf(T), within, "queries of windows"),
    keys: program.input(rowsOf(S), within, "keys of windows"),
    back: program.input(back, [B, H, T], "tokens of windows"),
    distances: program.input(distances, [area, area], "distances within a window"),
    mask: seen.includes(0)
      ? { allowed: program.input(seen, [B * count, 1, area, area], "parts of windows") }
      : {},
  };
}

/**
 * Attention within windows: q (B, H, T, D), k and v (B, H, S, D), `table` (distances, H) → (B, H, T, D). Memory grows with S · area; only who
 * changes scores or weights, which may reach outside the windows, or looks at their parts has (B, H, T, S) made whole.
 */
export function attendPictureWindows(
  { q, k, v }: { readonly q: LazyTensor; readonly k: LazyTensor; readonly v: LazyTensor },
  table: LazyTensor,
  { layout, windows, queries, keys, back, distances, mask }: RecordedWindows,
  scale: number,
  probe: Probe,
): LazyTensor {
  const { program } = probe;
  const [B, H] = layout.shape;
  if (probe.patches("scores", "weights") || probe.wants("scores.content", "scores.bias")) {
    const bias = everyText(wholeBias(windows, table, program), B, probe);
    return attend(q, k, v, { scale, bias, mask: wholeMask(windows, program) }, probe);
  }
  const rows = (x: LazyTensor, ids: LazyTensor) =>
    embed(reshape(x, [B * H * x.shape[2]!, x.shape[3]!]), ids); // (B · windows, H, area, D)
  const { probe: inner, found } = setAside(probe);
  const options = { scale, mask, bias: biasOf(embed(table, distances)) };
  const mixed = attend(rows(q, queries), rows(k, keys), rows(v, keys), options, inner);
  for (const [name, outside] of [
    ["scores", -Infinity],
    ["weights", 0],
  ] as const) {
    const blocks = found[name];
    if (blocks) probe.sparse(name, { layout, outside, blocks });
  }
  const [all, , area, D] = mixed.shape as readonly [number, number, number, number];
  return probe.site("mixed", embed(reshape(mixed, [all * H * area, D]), back)); // (B, H, T, D)
}

/** (T, S, H) → (1, H, T, S) */
function biasOf(rows: LazyTensor): LazyTensor {
  const [T, S, H] = rows.shape as readonly [number, number, number];
  return reshape(permute(rows, [2, 0, 1]), [1, H, T, S]);
}

/** What distances add, of every pair: (1, H, T, S); 0 outside the windows. */
function wholeBias(windows: PictureWindows, table: LazyTensor, program: Program): LazyTensor {
  const { tokens: T, keys: S, area, places } = windows;
  const [none, H] = table.shape as readonly [number, number];
  const ids = new Int32Array(T * S).fill(none);
  eachPair(windows, (query, key, pair) => {
    if (Math.floor(places[query]! / area) === Math.floor(places[key]! / area))
      ids[pair] = windows.distance(query, key);
  });
  const outside = program.input(new Float32Array(H), [1, H], "outside the windows");
  const distances = program.input(ids, [T, S], "distances");
  return biasOf(embed(concat([table, outside], 0), distances));
}

/** Who sees whom, of every pair: (1, 1, T, S). */
function wholeMask(windows: PictureWindows, program: Program): Mask {
  const { tokens: T, keys: S } = windows;
  const seen = new Int32Array(T * S);
  eachPair(windows, (query, key, pair) => {
    seen[pair] = Number(windows.isSeen(query, key));
  });
  return { allowed: program.input(seen, [1, 1, T, S], "windows") };
}

function eachPair(
  { tokens: T, keys: S }: PictureWindows,
  of: (query: number, key: number, pair: number) => void,
): void {
  for (let query = 0; query < T; query++)
    for (let key = 0; key < S; key++) of(query, key, query * S + key);
}
