import { ShapeError } from "../../errors/errors.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import type { Selection } from "../../tensor/selection.ts";
import { formatShape, sameShape } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { type Compact, partByRows, wholeOf } from "../kept.ts";

type Four = readonly [number, number, number, number];

/** Which elements of a (B, H, T, S) tensor are kept: those whose query and key lie in one window. Every window holds as many keys. */
export interface BlockLayout {
  readonly shape: Four;
  /** Keys of a window; S is a multiple of it. */
  readonly area: number;
  /** Where each key lies, window · area + place in the window: (S). Query t is where key t is. */
  readonly places: Int32Array;
}

/** Where the numbers of a tensor of windows come from. */
export interface BlockSource {
  readonly layout: BlockLayout;
  /** What stands outside the windows: 0 for weights, −Infinity for scores. */
  readonly outside: number;
  /** (B · windows, H, area, area) */
  readonly blocks: LazyTensor;
}

/** A (B, H, T, S) tensor of attention within windows: its memory grows with S · area, not with T · S. Owns its numbers. */
export class Blocks implements Compact {
  readonly shape: Four;
  readonly outside: number;
  readonly #layout: BlockLayout;
  readonly #blocks: Float32Array;
  /** The key at each place: `places`, the other way round. */
  readonly #keys: Int32Array;

  /** `blocks` (B · windows, H, area, area) become its own. */
  constructor(layout: BlockLayout, outside: number, blocks: Tensor) {
    const { shape, area, places } = layout;
    const [B, H, , S] = shape;
    const expected = [(B * S) / area, H, area, area];
    if (!sameShape(blocks.shape, expected))
      throw new ShapeError(`blocks: ${blocks} are no windows of ${formatShape(expected)}`);
    this.shape = shape;
    this.outside = outside;
    this.#layout = layout;
    this.#blocks = blocks.data;
    this.#keys = new Int32Array(S);
    for (const [key, place] of places.entries()) this.#keys[place] = key;
  }

  /** What it is made from again. */
  get parts(): ConstructorParameters<typeof Blocks> {
    const [B, H, , S] = this.shape;
    const { area } = this.#layout;
    return [this.#layout, this.outside, new Tensor([(B * S) / area, H, area, area], this.#blocks)];
  }

  /** Bytes its numbers take. */
  get bytes(): number {
    return this.#blocks.byteLength;
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
    const { area, places } = this.#layout;
    const { start, window } = this.#rowAt(b, h, t);
    return (s) => {
      const place = places[s]! - window * area;
      return place >= 0 && place < area ? this.#blocks[start + place]! : this.outside;
    };
  }

  find(test: (value: number) => boolean): number | undefined {
    return this.#blocks.find(test);
  }

  #fillRow(row: Float32Array, b: number, h: number, t: number): void {
    const { area } = this.#layout;
    const { start, window } = this.#rowAt(b, h, t);
    row.fill(this.outside);
    for (let place = 0; place < area; place++)
      row[this.#keys[window * area + place]!] = this.#blocks[start + place]!;
  }

  #rowAt(b: number, h: number, t: number) {
    const [, H, , S] = this.shape;
    const { area, places } = this.#layout;
    const window = Math.floor(places[t]! / area);
    const block = (b * (S / area) + window) * H + h;
    return { window, start: (block * area + (places[t]! % area)) * area };
  }
}
