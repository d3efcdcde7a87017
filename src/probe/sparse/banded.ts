import { ShapeError } from "../../errors/errors.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import type { Program } from "../../tensor/program.ts";
import type { Selection } from "../../tensor/selection.ts";
import { formatShape, sameShape } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { type Compact, partByRows, wholeOf } from "../kept.ts";

type Four = readonly [number, number, number, number];

/** Which elements of a (B, H, T, S) tensor are kept: keys at most `reach` from their query, and all that has to do with global tokens. */
export interface BandLayout {
  readonly shape: Four;
  readonly reach: number;
  /** Global tokens of every text, in order: columns all queries have, and rows that are whole. */
  readonly globals: readonly (readonly number[])[];
}

/** Where the numbers of a banded tensor come from. */
export interface BandSource {
  readonly layout: BandLayout;
  /** What stands outside the band: 0 for weights, −Infinity for scores. */
  readonly outside: number;
  /** (B, H, T, G + 2 · reach + 1), as `bandedAttention` gives it. */
  readonly band: LazyTensor;
  /** Rows of global tokens (B, H, G, S); undefined when there are none. */
  readonly rows: LazyTensor | undefined;
}

/** A (B, H, T, S) tensor of windowed attention: its memory grows with T, not with T·S. Owns its numbers. */
export class Banded implements Compact {
  readonly shape: Four;
  readonly outside: number;
  readonly #layout: BandLayout;
  readonly #band: Float32Array; // (B, H, T, G + window)
  readonly #rows: Float32Array; // (B, H, G, S)
  /** Columns of global tokens in a row of the band: the most that one text has. */
  readonly #columns: number;

  /** `band` (B, H, T, G + 2 · reach + 1), and the rows of global tokens (B, H, G, S), become its own. */
  constructor(layout: BandLayout, outside: number, band: Tensor, rows?: Tensor) {
    const [B, H, T] = layout.shape;
    this.shape = layout.shape;
    this.outside = outside;
    this.#layout = layout;
    this.#columns = Math.max(...layout.globals.map((tokens) => tokens.length));
    const expected = [B, H, T, this.#columns + 2 * layout.reach + 1];
    if (!sameShape(band.shape, expected))
      throw new ShapeError(`banded: ${band} is no band of ${formatShape(expected)}`);
    this.#band = band.data;
    this.#rows = rows?.data ?? new Float32Array(0);
  }

  /** What it is made from again. */
  get parts(): ConstructorParameters<typeof Banded> {
    const [B, H, T, S] = this.shape;
    const width = this.#columns + 2 * this.#layout.reach + 1;
    const band = new Tensor([B, H, T, width], this.#band);
    const rows = new Tensor([B, H, this.#rows.length / (B * H * S), S], this.#rows);
    return [this.#layout, this.outside, band, rows];
  }

  /** Bytes its numbers take. */
  get bytes(): number {
    return this.#band.byteLength + this.#rows.byteLength;
  }

  /** The whole tensor, made now: B·H·T·S numbers. */
  dense(): Tensor {
    return wholeOf(this);
  }

  /** A part of it as a plain tensor; only that part is made. */
  select(selection: Selection): Tensor {
    return partByRows(this.shape, selection, (...row) => this.#fillRow(...row));
  }

  rowOf(b: number, h: number, t: number): (s: number) => number {
    const [, H, T, S] = this.shape;
    const { reach, globals } = this.#layout;
    const own = globals[b]!;
    const asGlobal = own.indexOf(t);
    if (asGlobal >= 0) {
      const start = ((b * H + h) * this.#columns + asGlobal) * S;
      return (s) => this.#rows[start + s]!;
    }
    const start = ((b * H + h) * T + t) * this.#width;
    const window = start + this.#columns - (t - reach);
    return (s) => {
      const column = own.indexOf(s);
      if (column >= 0) return this.#band[start + column]!;
      return Math.abs(s - t) <= reach ? this.#band[window + s]! : this.outside;
    };
  }

  /** The first number it keeps that passes a test. */
  find(test: (value: number) => boolean): number | undefined {
    return this.#band.find(test) ?? this.#rows.find(test);
  }

  get #width(): number {
    return this.#columns + 2 * this.#layout.reach + 1;
  }

  #fillRow(row: Float32Array, b: number, h: number, t: number): void {
    const [, H, T, S] = this.shape;
    const { reach, globals } = this.#layout;
    const G = this.#columns;
    const own = globals[b]!;
    const asGlobal = own.indexOf(t);
    if (asGlobal >= 0) {
      const start = ((b * H + h) * G + asGlobal) * S;
      row.set(this.#rows.subarray(start, start + S));
      return;
    }
    const start = ((b * H + h) * T + t) * this.#width;
    const first = Math.max(t - reach, 0);
    const end = Math.min(t + reach + 1, S);
    row.fill(this.outside);
    const window = start + G - (t - reach);
    row.set(this.#band.subarray(window + first, window + end), first);
    for (const [column, key] of own.entries()) row[key] = this.#band[start + column]!;
  }
}

/** Has a program hand over a banded tensor when it has been computed. */
export function readBand(
  { layout, outside, band, rows }: BandSource,
  program: Program,
  receive: (banded: Banded) => void,
): void {
  let computed: Tensor | undefined;
  program.read(band, (tensor) => {
    computed = tensor;
    if (!rows) receive(new Banded(layout, outside, tensor));
  });
  if (rows) program.read(rows, (tensor) => receive(new Banded(layout, outside, computed!, tensor)));
}
