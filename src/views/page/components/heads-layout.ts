import type { HeadAddress } from "../../../probe/head-address.ts";
import type { Box, Size } from "../base/box.ts";

/** In which order heads stand: a row a layer, or by their numbers. */
export type HeadsOrder = "layers" | "most" | "least";

/** What is known of heads, and which of them are shown how. L layers, H heads. */
export interface HeadsGiven {
  readonly layers: number;
  readonly heads: number;
  /** (L, H), NaN where it is not known; none where patterns are shown. */
  readonly values?: ArrayLike<number>;
  readonly order?: HeadsOrder;
  /** Heads of a smaller absolute value are pale in their places, or left out where heads are sorted. */
  readonly threshold?: number;
}

/** Where heads are. */
export interface HeadsLayout extends Size {
  readonly cell: Size;
  readonly columns: number;
  /** Left and top of the first cell. */
  readonly left: number;
  readonly top: number;
  /** From one cell to the next, across and down. */
  readonly stepX: number;
  readonly stepY: number;
  /** Whether a row is a layer. */
  readonly isByLayer: boolean;
  /** The head at each place, as layer · H + head. */
  readonly shown: readonly number[];
  /** The place of each head; −1 where it is left out. */
  readonly placeOf: Int32Array;
}

const gap = 3;
const labelWidth = 28;
const labelHeight = 18;
const nameHeight = 15;
const sortedCell = 46;
/** By layer, cells use the width there is, and are low enough that few layers are seen at once below a sentence, and more of many. */
const widest = 120;
const tallest = 64;
const lowest = 42;
const seenAtOnce = 270;

/** Whether a head's number is large enough to be shown; one that is not known yet is. */
export function isKept({ values, threshold }: HeadsGiven, index: number): boolean {
  const value = values?.[index];
  if (value === undefined || threshold === undefined || Number.isNaN(value)) return true;
  return Math.abs(value) >= threshold;
}

/** Heads in the order they stand, as layer · H + head: those without a number last, equal ones by layer. */
export function orderHeads(given: HeadsGiven): number[] {
  const { layers, heads, values, order = "layers" } = given;
  const all = Array.from({ length: layers * heads }, (_, index) => index);
  if (order === "layers" || !values) return all;
  const sign = order === "most" ? -1 : 1;
  const rank = (index: number): number =>
    Number.isNaN(values[index]!) ? Number.POSITIVE_INFINITY : sign * values[index]!;
  return all
    .filter((index) => isKept(given, index))
    .sort((a, b) => (rank(a) === rank(b) ? a - b : rank(a) < rank(b) ? -1 : 1));
}

/** Places for heads in a room of so many CSS pixels. */
export function layOutHeads(given: HeadsGiven, room: number): HeadsLayout {
  const { layers, heads, values, order = "layers" } = given;
  const shown = orderHeads(given);
  const placeOf = new Int32Array(layers * heads).fill(-1);
  for (const [place, index] of shown.entries()) placeOf[index] = place;
  const isByLayer = order === "layers" || !values;
  if (isByLayer) {
    const fitting = Math.floor((room - labelWidth - 2) / heads) - gap;
    const width = Math.max(10, Math.min(widest, fitting));
    const even = Math.floor(seenAtOnce / layers) - gap;
    const height = Math.min(width, tallest, Math.max(lowest, even));
    const [stepX, stepY] = [width + gap, height + gap];
    return {
      cell: { width, height },
      columns: heads,
      left: labelWidth,
      top: labelHeight,
      stepX,
      stepY,
      isByLayer,
      shown,
      placeOf,
      width: labelWidth + heads * stepX + 2,
      height: labelHeight + layers * stepY + 2,
    };
  }
  const columns = Math.max(1, Math.floor((room - 4) / (sortedCell + gap)));
  const side = Math.min(64, Math.floor((room - 4) / columns) - gap);
  const rows = Math.max(1, Math.ceil(shown.length / columns));
  return {
    cell: { width: side, height: side },
    columns,
    left: 2,
    top: 2,
    stepX: side + gap,
    stepY: side + nameHeight + gap,
    isByLayer,
    shown,
    placeOf,
    width: 4 + columns * (side + gap),
    height: 4 + rows * (side + nameHeight + gap),
  };
}

/** The box of a head, as layer · H + head; undefined where it is left out. */
export function boxOf(
  { cell, columns, left, top, stepX, stepY, placeOf }: HeadsLayout,
  index: number,
): Box | undefined {
  const place = placeOf[index] ?? -1;
  if (place < 0) return undefined;
  return {
    x: left + (place % columns) * stepX,
    y: top + Math.floor(place / columns) * stepY,
    ...cell,
  };
}

/** The head at (x, y). */
export function headAt(
  { columns, left, top, stepX, stepY, shown }: HeadsLayout,
  heads: number,
  x: number,
  y: number,
): HeadAddress | undefined {
  const column = Math.floor((x - left) / stepX);
  const row = Math.floor((y - top) / stepY);
  if (column < 0 || column >= columns || row < 0) return undefined;
  const index = shown[row * columns + column];
  return index === undefined ? undefined : addressOf(index, heads);
}

/** The head that stands some places across and down from another; undefined outside. */
export function headBeside(
  { columns, shown, placeOf }: HeadsLayout,
  heads: number,
  { layer, head }: HeadAddress,
  across: number,
  down: number,
): HeadAddress | undefined {
  const place = placeOf[layer * heads + head] ?? -1;
  if (place < 0) return shown.length > 0 ? addressOf(shown[0]!, heads) : undefined;
  const column = (place % columns) + across;
  const index = shown[place + across + down * columns];
  return column < 0 || column >= columns || index === undefined
    ? undefined
    : addressOf(index, heads);
}

/** The place of a head among those whose number is known, from 1; undefined where its own is not. */
export function rankOf(
  values: ArrayLike<number>,
  index: number,
): { readonly rank: number; readonly of: number } | undefined {
  const own = values[index]!;
  if (Number.isNaN(own)) return undefined;
  let [rank, of] = [1, 0];
  for (let other = 0; other < values.length; other++) {
    if (Number.isNaN(values[other]!)) continue;
    of += 1;
    if (values[other]! > own) rank += 1;
  }
  return { rank, of };
}

function addressOf(index: number, heads: number): HeadAddress {
  return { layer: Math.floor(index / heads), head: index % heads };
}
