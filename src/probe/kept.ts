import { type Selection, selectedShape } from "../tensor/selection.ts";
import { Tensor } from "../tensor/tensor.ts";
import { checkSelection, select } from "./selection.ts";

/** A (B, H, T, S) tensor that is kept in less memory than its numbers take: they are made when they are asked for. */
export interface Compact {
  readonly shape: readonly [number, number, number, number];
  /** Bytes of what it keeps. */
  readonly bytes: number;
  /** The whole tensor, made now: B·H·T·S numbers. */
  dense(): Tensor;
  /** A part of it as a plain tensor; only that part is made. Throws SiteError for an index that is not there. */
  select(selection: Selection): Tensor;
  /** Makes the numbers of one row, key by key: for who needs few of them, or does not keep them. */
  rowOf(text: number, head: number, query: number): (key: number) => number;
  /** These texts and heads, still compact; undefined where a selection chooses more than that. */
  narrow?(selection: Selection): Compact | undefined;
  /** The first number it keeps that passes a test. */
  find(test: (value: number) => boolean): number | undefined;
}

/** Numbers of a site as a trace keeps them. */
export type Kept = Tensor | Compact;

const wholes = new WeakMap<Compact, WeakRef<Tensor>>();

/** All numbers of a compact form; those made before, as long as somebody holds them. */
export function wholeOf(numbers: Compact): Tensor {
  const known = wholes.get(numbers)?.deref();
  if (known) return known;
  const whole = numbers.select([]);
  wholes.set(numbers, new WeakRef(whole));
  return whole;
}

/** A part of (B, H, T, S) numbers as a plain tensor, of which `fillRow` makes one row at a time. Throws SiteError for an index that is not there. */
export function partByRows(
  shape: Compact["shape"],
  selection: Selection,
  fillRow: (row: Float32Array, text: number, head: number, query: number) => void,
): Tensor {
  checkSelection(selection, shape, "select");
  const part = selectedShape(selection, shape);
  const [, , , S] = shape;
  const data = new Float32Array(part.reduce((size, length) => size * length, 1));
  const row = new Float32Array(S);
  const chosen = (axis: 0 | 1 | 2) =>
    selection[axis] ?? Array.from({ length: shape[axis] }, (_, index) => index);
  const keys = selection[3];
  let next = 0;
  for (const b of chosen(0))
    for (const h of chosen(1))
      for (const t of chosen(2)) {
        fillRow(keys ? row : data.subarray(next, next + S), b, h, t);
        if (keys) for (const [place, key] of keys.entries()) data[next + place] = row[key]!;
        next += keys?.length ?? S;
      }
  return new Tensor(part, data);
}

/** The numbers as a tensor; makes them where they are kept in another form. */
export function dense(numbers: Kept): Tensor {
  return numbers instanceof Tensor ? numbers : numbers.dense();
}

/** A part as a tensor; of a compact form only this part is made. */
export function selectKept(numbers: Kept, selection: Selection): Tensor {
  return numbers instanceof Tensor ? select(numbers, selection) : numbers.select(selection);
}

/** A part in the form that takes least memory. */
export function keepPart(numbers: Kept, selection: Selection): Kept {
  if (selection.every((indices) => indices === undefined)) return numbers;
  const narrow = numbers instanceof Tensor ? undefined : numbers.narrow?.(selection);
  return narrow ?? selectKept(numbers, selection);
}
