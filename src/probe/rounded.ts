import { eachSelected, type Selection, selectedShape } from "../tensor/selection.ts";
import { sizeOf } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { type Compact, wholeOf } from "./kept.ts";
import { checkSelection } from "./selection.ts";

type Four = readonly [number, number, number, number];

/** The code of 1; a weight is off by half of what lies between two codes at most. */
const codes = 65534;
/** The code of what is no number. */
const notNumber = 65535;

/** A (B, H, T, S) tensor of weights kept in 16 bits each, within 8e-6: half of what its numbers take. */
export class Rounded implements Compact {
  readonly shape: Four;
  readonly #codes: Uint16Array;

  /** Weights are numbers from 0 to 1; others, which a patch may have set, become the nearest of these. */
  constructor({ shape, data }: Tensor) {
    this.shape = shape as Four;
    const own = new Uint16Array(data.length);
    this.#codes = own;
    for (let place = 0; place < data.length; place++) {
      const weight = data[place]!;
      if (weight >= 0 && weight <= 1) own[place] = (weight * codes + 0.5) | 0;
      else own[place] = Number.isNaN(weight) ? notNumber : weight > 1 ? codes : 0;
    }
  }

  get bytes(): number {
    return this.#codes.byteLength;
  }

  dense(): Tensor {
    return wholeOf(this);
  }

  select(selection: Selection): Tensor {
    checkSelection(selection, this.shape, "select");
    const shape = selectedShape(selection, this.shape);
    const data = new Float32Array(sizeOf(shape));
    const [texts, heads, queries, keys] = selection;
    const [B, H, T, S] = this.shape;
    const own = this.#codes;
    if (queries || keys)
      eachSelected(selection, this.shape, (place, count) => {
        data[count] = numberOf(own[place]!);
      });
    else
      for (let text = 0; text < (texts?.length ?? B); text++)
        for (let head = 0; head < (heads?.length ?? H); head++) {
          const from = ((texts?.[text] ?? text) * H + (heads?.[head] ?? head)) * T * S;
          const to = (text * (heads?.length ?? H) + head) * T * S;
          for (let place = 0; place < T * S; place++)
            data[to + place] = numberOf(own[from + place]!);
        }
    return new Tensor(shape, data);
  }

  rowOf(text: number, head: number, query: number): (key: number) => number {
    const [, H, T, S] = this.shape;
    const start = ((text * H + head) * T + query) * S;
    return (key) => numberOf(this.#codes[start + key]!);
  }

  find(test: (value: number) => boolean): number | undefined {
    const code = this.#codes.find((code) => test(numberOf(code)));
    return code === undefined ? undefined : numberOf(code);
  }
}

function numberOf(code: number): number {
  return code === notNumber ? Number.NaN : Math.fround(code / codes);
}
