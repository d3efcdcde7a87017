import type { Noun } from "../../probe/noun.ts";
import { expectCount } from "../expect-count.ts";
import { formatFixed } from "../numbers.ts";

/** Numbers of any size in rows and columns, such as one for every head: a row a layer, a column a head. */
export interface NumberGrid {
  /** What the numbers are. */
  readonly title: string;
  /** "L0", "L1", … */
  readonly rows: readonly string[];
  /** "H0", "H1", …, or names. */
  readonly columns: readonly string[];
  /** Row-major; NaN where there is none. */
  readonly values: ArrayLike<number>;
  /** A number beside each row to compare with: what uniform attention would give. */
  readonly beside?: { readonly title: string; readonly values: ArrayLike<number> };
  /** The ends of the colours; 0, or the least value below it, and the largest one if not given. */
  readonly range?: readonly [low: number, high: number];
  /** Whether numbers go both ways from 0: colours then say how far, and signs which way. */
  readonly isSigned?: boolean;
  /** What it says below, a paragraph each. */
  readonly notes?: readonly string[];
  /** A few words in the place of a number: names of heads. */
  readonly labels?: readonly (string | undefined)[];
  /** What the numbers are called where they are ranked: "nats". */
  readonly unit?: string;
  /** What a row is of where the numbers are between tokens; "word" if not given. */
  readonly noun?: Noun | "layer";
  /** False where the largest and the smallest are not to be listed below. */
  readonly hasEnds?: boolean;
}

/** Throws where the numbers do not fit rows and columns. */
export function expectGrid(view: string, { rows, columns, values }: NumberGrid): void {
  expectCount(view, "values (rows × columns)", values.length, rows.length * columns.length);
}

/** Where each number stands between the ends of the colours: 0 to 1. */
export function gridShares({ values, range, isSigned }: NumberGrid): (value: number) => number {
  const finite = Array.from(values).filter(Number.isFinite);
  if (isSigned) {
    const most = finite.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    return (value) => (most > 0 && Number.isFinite(value) ? Math.abs(value) / most : 0);
  }
  const [low, high] = range ?? [
    finite.reduce((a, b) => Math.min(a, b), 0),
    finite.reduce((a, b) => Math.max(a, b), Number.MIN_VALUE),
  ];
  return (value) =>
    high > low && Number.isFinite(value)
      ? Math.min(1, Math.max(0, (value - low) / (high - low)))
      : 0;
}

/** How the numbers of a grid are written: all with as many decimals. */
export function gridNumber({ values, beside }: NumberGrid): (value: number) => string {
  const most = [...Array.from(values), ...Array.from(beside?.values ?? [])]
    .filter(Number.isFinite)
    .reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  const decimals =
    most >= 100 ? 0 : most >= 10 ? 1 : most >= 0.1 || most === 0 ? 2 : most >= 0.01 ? 3 : 4;
  return (value) => (Number.isNaN(value) ? "-" : formatFixed(value, decimals));
}

/** The places of a grid with the largest and the smallest numbers; of a signed one, the farthest from 0. */
export function gridEnds(
  { values, isSigned }: NumberGrid,
  count: number,
): { readonly highest: number[]; readonly lowest: number[] } {
  const order = Array.from(values, (value, place) => ({ value, place }))
    .filter(({ value }) => Number.isFinite(value))
    .sort((a, b) => b.value - a.value);
  const highest = order.filter(({ value }) => !isSigned || value > 0).slice(0, count);
  const lowest = order
    .toReversed()
    .filter(({ value }) => !isSigned || value < 0)
    .slice(0, count);
  return { highest: highest.map(({ place }) => place), lowest: lowest.map(({ place }) => place) };
}

/** The name of a place: "L5H3", "L5 special". */
export function placeName({ rows, columns }: NumberGrid, place: number): string {
  const row = rows[Math.floor(place / columns.length)]!;
  const column = columns[place % columns.length]!;
  return /^H\d+$/.test(column) ? row + column : `${row} ${column}`;
}
